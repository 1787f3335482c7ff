"""The edge of chaos χ_⊥ = 1 as an explicit curve, and every point of it at a given σ_b².

    σ_w² = 1/E[φ'²],   σ_b² = q − σ_w²·E[φ²] = (q·E[ψ'²] − E[ψ²])/E[φ'²],   ψ = φ − s·h.

The numerator is the same for every s, because Hermite's first polynomial drops out of it; with
s = φ'(0) both of its terms are small where q is, and nothing cancels.
Source: Poole et al. 2016; the parametrisation by q as in the mean-field notebooks of Xiao et al. 2018.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from sympy import S, expand

from varprop.errors import Divergent
from varprop.moments import Moments
from varprop.propagation.feed import moments_of
from varprop.solving.edge_point import EdgePoint
from varprop.solving.fixed_points_range import averaged_out, bisect, farthest_kink, oscillates
from varprop.solving.stability import linear_factor
from varprop.solving.universality import germ

if TYPE_CHECKING:
    import numpy as np

LOW, HIGH = 1e-9, 1e7
BOUNDED = (1e3, 1e4)
CELLS = 260
THIN = 5
REACH = 4.0
"""A turn between grid points can't reach further than this many differences of its neighbours."""

SAFE = 1e-12
"""Share of σ_b² that rounding may take before it is computed without cancellation."""

CALM_LOW, CALM_HIGH = 1e-4, 1e4
SMALLEST = 1e-150


