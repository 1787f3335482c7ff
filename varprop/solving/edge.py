"""The edge of chaos χ_⊥ = 1 as an explicit curve.

    σ_w² = 1/E[φ'²],   σ_b² = q − σ_w²·E[φ²] = (q·E[ψ'²] − E[ψ²])/E[φ'²],   ψ = φ − ℓ,

with ℓ linear on each side of 0. Any such ℓ gives the same numerator: by parts E[ℓ ψ] = q·E[ℓ' ψ'], as
ψ(0)·ℓ(0) = 0. With φ's own slopes at 0 both of its terms are small where q is, and nothing cancels.
Source: Poole et al. 2016; the parametrisation by q as in the mean-field notebooks of Xiao et al. 2018.
"""

from __future__ import annotations

import math
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from sympy import S, expand

from varprop.errors import Divergent
from varprop.moments import Moments
from varprop.propagation.feed import moments_of
from varprop.solving.edge_point import EdgePoint
from varprop.solving.edge_search import Search, top
from varprop.solving.fixed_points_range import bisect, numbers_or_nan
from varprop.solving.stability import linear_factor
from varprop.solving.universality import germ

if TYPE_CHECKING:
    import numpy as np

CELLS = 260
SAFE = 1e-12
"""Share of σ_b² that rounding may take before it is computed without cancellation."""

CALM_LOW, CALM_HIGH = 1e-4, 1e4


class EdgeCurve:
    """The edge of chaos of one activation, parametrised by q."""

    def __init__(self, moments: Moments) -> None:
        self.moments = moments
        self.germ = germ(moments.phi, moments.h)
        line = self.germ.line(moments.h) if self.germ.finite else S.Zero
        self._bent = moments_of(expand(moments.phi - line))

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
        """Return the point of the curve at q*; None where E[φ'²] is 0 or infinite, or σ_b² < 0."""
        if self.point_for_all is not None:
            return EdgePoint(self.point_for_all, 0.0, q, 1.0)
        bias = self.bias(q)
        return self._point(q, bias) if bias >= 0 else None

    def _point(self, q: float, bias: float) -> EdgePoint | None:
        try:
            squared = self.moments.number("derivative_second_moment", q)
            slope = self.moments.number("length_slope", q)
        except Divergent:
            return None
        if not squared.value or slope.value is None:
            return None
        parallel = slope.value / squared.value
        noise = (slope.bound + squared.bound * abs(parallel)) / squared.value
        one = abs(parallel - 1) <= max(noise, 4e-15)
        return EdgePoint(1 / squared.value, bias, q, 1.0 if one else parallel)

    def bias(self, q: float) -> float:
        """Return σ_b² at q*; negative where no bias variance makes q* critical, nan where no σ_w² does."""
        return self.bias_with_error(q)[0]

    def bias_with_error(self, q: float) -> tuple[float, float]:
        """Return σ_b² at q*, and a bound on its error."""
        try:
            below = self.moments.number("derivative_second_moment", q)
            size = self.moments.number("second_moment", q)
        except Divergent:
            return math.nan, math.nan
        if not below.value or size.value is None:
            return math.nan, math.nan
        plain = q - size.value / below.value
        noise = (size.bound + below.bound * size.value / below.value) / below.value + 4e-16 * q
        if noise <= SAFE * abs(plain):
            return plain, noise
        return self._without_cancellation(q, below.value)

    def _without_cancellation(self, q: float, below: float) -> tuple[float, float]:
        if self._bent.phi == 0:
            return 0.0, 0.0
        steep = self._bent.number("derivative_second_moment", q)
        size = self._bent.number("second_moment", q)
        if steep.value is None or size.value is None:
            return math.nan, math.nan
        error = q * steep.bound + size.bound + 4e-16 * max(q * steep.value, size.value)
        return (q * steep.value - size.value) / below, error / below

    def curve(self, q: np.ndarray) -> dict[str, np.ndarray]:
        """Return arrays q_star, sigma_w2, sigma_b2, chi_parallel; nan where there is no point."""
        import numpy as np

        if self.point_for_all is not None:
            one = np.ones_like(q)
            scale = self.point_for_all * one
            return {"q_star": q, "sigma_w2": scale, "sigma_b2": 0 * one, "chi_parallel": one}
        below, _ = numbers_or_nan(self.moments, "derivative_second_moment", q)
        slope, _ = numbers_or_nan(self.moments, "length_slope", q)
        steep, _ = numbers_or_nan(self._bent, "derivative_second_moment", q)
        size, _ = numbers_or_nan(self._bent, "second_moment", q)
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
        found: list[EdgePoint] = []
        if self.moments.derivative != 0:
            search = Search(self.moments, self.bias_with_error, sigma_b2)
            points = [self._point(q, sigma_b2) for q in search.crossings()]
            found = [point for point in points if point is not None]
        if sigma_b2 == 0 and self.at_zero is not None:
            found.insert(0, self.at_zero)
        return tuple(found)

    @cached_property
    def half_stable(self) -> tuple[EdgePoint, ...]:
        """The points where χ_∥ = χ_⊥ = 1 at a q* > 0, q* from 1e-4 to 1e4 or as far as E[φ²] is finite."""
        import numpy as np

        if self.point_for_all is not None or self.moments.derivative == 0:
            return ()
        q = np.geomspace(CALM_LOW, top(self.moments, 1.0, CALM_HIGH), CELLS)
        slope, slope_bound = numbers_or_nan(self.moments, "length_slope", q)
        below, bound = numbers_or_nan(self.moments, "derivative_second_moment", q)
        gap = slope - below
        with np.errstate(invalid="ignore"):
            sure = np.isfinite(gap) & (np.abs(gap) > 4 * (slope_bound + bound))
        clear = np.nonzero(sure)[0]
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
