"""Sampled networks of any architecture: forward, gradient and two inputs, one number a network each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from varprop.catalogue.arrays import Array
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.montecarlo.network import generator
from varprop.montecarlo.replicates import Effort, outcome
from varprop.montecarlo.statistics import estimate, judge, looks, sidak
from varprop.networks.drawing import Drawing, Drawn
from varprop.networks.network import Network
from varprop.networks.shape import Shape
from varprop.verdict import Check, Verdict

PAIR = "E[x x̃]"
PARTS = ("E[x²]", "E[x]", PAIR, "gradient")
SHARE = 2.0
"""Tolerances of a single layer that a whole network may be off: finite width is not noise."""
LEAST = 0.25
"""E[x x̃]'s tolerance is relative to it, but to this much of E[x²] where it is less."""
FIRST = 32
TOGETHER = 16
"""Networks drawn between two reports of progress."""

Row = tuple[float, float, float, float]
LARGEST = 2**26
"""Values that one network may keep at once."""


@dataclass(frozen=True)
class Expected:
    """What a network should do: E[x²], E[x], E[x x̃] (None: not followed) and E[δ²] at the data.

    ``slack`` is the relative size of finite-width effects that theory leaves out, ``within`` that
    of the rule's own approximations; both widen the tolerance.
    """

    second: float
    mean: float
    cross: float | None
    gradient: float
    slack: float = 0.0
    within: float = 0.0

    def values(self) -> tuple[tuple[float | None, float], ...]:
        """Return (predicted, unit of the tolerance) of each part."""
        size = math.sqrt(self.second)
        both = max(abs(self.cross or 0.0), self.second * LEAST)
        return (
            (self.second, self.second),
            (self.mean, size),
            (self.cross, both),
            (self.gradient, self.gradient),
        )


