"""Experiments for every layer of the registry and for the blocks of the zoo, at reduced size."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

from sympy import Rational

from varprop.answer.verify_plan import SYMBOLIC, Planned
from varprop.montecarlo.architecture import (
    PAIR,
    PARTS,
    Expected,
    Experiment,
    Inputs,
    verify_architecture,
)
from varprop.montecarlo.replicates import Effort
from varprop.networks.arithmetic import Numeric
from varprop.networks.drawing import Drawn
from varprop.networks.kinds import LAYERS, LayerKind
from varprop.networks.layer import Weight
from varprop.networks.network import InputLaw, Network, fold, network
from varprop.networks.recording import Given
from varprop.networks.zoo import NETWORKS, NetworkEntry
from varprop.verdict import Check

WEIGHT_SCALE = 1.7
BIAS_VARIANCE = 0.05
EXACT = ("bias", "embedding")
"""Tensors whose outputs are single entries, not sums."""
INPUTS = 16
BATCH = 192
"""Inputs where a batch's own statistics enter."""

ALIKE = InputLaw(cross=Rational(1, 2))
"""Data whose pairs are correlated, so that a fault in what a layer does to two inputs shows."""


def planned() -> Iterator[Planned]:
    """Yield the examples of every layer, then a small copy of every network of the zoo."""
    for name, kind in LAYERS.items():
        for number, text in enumerate(kind.examples, start=1):
            title = f"layer {name}" + (f", example {number}" if len(kind.examples) > 1 else "")
            yield _experiment("layer", name, title, text, kind)
    for name, entry in NETWORKS.items():
        yield _experiment("network", name, f"network {name}, reduced", entry.small, entry)


def _experiment(
    kind: str, name: str, title: str, text: str, entry: LayerKind | NetworkEntry
) -> Planned:
    parts = [part for part in PARTS if entry.pairs or part != PAIR]
    names = tuple(f"{title}: {part}" for part in parts)
    return Planned(kind, name, names, partial(run, text, entry.within))


def run(text: str, within: float, effort: Effort, stream: int) -> tuple[Check, ...]:
    """Sample the network of a spec and judge the rules' prediction; a part not followed is left out."""
    with SYMBOLIC:
        net = network(text)
        expected, scales = predicted(net, within)
    drawn = experiment(net, scales, ALIKE, effort.seed, stream)
    return verify_architecture(drawn, expected, effort)


def experiment(
    net: Network, scales: tuple[Drawn, ...], data: InputLaw, seed: int = 0, stream: int = 0
) -> Experiment:
    """Return the networks to draw; norms over the batch need a large one."""
    count = BATCH if "BatchNorm" in str(net) else INPUTS
    mean = float(data.mean)
    cross = mean**2 if data.cross is None else float(data.cross)
    inputs = Inputs(count, mean, float(data.second), cross)
    return Experiment(net, scales, inputs=inputs, seed=seed, stream=stream)


def predicted(
    net: Network, within: float = 0.0, data: InputLaw = ALIKE
) -> tuple[Expected, tuple[Drawn, ...]]:
    """Return what the rules say at generic scales, and the scales themselves."""
    setting = Given(Numeric(), _generic)
    out, gradient = fold(net, setting, data)
    scales = tuple(Drawn(float(v), float(b)) for v, b in setting.uses)
    cross = None if out.cross is None else float(out.cross)
    expected = Expected(
        float(out.second), float(out.mean), cross, float(gradient), slack(net), within
    )
    return expected, scales


def _generic(weight: Weight) -> tuple[float, float]:
    return WEIGHT_SCALE / float(weight.fan_in), BIAS_VARIANCE


def slack(net: Network) -> float:
    """Return Σ 1/n over the weight tensors: the relative size of finite-width effects."""
    return math.fsum(1 / float(w.fan_in) for w in net.weights() if w.layout not in EXACT)