class EdgeCurve:
    """The edge of chaos of one activation, parametrised by q."""

    def __init__(self, moments: Moments) -> None:
        self.moments = moments
        self.germ = germ(moments.phi, moments.h)
        slope = (self.germ.slope_right + self.germ.slope_left) / 2
        self.slope = slope if self.germ.finite else S.Zero
        self._bent = moments_of(expand(moments.phi - self.slope * moments.h))

    @cached_property
    def point_for_all(self) -> float | None:
        """σ_w² where φ is linear on each side of 0: the edge is the one point (σ_w², σ_b² = 0)."""
        factor = linear_factor(self.moments)
        return None if factor is None else 1 / float(factor)

    @property
    def at_zero(self) -> EdgePoint | None:
        """The end of the curve at q* → 0: σ_w² = 1/φ'(0)², σ_b² = 0; None where it has none."""
        steep = self.germ.squared_slope
        if not self.germ.finite or steep == 0:
            return None
        return EdgePoint(float(1 / steep), 0.0, 0.0, 1.0)

    def at(self, q: float) -> EdgePoint | None:
        """Return the point of the curve at q*; None where E[φ'²] = 0, or σ_b² would be negative."""
        if self.point_for_all is not None:
            return EdgePoint(self.point_for_all, 0.0, q, 1.0)
        squared = self.moments.number("derivative_second_moment", q)
        if not squared.value:
            return None
        bias = self.bias(q)
        if bias < 0:
            return None
        slope = self.moments.number("length_slope", q)
        if slope.value is None:
            return None
        parallel = slope.value / squared.value
        noise = (slope.bound + squared.bound * abs(parallel)) / squared.value
        return EdgePoint(
            1 / squared.value, bias, q, 1.0 if abs(parallel - 1) <= max(noise, 4e-15) else parallel
        )

    def bias(self, q: float) -> float:
        """Return σ_b² at q*; negative where no bias variance makes q* critical."""
        below = self.moments.number("derivative_second_moment", q)
        size = self.moments.number("second_moment", q)
        if not below.value or size.value is None:
            return math.nan
        plain = q - size.value / below.value
        noise = (size.bound + below.bound * size.value / below.value) / below.value + 4e-16 * q
        if noise <= SAFE * abs(plain):
            return plain
        return self._bias_without_cancellation(q, below.value)

    def _bias_without_cancellation(self, q: float, below: float) -> float:
        if not self._curved:
            return 0.0
        steep = self._bent.number("derivative_second_moment", q).value
        size = self._bent.number("second_moment", q).value
        return math.nan if steep is None or size is None else (q * steep - size) / below

    @property
    def _curved(self) -> bool:
        return bool(self._bent.phi != 0)

    def curve(self, q: np.ndarray) -> dict[str, np.ndarray]:
        """Return arrays q_star, sigma_w2, sigma_b2, chi_parallel; nan where there is no point."""
        import numpy as np

        if self.point_for_all is not None:
            one = np.ones_like(q)
            scale = self.point_for_all * one
            return {"q_star": q, "sigma_w2": scale, "sigma_b2": 0 * one, "chi_parallel": one}
        below, _ = self.moments.numbers("derivative_second_moment", q)
        slope, _ = self.moments.numbers("length_slope", q)
        steep, _ = self._bent.numbers("derivative_second_moment", q)
        size, _ = self._bent.numbers("second_moment", q)
        with np.errstate(divide="ignore", invalid="ignore"):
            bias = (q * steep - size) / below
            found = np.where((bias >= 0) & (below > 0), 1 / below, np.nan)
            return {
                "q_star": q,
                "sigma_w2": found,
                "sigma_b2": np.where(np.isfinite(found), bias, np.nan),
                "chi_parallel": np.where(np.isfinite(found), slope / below, np.nan),
            }

    def solutions(self, sigma_b2: float) -> tuple[EdgePoint, ...]:
        """Return every point of the curve at that σ_b², in the order of q*."""
        if self.point_for_all is not None:
            return (EdgePoint(self.point_for_all, 0.0, 1.0, 1.0),) if sigma_b2 == 0 else ()
        points = [self.at(q) for q in self._crossings(sigma_b2)]
        found = [EdgePoint(p.sigma_w2, sigma_b2, p.q_star, p.chi_parallel) for p in points if p]
        if sigma_b2 == 0 and self.at_zero is not None:
            found.insert(0, self.at_zero)
        return tuple(found)

    def _crossings(self, sigma_b2: float) -> Iterator[float]:
        """Return every q at which the curve has that σ_b²."""
        import numpy as np

        if self.moments.derivative == 0:
            return
        q, bias = self._sampled(max(1.0, sigma_b2))
        if not len(q):
            return
        gap = bias - sigma_b2
        excess = self._excess(sigma_b2)
        if sigma_b2 > 0 and gap[0] > 0:
            low = float(q[0])
            while excess(low) > 0 and low > SMALLEST:
                low /= 100
            yield bisect(excess, low, float(q[0]))
        for i, j in pairwise(np.nonzero(gap)[0]):
            if (gap[i] > 0) != (gap[j] > 0):
                yield bisect(excess, float(q[i]), float(q[j]))
            elif i > 0 and j == i + 1:
                yield from self._near_turn(excess, q[i - 1 : j + 1], gap[i - 1 : j + 1])

    def _excess(self, sigma_b2: float) -> Callable[[float], float]:
        return lambda q: self.bias(q) - sigma_b2

    def _near_turn(
        self, excess: Callable[[float], float], q: np.ndarray, gap: np.ndarray
    ) -> Iterator[float]:
        """The gap has an extremum towards 0 between three points: two crossings, one or none."""
        sign = 1.0 if gap[1] > 0 else -1.0
        if not (gap[0] * sign > gap[1] * sign <= gap[2] * sign):
            return
        if abs(gap[1]) > REACH * max(abs(gap[0] - gap[1]), abs(gap[2] - gap[1])):
            return
        from scipy.optimize import minimize_scalar

        ends = math.log(q[0]), math.log(q[2])
        turn = minimize_scalar(
            lambda t: sign * excess(math.exp(t)),
            bounds=ends,
            method="bounded",
            options={"xatol": 1e-9},
        )
        place = math.exp(turn.x)
        if abs(turn.fun) <= 4e-16 * max(place, 1e-30):
            yield place
        elif turn.fun < 0:
            yield bisect(excess, float(q[0]), place)
            yield bisect(excess, place, float(q[2]))

    def _top(self, scale: float) -> float:
        """Return the largest q worth looking at: in double range, and not far beyond a bounded φ."""
        scale = max(scale, farthest_kink(self.moments) ** 2)
        for level in BOUNDED:
            if oscillates(self.moments):
                break
            if self._grown(level * scale) < 2:
                return level * scale
        top = (averaged_out(self.moments) if oscillates(self.moments) else HIGH) * scale
        while top > 1 and not math.isfinite(self._grown(top)):
            top /= 4
        return top

    def _grown(self, q: float) -> float:
        """Return E[φ²] at q over that at q/4; infinite beyond double range."""
        try:
            low, high = (self.moments.number("second_moment", x).value for x in (q / 4, q))
        except Divergent:
            return math.inf
        return math.inf if low is None or high is None else high / low

    def _sampled(self, scale: float) -> tuple[np.ndarray, np.ndarray]:
        """Return q and σ_b² on a grid where double range holds them."""
        import numpy as np

        found = self.biases(np.geomspace(LOW, self._top(scale), CELLS))
        known = np.isfinite(found[1])
        return found[0][known], found[1][known]

    def biases(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the variances and σ_b² of each; nan where drowned in rounding or without a slope.

        Where q − σ_w²·E[φ²] cancels, every few points are computed without cancellation.
        """
        import numpy as np

        try:
            below, below_bound = self.moments.numbers("derivative_second_moment", q)
            size, bound = self.moments.numbers("second_moment", q)
        except Divergent:
            return q[:0], q[:0]
        with np.errstate(divide="ignore", invalid="ignore"):
            bias = np.where(below > 0, q - size / below, np.nan)
            noise = (bound + below_bound * size / below) / below + 4e-16 * q
        drowned = np.nonzero(np.abs(bias) < 1e4 * noise)[0]
        bias[drowned] = np.nan
        for k in {*drowned[::THIN], *drowned[-1:]}:
            bias[k] = self.bias(float(q[k]))
        return q, bias

    @cached_property
    def half_stable(self) -> tuple[EdgePoint, ...]:
        """The points where χ_∥ = χ_⊥ = 1 at a q* > 0, q* from 1e-4 to 1e4 or as far as E[φ²] is finite."""
        import numpy as np

        if self.point_for_all is not None or self.moments.derivative == 0:
            return ()
        calm = math.isfinite(self._grown(CALM_HIGH))
        q = np.geomspace(CALM_LOW, CALM_HIGH if calm else self._top(1.0), CELLS)
        try:
            slope, slope_bound = self.moments.numbers("length_slope", q)
            below, bound = self.moments.numbers("derivative_second_moment", q)
        except Divergent:
            return ()
        gap = slope - below
        clear = np.nonzero(np.isfinite(gap) & (np.abs(gap) > 4 * (slope_bound + bound)))[0]
        roots = [
            bisect(self._bend, float(q[i]), float(q[j]))
            for i, j in pairwise(clear)
            if (gap[i] > 0) != (gap[j] > 0)
        ]
        points = [self.at(root) for root in roots]
        return tuple(EdgePoint(p.sigma_w2, p.sigma_b2, p.q_star, 1.0) for p in points if p)

    def _bend(self, q: float) -> float:
        slope, below = (
            self.moments.number(n, q).value for n in ("length_slope", "derivative_second_moment")
        )
        return math.nan if slope is None or below is None else slope - below
