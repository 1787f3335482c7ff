"""Infinite-width predictions against finite networks: two widths take the 1/n term out.

The mean of an observable is R(n) = R + a/n + b/n² + … in the width n, relative to the prediction.
Twice the mean at 2n less that at n has no 1/n term (Richardson 1911) and leaves −b/(2n²). Where
an observable is a product over layers, b is about a²/2; a² is what is allowed for.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from varprop.catalogue.arrays import Array
from varprop.errors import BadInput
from varprop.montecarlo.marginal import block_size, simulate_marginal
from varprop.montecarlo.network import DenseNetwork
from varprop.montecarlo.ratios import Prediction
from varprop.montecarlo.replicates import Effort
from varprop.montecarlo.simulate import Trajectories
from varprop.montecarlo.statistics import Estimate, estimate, judge, looks, sidak
from varprop.verdict import Check, Verdict

Build = Callable[[int], tuple[DenseNetwork, Prediction]]
"""The network of that width and what the theory of infinite width says of it."""

PARTS = ("forward", "gradient")
MOST = 2**17
FIRST = 2**10


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


def verify_limit(
    build: Build,
    effort: Effort,
    *,
    width: int = 128,
    stream: int = 0,
    executor: Executor | None = None,
    most: int = MOST,
) -> tuple[Check, ...]:
    """Compare a network's last q and first gradient with the theory of infinite width.

    Gaussian networks of ``width`` and twice as wide are sampled without their weights. The check's
    ``observed`` is the ratio to the prediction extrapolated to infinite width, ``finite_width``
    the 1/n term at the larger one; what the next order may leave joins the interval judged.

    Raises BadInput for a network with data or of another law than the normal one.
    """
    started = time.monotonic()
    plan = looks(_budget(effort, most), first=FIRST, level=sidak(effort.level, len(PARTS)))
    series = [
        _Series(*build(units), (effort.seed, stream, units), executor)
        for units in (width, 2 * width)
    ]
    found: dict[str, tuple[Limit, Verdict]] = {}
    for count in plan.counts:
        for one in series:
            one.extend(count)
        found = {part: _judged(series, part, plan.each, effort.tolerance) for part in PARTS}
        if all(verdict is not Verdict.TOO_WEAK for _, verdict in found.values()):
            break
    spent = time.monotonic() - started
    return tuple(
        _check(part, limit, verdict, series[-1], effort, spent)
        for part, (limit, verdict) in found.items()
    )


def _budget(effort: Effort, most: int) -> int:
    return min(most, effort.samples or most)


class _Series:
    """A growing number of networks of one width."""

    def __init__(
        self,
        network: DenseNetwork,
        prediction: Prediction,
        seed: tuple[int, ...],
        executor: Executor | None,
    ) -> None:
        prediction.check(network)
        if not network.feed.has_level:
            raise BadInput("the limit of wide layers is taken from a first pre-activation on.")
        self.network, self.prediction = network, prediction
        self._seed, self._executor = seed, executor
        self._runs: Trajectories | None = None

    @property
    def count(self) -> int:
        """The number of networks so far."""
        return 0 if self._runs is None else self._runs.networks

    def extend(self, count: int) -> None:
        """Add whole blocks until there are at least ``count`` networks."""
        size = block_size(self.network)
        wanted = -(-count // size) * size
        if wanted > self.count:
            new = simulate_marginal(
                self.network,
                wanted - self.count,
                seed=self._seed,
                first=self.count,
                dtype="float32",
                executor=self._executor,
            )
            self._runs = new if self._runs is None else Trajectories.join([self._runs, new])

    def ratios(self, part: str) -> Array:
        """Return each network's end-to-end ratio to the prediction, averaged over its inputs."""
        assert self._runs is not None
        assert self._runs.deltas is not None
        with np.errstate(all="ignore"):
            if part == "forward":
                last = self._runs.preactivations[:, -1].mean(axis=-1)
                return np.asarray(last / self.prediction.q[-1])
            first = self._runs.deltas[:, 0].mean(axis=-1)
            return np.asarray(first / math.prod(self.prediction.gradient))


def _judged(
    series: list[_Series], part: str, level: float, tolerance: float
) -> tuple[Limit, Verdict]:
    limit = extrapolate(*(one.ratios(part) for one in series))
    low, high = limit.extrapolated.interval(level)
    return limit, judge((low - limit.left, high + limit.left), 1.0, tolerance)


def _check(
    part: str,
    limit: Limit,
    verdict: Verdict,
    widest: _Series,
    effort: Effort,
    seconds: float,
) -> Check:
    n = widest.network.widths[0]
    note = (
        f"limit of widths {n // 2} and {n}, sampled without weights: the 1/n term, "
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
