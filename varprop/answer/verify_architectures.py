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
from varprop.networks.signal import Signal
from varprop.networks.zoo import NETWORKS, NetworkEntry
from varprop.verdict import Check

WEIGHT_SCALE = 1.7
BIAS_VARIANCE = 0.05
EXACT = ("bias", "embedding", "depthwise")
"""Tensors whose outputs are single entries, or sums over one channel that a norm or a sum follows."""
GROUPS, MANY = 8, 24
"""Pairs of inputs that are alike within each: noise averages out. Features without places take many."""
INPUTS = 2 * GROUPS
BATCH = 192
"""Inputs where a batch's own statistics enter, which knows one group only."""
PLACES = 8
"""The same for channels with positions, which enter the statistics, too."""

ALIKE = InputLaw(cross=Rational(1, 2))
"""Data whose pairs are correlated, so that a fault in what a layer does to two inputs shows."""

APART = InputLaw()


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
    return Planned(kind, name, names, partial(run, text, entry.within, data=data_of(entry, text)))


def data_of(entry: LayerKind | NetworkEntry, text: str) -> InputLaw:
    """Return the data of an experiment: a whole network of ids takes independent ones.

    Two ids are equal or not, which a rule for two inputs sees on average only: exact up to the first
    function that isn't linear.
    """
    whole = isinstance(entry, NetworkEntry)
    return APART if whole and "Embedding" in text else ALIKE


def run(
    text: str, within: float, effort: Effort, stream: int, data: InputLaw | None = None
) -> tuple[Check, ...]:
    """Sample the network of a spec and judge the rules' prediction; a part not followed is left out."""
    data = data or (APART if "Embedding" in text else ALIKE)
    with SYMBOLIC:
        net = network(text)
        expected, scales = predicted(net, within, data)
    drawn = experiment(net, scales, data, effort.seed, stream)
    return verify_architecture(drawn, expected, effort)


def experiment(
    net: Network, scales: tuple[Drawn, ...], data: InputLaw, seed: int = 0, stream: int = 0
) -> Experiment:
    """Return the networks to draw; norms over the batch need a large one."""
    batch, text = PLACES if net.output.space else BATCH, str(net)
    pairs = GROUPS if net.shape.space or net.shape.tokens is not None else MANY
    count, groups = (batch, 1) if "BatchNorm" in text else (2 * pairs, pairs)
    mean = float(data.mean)
    cross = mean**2 if data.cross is None else float(data.cross)
    inputs = Inputs(count, mean, float(data.second), cross, groups, "Embedding" in text)
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
        float(out.second), float(out.mean), cross, float(gradient), slack(net, out), within
    )
    return expected, scales


def _generic(weight: Weight) -> tuple[float, float]:
    return WEIGHT_SCALE / float(weight.fan_in), BIAS_VARIANCE


def slack(net: Network, out: Signal) -> float:
    """Return Σ 1/(2n) over the weight tensors: the relative size of finite-width effects.

    A half is the largest that the examples of all layers show. The last tensor makes none where
    nothing but its sums leaves the network: they are linear in it.
    """
    tensors = net.weights()[:-1] if out.is_gaussian else net.weights()
    return math.fsum(0.5 / float(w.fan_in) for w in tensors if w.layout not in EXACT)