@dataclass(frozen=True)
class Inputs:
    """Gaussian data: how many, E[x₀], E[x₀²], and E[x₀ x̃₀] of any two of one group.

    Two positions in space are as alike as two inputs are; tokens have only their mean in common.
    What a group shares has mean square 1 exactly, which leaves all expectations over weights as they
    are. ``equal`` lets inputs share whole values, each with a probability, as ids of a vocabulary do.
    """

    count: int = 16
    mean: float = 0.0
    second: float = 1.0
    cross: float = 0.0
    groups: int = 1
    equal: bool = False

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        """Return the inputs, group after group: what they share, and what each has of its own."""
        shared = self.cross - self.mean**2
        sizes = shape.concrete()
        own = rng.standard_normal((self.groups, self.count // self.groups, *sizes))
        if shared != 0 and self.equal:
            common = rng.standard_normal((self.groups, 1, *sizes))
            kept = rng.random(own.shape) < math.sqrt(shared / (self.second - self.mean**2))
            own = np.where(kept, common, own)
            shared = 0.0
        rest = math.sqrt(self.second - self.mean**2 - shared)
        data = self.mean + rest * own
        if shared != 0:
            alike = (sizes[0], *[1] * len(shape.space)) if shape.space else sizes
            data += math.sqrt(shared) * _common(rng, self.groups, alike)
        return data.reshape(-1, *sizes)

    def pairs(self, out: Array, square: float) -> float:
        """Return the mean product of two different inputs of one group."""
        each = self.count // self.groups
        grouped = out.reshape(self.groups, each, -1)
        both = float(np.mean(grouped.mean(axis=1) ** 2))
        return (each * both - square) / (each - 1)


def _common(rng: np.random.Generator, groups: int, sizes: tuple[int, ...]) -> Array:
    drawn = rng.standard_normal((groups, 1, *sizes))
    axes = tuple(range(1, drawn.ndim))
    size = np.sqrt((drawn * drawn).mean(axis=axes, keepdims=True))
    return np.asarray(drawn / size)


def one_network(
    net: Network, scales: tuple[Drawn, ...], law: str, inputs: Inputs, rng: np.random.Generator
) -> Row:
    """Return the parts of one sampled network: mean squares, means and products over its units.

    δ at the output is standard normal; products are averaged over all pairs of inputs of a group.
    """
    drawing = Drawing(rng, scales, LAWS[law])
    sampled = net.layer.sample(net.shape, drawing)
    data = inputs.draw(net.shape, rng)
    with np.errstate(all="ignore"):
        out = sampled.forward(data)
        back = sampled.backward(rng.standard_normal(out.shape))
        square = float(np.mean(out * out))
        pairs = inputs.pairs(out, square)
    return square, float(np.mean(out)), pairs, float(np.mean(back * back))


@dataclass(frozen=True)
class Experiment:
    """Which networks are drawn: network k of a seed and stream is the same whatever the budget."""

    net: Network
    scales: tuple[Drawn, ...]
    law: str = "normal"
    inputs: Inputs = Inputs()
    seed: int = 0
    stream: int = 0

    def rows(self, first: int, last: int) -> list[Row]:
        """Return the parts of networks number ``first`` … ``last`` − 1."""
        return [
            one_network(
                self.net, self.scales, self.law, self.inputs, generator((self.seed, self.stream), k)
            )
            for k in range(first, last)
        ]


def verdicts(
    rows: list[Row], expected: Expected, effort: Effort, level: float
) -> dict[str, Verdict]:
    """Judge each part that is predicted, at the level of one look."""
    found = {}
    for part, (predicted, unit), values in zip(
        PARTS, expected.values(), zip(*rows, strict=True), strict=True
    ):
        if predicted is not None:
            interval = estimate(values).interval(level)
            found[part] = judge(interval, predicted, _allowed(unit, expected, effort))
    return found


def verify_architecture(
    experiment: Experiment,
    expected: Expected,
    effort: Effort,
    *,
    most: int = 2048,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Check, ...]:
    """Compare sampled networks with what a rule says, part by part; replicates are networks.

    Networks are drawn in rounds until every part is decided, at a level corrected for rounds and
    parts; ``progress`` hears how many of how many are drawn. Raises BadInput
    for a network that would not fit in memory.
    """
    _check_size(experiment)
    started = time.monotonic()
    judged = [
        part for part, (value, _) in zip(PARTS, expected.values(), strict=True) if value is not None
    ]
    plan = looks(min(most, effort.samples or most), FIRST, level=sidak(effort.level, len(judged)))
    rows: list[Row] = []
    for wanted in plan.counts:
        while len(rows) < wanted:
            rows += experiment.rows(len(rows), min(wanted, len(rows) + TOGETHER))
            if progress is not None:
                progress(len(rows), plan.counts[-1])
        found = verdicts(rows, expected, effort, plan.each)
        if Verdict.TOO_WEAK not in found.values():
            break
    spent = time.monotonic() - started
    note = f"{len(rows)} networks, {experiment.inputs.count} inputs each; finite width ±{expected.slack:.2g}"
    columns = dict(zip(PARTS, zip(*rows, strict=True), strict=True))
    values = dict(zip(PARTS, expected.values(), strict=True))
    return tuple(
        outcome(
            part,
            float(values[part][0] or 0.0),
            estimate(columns[part]),
            _allowed(values[part][1], expected, effort),
            found[part],
            effort.seed,
            spent / len(judged),
            note,
            finite_width=expected.slack * values[part][1],
        )
        for part in judged
    )


def _allowed(unit: float, expected: Expected, effort: Effort) -> float:
    return (SHARE * effort.tolerance + expected.slack + expected.within) * unit


def _check_size(experiment: Experiment) -> None:
    net = experiment.net
    largest = max((math.prod(int(d) for d in w.dims) for w in net.weights()), default=0)
    held = experiment.inputs.count * math.prod(net.shape.concrete())
    if max(largest, held) > LARGEST:
        raise BadInput(
            f"{net}: one tensor has {max(largest, held):,} values, more than the {LARGEST:,} that an "
            "experiment may keep. Take smaller widths."
        )
