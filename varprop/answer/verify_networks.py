"""Experiments for whole networks, where theory speaks of infinite width: two widths each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from sympy import Expr

from varprop.answer.experiment import Trial, built
from varprop.answer.verify_plan import SYMBOLIC, Planned
from varprop.answer.verify_schemes import moments_at
from varprop.catalogue.activations import activation
from varprop.catalogue.laws import LAWS
from varprop.montecarlo.limit import PARTS, verify_limit
from varprop.montecarlo.network import DenseNetwork, GaussianPreactivation
from varprop.montecarlo.ratios import Prediction
from varprop.montecarlo.replicates import Effort
from varprop.verdict import Check

ACTIVATIONS_TRIED = ("relu", "tanh", "gelu", "sigmoid")
DEPTH = 4
WIDTH = 128
START = 1.2
KEPT = 0.8
"""The networks are fed off the q that their scale keeps, so that the length map is at work."""


def planned() -> Iterator[Planned]:
    """Yield a network from a first pre-activation to the last, forward and backward."""
    for act in ACTIVATIONS_TRIED:
        title = f"network {act}, {DEPTH} layers"
        names = tuple(f"{title}: {part}, limit of infinite width" for part in PARTS)
        yield Planned("layer", "network", names, partial(_run, act))


def _run(act: str, effort: Effort, stream: int) -> tuple[Check, ...]:
    with SYMBOLIC:
        phi = activation(act).phi
        second, _ = moments_at(phi, KEPT)
        series = {width: _network(phi, KEPT / second, width) for width in (WIDTH, 2 * WIDTH)}
    return verify_limit(series.__getitem__, effort, width=WIDTH, stream=stream)


def _network(phi: Expr, scale: float, width: int) -> tuple[DenseNetwork, Prediction]:
    """Return a square network of σ_w² = ``scale``, and the maps' own prediction."""
    widths = (width,) * (DEPTH + 1)
    variances = (scale / width,) * DEPTH
    feed = GaussianPreactivation(START)
    network, predicted = built(Trial(phi, widths, variances, 0.0, feed, START, LAWS["normal"]))
    return replace(network, inputs=1), predicted
