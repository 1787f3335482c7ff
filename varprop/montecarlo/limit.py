"""Infinite-width predictions against finite networks: two widths take the 1/n term out.

The mean of an observable is R(n) = R + a/n + b/n² + … in the width n, relative to the prediction.
Twice the mean at 2n less that at n has no 1/n term (Richardson 1911) and leaves −b/(2n²). Where
an observable is a product over layers, b is about a²/2; a² is what is allowed for.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from varprop.catalogue.arrays import Array
from varprop.montecarlo.network import DenseNetwork
from varprop.montecarlo.replicates import Effort
from varprop.montecarlo.statistics import Estimate, estimate, judge, looks, sidak
from varprop.verdict import Check, Verdict

FIRST = 2**10


class Series(ABC):
    """A growing number of networks of one width; ``how`` says how they are sampled."""

    network: DenseNetwork
    how: str = ""

    @property
    @abstractmethod
    def count(self) -> int:
        """The number of networks so far."""

    @abstractmethod
    def extend(self, count: int) -> None:
        """Add networks until there are at least ``count``."""

    @abstractmethod
    def ratios(self, part: str) -> Array:
        """Return one number per network whose mean is 1 at infinite width."""


@dataclass(frozen=True)
class Limit:
    """What two widths say of infinite width, as ratios to the prediction.

    ``extrapolated`` is without the 1/n term; ``term`` is that term at the larger width with its
    standard error, ``left`` is what the next order may leave in the extrapolation.
    """

    extrapolated: Estimate
    term: float
    term_error: float
    left: float


def extrapolate(narrow: Array, wide: Array) -> Limit:
    """Return the limit from replicates at the widths n and 2n, independent of each other.

    ``left`` is half the square of the 1/n term at n, two standard errors of that term included.
    """
    low, high = estimate(narrow), estimate(wide)
    error = math.hypot(2 * high.standard_error, low.standard_error)
    found = Estimate(
        2 * high.value - low.value,
        error,
        min(high.count, low.count),
        _skewness(high, low, error),
    )
    term = low.value - high.value
    term_error = math.hypot(low.standard_error, high.standard_error)
    return Limit(found, term, term_error, 2 * (abs(term) + 2 * term_error) ** 2)


def _skewness(high: Estimate, low: Estimate, error: float) -> float:
    """Return the skewness of one replicate of 2·high − low, from those of the two."""
    if not 0 < error < math.inf:
        return 0.0
    third = 8 * high.skewness * high.standard_error**3 - low.skewness * low.standard_error**3
    return third / error**3


def judge_limit(
    narrow: Series, wide: Series, parts: Sequence[str], effort: Effort, most: int
) -> tuple[Check, ...]:
    """Sample both widths, the second twice the first, until every part is decided.

    A check's ``observed`` is the ratio to the prediction extrapolated to infinite width,
    ``finite_width`` the 1/n term at the larger one; what the next order may leave joins the
    interval judged.
    """
    started = time.monotonic()
    most = min(most, effort.samples or most)
    plan = looks(most, first=FIRST, level=sidak(effort.level, len(parts)))
    found: dict[str, tuple[Limit, Verdict]] = {}
    for count in plan.counts:
        narrow.extend(count)
        wide.extend(count)
        found = {part: _judged(narrow, wide, part, plan.each, effort.tolerance) for part in parts}
        if all(verdict is not Verdict.TOO_WEAK for _, verdict in found.values()):
            break
    spent = time.monotonic() - started
    return tuple(
        _check(part, limit, verdict, wide, effort, spent)
        for part, (limit, verdict) in found.items()
    )


def _judged(
    narrow: Series, wide: Series, part: str, level: float, tolerance: float
) -> tuple[Limit, Verdict]:
    limit = extrapolate(narrow.ratios(part), wide.ratios(part))
    low, high = limit.extrapolated.interval(level)
    return limit, judge((low - limit.left, high + limit.left), 1.0, tolerance)


def _check(
    part: str,
    limit: Limit,
    verdict: Verdict,
    widest: Series,
    effort: Effort,
    seconds: float,
) -> Check:
    n = widest.network.widths[0]
    note = (
        f"limit of widths {n // 2} and {n}{widest.how}: the 1/n term, "
        f"{limit.term:+.2g} ± {limit.term_error:.1g} at {n}, is taken out; the next order may "
        f"leave {limit.left:.1g}"
    )
    return Check(
        name=f"{part}, limit of infinite width",
        predicted=1.0,
        observed=limit.extrapolated.value,
        standard_error=limit.extrapolated.standard_error,
        tolerance=effort.tolerance,
        replicates=widest.count,
        width=n,
        depth=widest.network.depth,
        seed=effort.seed,
        verdict=verdict,
        seconds=seconds,
        finite_width=limit.term,
        note=note,
    )
