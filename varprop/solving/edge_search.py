"""Every q at which the edge of chaos has a given σ_b²."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from varprop.errors import Divergent
from varprop.moments import Moments
from varprop.solving.fixed_points_range import (
    averaged_out,
    bisect,
    farthest_kink,
    numbers_or_nan,
    oscillates,
)

if TYPE_CHECKING:
    import numpy as np

LOW, HIGH = 1e-9, 1e7
BOUNDED = (1e3, 1e4)
CELLS = 260
THIN = 5
REACH = 4.0
"""A turn between grid points can't reach further than this many differences of its neighbours."""

SMALLEST = 1e-150


@dataclass(frozen=True)
class Search:
    """The crossings of σ_b²(q), given with a bound on its error, and one level."""

    moments: Moments
    bias: Callable[[float], tuple[float, float]]
    level: float

    def crossings(self) -> Iterator[float]:
        """Return every q at which the curve has that σ_b²."""
        import numpy as np

        q, gap = self._gaps()
        if not len(q):
            return
        if self.level > 0 and gap[0] > 0:
            low = float(q[0])
            while self._excess(low) > 0 and low > SMALLEST:
                low /= 100
            if self._excess(low) <= 0:
                yield bisect(self._excess, low, float(q[0]))
        for i, j in pairwise(np.nonzero(gap)[0]):
            if (gap[i] > 0) != (gap[j] > 0):
                yield bisect(self._excess, float(q[i]), float(q[j]))
            elif i > 0 and j == i + 1:
                yield from self._near_turn(q[i - 1 : j + 1], gap[i - 1 : j + 1])

    def _excess(self, q: float) -> float:
        return self.bias(q)[0] - self.level

    def _near_turn(self, q: np.ndarray, gap: np.ndarray) -> Iterator[float]:
        """The gap has an extremum towards 0 between three points: two crossings, one or none."""
        sign = 1.0 if gap[1] > 0 else -1.0
        if not (gap[0] * sign > gap[1] * sign <= gap[2] * sign):
            return
        if abs(gap[1]) > REACH * max(abs(gap[0] - gap[1]), abs(gap[2] - gap[1])):
            return
        from scipy.optimize import minimize_scalar

        ends = math.log(q[0]), math.log(q[2])
        turn = minimize_scalar(
            lambda t: sign * self._excess(math.exp(t)),
            bounds=ends,
            method="bounded",
            options={"xatol": 1e-9},
        )
        place = math.exp(turn.x)
        if abs(turn.fun) <= 4e-16 * max(place, 1e-30):
            yield place
        elif turn.fun < 0:
            yield bisect(self._excess, float(q[0]), place)
            yield bisect(self._excess, place, float(q[2]))

    def _gaps(self) -> tuple[np.ndarray, np.ndarray]:
        """Return q and σ_b² − level on a grid, 0 where it drowns in rounding.

        Where q − σ_w²·E[φ²] cancels, every few points are computed without cancellation.
        """
        import numpy as np

        q = np.geomspace(LOW, top(self.moments, max(1.0, self.level)), CELLS)
        below, below_bound = numbers_or_nan(self.moments, "derivative_second_moment", q)
        size, bound = numbers_or_nan(self.moments, "second_moment", q)
        with np.errstate(divide="ignore", invalid="ignore"):
            bias = np.where(below > 0, q - size / below, np.nan)
            noise = (bound + below_bound * size / below) / below + 4e-16 * q
            drowned = np.nonzero(np.abs(bias) < 1e4 * noise)[0]
        gap = bias - self.level
        gap[drowned] = np.nan
        for k in {*drowned[::THIN], *drowned[-1:]}:
            value, error = self.bias(float(q[k]))
            gap[k] = value - self.level if abs(value - self.level) > error else 0.0
        known = np.isfinite(gap)
        return q[known], gap[known]


def top(moments: Moments, scale: float, calm: float | None = None) -> float:
    """Return the largest q worth looking at: in double range, and not far beyond a bounded φ.

    ``calm``: the largest asked for where E[φ²] is in double range there.
    """
    if calm is not None and math.isfinite(_grown(moments, calm)):
        return calm
    scale = max(scale, farthest_kink(moments) ** 2)
    waves = oscillates(moments)
    for level in () if waves else BOUNDED:
        if _grown(moments, level * scale) < 2:
            return level * scale
    highest = (averaged_out(moments) if waves else HIGH) * scale
    while highest > 1 and not math.isfinite(_grown(moments, highest)):
        highest /= 4
    return highest


def _grown(moments: Moments, q: float) -> float:
    """Return E[φ²] at q over that at q/4; infinite beyond double range."""
    try:
        low, high = (moments.number("second_moment", x).value for x in (q / 4, q))
    except Divergent:
        return math.inf
    return math.inf if low is None or high is None else high / low
