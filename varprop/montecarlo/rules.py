"""One rule of a derivation on its own: both sides from the same draws, or by enumeration."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from varprop.catalogue.arrays import Array
from varprop.errors import BadInput
from varprop.montecarlo.network import generator
from varprop.montecarlo.statistics import LEVEL, estimate, judge, looks
from varprop.verdict import Check, Verdict

BLOCK = 2**12
MOST_CASES = 2**20


@dataclass(frozen=True)
class Family:
    """Members that are drawn together, e.g. the weights w_1 … w_n of one unit.

    ``draw(rng, (replicates, members))`` gives one row per replicate; the members of a row may
    depend on each other, as the x_j of a network do.
    """

    members: int
    draw: Callable[[np.random.Generator, tuple[int, int]], Array]


@dataclass(frozen=True)
class TwoPoint:
    """Independent members with the value ``high`` with probability ``chance``, else ``low``."""

    members: int
    low: float = -1.0
    high: float = 1.0
    chance: float = 0.5


class Draws(Mapping[str, Array]):
    """Arrays (replicates, members) by family name; ``other`` is an independent copy of them all."""

    def __init__(self, arrays: Mapping[str, Array], other: Draws | None = None) -> None:
        self._arrays = dict(arrays)
        self._other = other

    @property
    def other(self) -> Draws:
        """The independent copy."""
        if self._other is None:
            raise BadInput("the copy of a draw has no further copy.")
        return self._other

    def __getitem__(self, name: str) -> Array:
        """Return one family."""
        return self._arrays[name]

    def __iter__(self):  # type: ignore[no-untyped-def]
        """Iterate over names."""
        return iter(self._arrays)

    def __len__(self) -> int:
        """Count families."""
        return len(self._arrays)


Side = Callable[[Draws], Array]


def variance_of(value: Side) -> Side:
    """Return a side whose expectation is the variance of ``value``: half a squared difference."""

    def side(draws: Draws) -> Array:
        return (value(draws) - value(draws.other)) ** 2 / 2

    return side


def covariance_of(first: Side, second: Side) -> Side:
    """Return a side whose expectation is the covariance of the two."""

    def side(draws: Draws) -> Array:
        return (first(draws) - first(draws.other)) * (second(draws) - second(draws.other)) / 2

    return side


def verify_rule(
    name: str,
    families: Mapping[str, Family],
    left: Side,
    right: Side,
    *,
    samples: int = 2**18,
    tolerance: float = 0.02,
    level: float = LEVEL,
    seed: int = 0,
) -> Check:
    """Compare E[left] with E[right], each a function of the draws with one value per replicate.

    Both see the same draws, so that their difference has less noise than either. The check's
    ``predicted`` is the average of the right side and its standard error that of the difference;
    ``tolerance`` is relative to the larger side's root mean square where the right side is 0.
    Ends at the first of several corrected looks that decides.
    """
    started = time.monotonic()
    plan = looks(-(-samples // BLOCK), first=4, level=level)
    lefts: list[Array] = []
    rights: list[Array] = []
    verdict = Verdict.TOO_WEAK
    for count in plan.counts:
        for index in range(len(lefts), count):
            draws = _draw(families, seed, index)
            lefts.append(_column(left(draws)))
            rights.append(_column(right(draws)))
        observed, predicted = np.concatenate(lefts), np.concatenate(rights)
        difference = estimate(observed - predicted)
        centre = float(predicted.mean())
        allowed = tolerance * (abs(centre) or float(np.sqrt(np.mean(observed**2))))
        verdict = judge(difference.interval(plan.each), 0.0, allowed)
        if verdict is not Verdict.TOO_WEAK:
            break
    return Check(
        name=name,
        predicted=centre,
        observed=float(observed.mean()),
        standard_error=difference.standard_error,
        tolerance=allowed,
        replicates=difference.count,
        width=None,
        depth=None,
        seed=seed,
        verdict=verdict,
        seconds=time.monotonic() - started,
    )


def enumerate_rule(
    name: str,
    families: Mapping[str, TwoPoint],
    left: Side,
    right: Side,
    *,
    tolerance: float = 1e-9,
) -> Check:
    """Compare both sides exactly, over all outcomes of two-point laws and of their copy.

    Raises BadInput when there are more than about a million outcomes.
    """
    started = time.monotonic()
    count = 2 * sum(family.members for family in families.values())
    if 2**count > MOST_CASES:
        raise BadInput(f"{count // 2} two-point members have too many outcomes: use at most 10.")
    draws, weights = _outcomes(families, count)
    observed = math.fsum(_column(left(draws)) * weights)
    predicted = math.fsum(_column(right(draws)) * weights)
    allowed = tolerance * max(1.0, abs(predicted))
    agrees = abs(observed - predicted) <= allowed
    return Check(
        name=name,
        predicted=predicted,
        observed=observed,
        standard_error=0.0,
        tolerance=allowed,
        replicates=2**count,
        width=None,
        depth=None,
        seed=0,
        verdict=Verdict.AGREES if agrees else Verdict.DISAGREES,
        seconds=time.monotonic() - started,
        note="exact enumeration of two-point laws",
    )


def _draw(families: Mapping[str, Family], seed: int, index: int) -> Draws:
    first, second = (
        {
            name: family.draw(generator(seed, index, copy, place), (BLOCK, family.members))
            for place, (name, family) in enumerate(families.items())
        }
        for copy in (0, 1)
    )
    return Draws(first, Draws(second))


def _outcomes(families: Mapping[str, TwoPoint], count: int) -> tuple[Draws, Array]:
    high = np.array(list(itertools.product((False, True), repeat=count)))
    copies: list[dict[str, Array]] = []
    weights = np.ones(len(high))
    column = 0
    for _ in range(2):
        arrays = {}
        for name, family in families.items():
            chosen = high[:, column : column + family.members]
            column += family.members
            arrays[name] = np.where(chosen, family.high, family.low)
            weights *= np.where(chosen, family.chance, 1 - family.chance).prod(axis=1)
        copies.append(arrays)
    return Draws(copies[0], Draws(copies[1])), weights


def _column(values: Array) -> Array:
    """Refuse a side without one number per replicate."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 1:
        raise BadInput(f"a side must give one number per replicate, not the shape {array.shape}.")
    return array
