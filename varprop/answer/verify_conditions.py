"""Experiments for conditions: what each one asks of a layer, in a layer with the solved scale."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from varprop.answer.experiment import array_function
from varprop.answer.verify_plan import SYMBOLIC, Planned
from varprop.answer.verify_schemes import FAN_IN, FAN_OUT, Q, terms_of
from varprop.catalogue.activations import activation
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.moments import derivative
from varprop.montecarlo.network import DenseNetwork, GaussianPreactivation
from varprop.montecarlo.replicates import Effort, verify_replicates
from varprop.montecarlo.simulate import simulate
from varprop.notation import h
from varprop.solving.conditions import CONDITIONS, Condition
from varprop.verdict import Check

ACTIVATIONS_TRIED = ("relu", "gelu")

ASKED: dict[str, Callable[[float, float, float, float], float]] = {
    "forward": lambda f, _b, _f, _b2: f,
    "backward": lambda _f, b, _f2, _b2: b,
    "harmonic": lambda f, b, _f2, _b2: (f + b) / 2,
    "geometric": lambda f, _b, _f2, b2: f * b2,
    "critical": lambda _f, b, _f2, _b2: b,
}
"""What a condition makes 1, from the forward and gradient factors of two sampled layers."""

SQUARE = frozenset({"critical"})
"""Conditions on the gradient of a square layer."""

NETWORKS = 2**15
GROUP = 16


def planned() -> Iterator[Planned]:
    """Yield the experiments of every condition."""
    for condition in CONDITIONS.values():
        yield from for_condition(condition)


def for_condition(condition: Condition) -> Iterator[Planned]:
    """Yield one experiment per activation tried."""
    for act in ACTIVATIONS_TRIED:
        name = f"condition {condition.name}, {act}: keeps what it asks for"
        yield Planned("condition", condition.name, (name,), partial(_run, condition, act, name))


def _run(
    condition: Condition, act: str, name: str, effort: Effort, stream: int
) -> tuple[Check, ...]:
    """Sample layers with the solved variance; the factor that the condition asks for must be 1."""
    if condition.name not in ASKED:
        raise BadInput(f"what the condition {condition.name} makes 1 is not in ASKED.")
    fans = (FAN_IN, FAN_IN) if condition.name in SQUARE else (FAN_IN, FAN_OUT)
    with SYMBOLIC:
        phi = activation(act).phi
        variance = float(condition.solve(terms_of(phi, fans)))
        functions = array_function(phi), array_function(derivative(phi, h))
    feed = GaussianPreactivation(Q)
    network = DenseNetwork(fans, (variance,), LAWS["normal"], *functions, feed)

    def factors(rng: np.random.Generator) -> tuple[float, float]:
        seed = int(rng.integers(2**62))
        runs = simulate(network, GROUP, seed=seed)
        assert runs.deltas is not None
        forward = runs.preactivations[:, 1].mean() / Q
        backward = runs.deltas[:, 0].mean() / runs.deltas[:, 1].mean()
        return float(forward), float(backward)

    def replicate(rng: np.random.Generator, _: int) -> float:
        return ASKED[condition.name](*factors(rng), *factors(rng))

    check = verify_replicates(
        replicate,
        1.0,
        effort,
        name=name,
        stream=stream,
        most=NETWORKS,
        points=GROUP,
    )
    return (check,)
