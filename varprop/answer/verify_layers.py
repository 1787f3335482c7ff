"""Experiments for layers: the rules of a dense layer in sampled networks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from varprop.answer.experiment import Trial, built
from varprop.answer.verify_plan import SYMBOLIC, Planned
from varprop.answer.verify_schemes import simulator
from varprop.catalogue.activations import activation
from varprop.catalogue.laws import LAWS
from varprop.montecarlo.network import GaussianPreactivation
from varprop.montecarlo.replicates import Effort
from varprop.montecarlo.verify import verify_dense
from varprop.verdict import Check

LAYERS = ("dense", "network")
ACTIVATIONS_TRIED = ("linear", "relu", "leaky_relu", "gelu", "tanh", "sigmoid")
NETWORKS_TRIED = ("relu", "tanh")
FANS = (192, 128)
WIDTHS = (256,) * 5
WEIGHT_SCALE = 1.9
BIAS_VARIANCE = 0.3
Q = 0.8
MOST = 2**12
MARGINAL_WIDTHS = (10**6,) * 5
MARGINAL_NETWORKS = 8


def planned() -> Iterator[Planned]:
    """Yield each rule alone, which is exact at any width, and some networks in depth."""
    for act in ACTIVATIONS_TRIED:
        for bias in (0.0, BIAS_VARIANCE):
            words = "with bias" if bias else "no bias"
            yield _experiment(f"layer dense, {act}, {words}", act, bias, FANS)
    for act in NETWORKS_TRIED:
        yield _experiment(f"layer dense, {act}, 4 in a row", act, BIAS_VARIANCE, WIDTHS)


def _experiment(title: str, act: str, bias: float, widths: tuple[int, ...]) -> Planned:
    names = tuple(f"{title}: {way}" for way in ("forward", "gradient"))
    return Planned("layer", "dense", names, partial(_run, act, bias, widths))


def _run(
    act: str, bias: float, widths: tuple[int, ...], effort: Effort, stream: int
) -> tuple[Check, ...]:
    """Sample layers whose length and gradient maps are the rules' own."""
    most = MOST
    if effort.marginal and len(widths) > 2:
        widths, most = MARGINAL_WIDTHS, MARGINAL_NETWORKS
    with SYMBOLIC:
        trial = Trial(
            activation(act).phi,
            widths,
            tuple(WEIGHT_SCALE / fan_in for fan_in in widths[:-1]),
            bias,
            GaussianPreactivation(Q),
            Q,
            LAWS["normal"],
        )
        network, predicted = built(trial)
    if effort.marginal and len(widths) > 2:
        network = replace(network, inputs=1)
    return verify_dense(
        network,
        predicted,
        samples=min(most, effort.samples or most),
        tolerance=effort.tolerance,
        level=effort.level,
        seed=effort.seed,
        stream=stream,
        simulator=simulator(effort, "normal"),
    )
