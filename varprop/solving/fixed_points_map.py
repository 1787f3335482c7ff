"""The length map as numbers without cancellation."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

from sympy import Expr, S, expand

from varprop.errors import Divergent
from varprop.moments import Moments
from varprop.notation import q as variance
from varprop.propagation.curves import Curve
from varprop.propagation.growing import GrowingMoments
from varprop.solving.fixed_points_range import numbers_or_nan
from varprop.solving.universality import germ

if TYPE_CHECKING:
    import numpy as np

    from varprop.moments.numbers.number import Number

LOW = 1e-12
SMALLEST = 2e-6
CLEAR = 0.8


class LengthMap:
    """q' = w·E[φ²] + b with w = σ_w² > 0, b = σ_b² ≥ 0, both given exactly."""

    def __init__(self, moments: Moments, sigma_w2: Expr, sigma_b2: Expr) -> None:
        self.moments = moments
        self.w, self.b = float(sigma_w2), float(sigma_b2)
        self.germ = germ(moments.phi, moments.h)
        self.base = self.germ.squared_slope if self.germ.finite else S.Zero
        self.offset = float((self.base - 1 / sigma_w2).evalf(25))
        self._rest = self._without_line()
        self._curve = Curve(moments, "second_moment")

    def _without_line(self) -> Expr:
        """Return φ² − ℓ² as a product, ℓ the linear part of φ at 0."""
        phi, h = self.moments.phi, self.moments.h
        if self.base == 0:
            return phi**2
        line = self.germ.line(h)
        return expand(phi - line) * (phi + line)

    def __call__(self, q: float) -> float:
        """Return q'; infinite beyond double range."""
        return self.w * self._curve(q) + self.b

    @property
    def keeps_zero(self) -> bool:
        """Whether q = 0 is a fixed point."""
        return self.b == 0 and self.germ.vanishes

    @property
    def slope_at_zero(self) -> float | None:
        """χ_∥ = χ_⊥ at q = 0; None where infinite."""
        if not self.germ.finite:
            return None
        return 1.0 if self.offset == 0 else float(self.germ.squared_slope.evalf(20)) * self.w

    def rho(self, q: float) -> tuple[float, float]:
        """Return (q'/q − 1)/w and a bound on its error; infinite beyond double range."""
        try:
            rest = self._bent(q)
        except Divergent:
            return math.inf, 0.0
        if rest.value is None:
            return math.inf, 0.0
        value = self.offset + rest.value / q + self.b / (self.w * q)
        return value, rest.bound / q + 4e-16 * max(abs(self.offset), self.b / (self.w * q))

    def _bent(self, q: float) -> Number:
        """Return E[φ² − ℓ²]."""
        if self._closed_rest is not None:
            from varprop.moments.numbers.closed import evaluate

            if q >= self._closed_rest[1]:
                raise Divergent(f"E[φ²] is infinite from q = {self._closed_rest[1]:.6g} on.")
            return evaluate(self._closed_rest[0], variance, q)
        from varprop.moments.numbers.scalar import expectation

        return expectation(self._rest, self.moments.h, q)

    @cached_property
    def _closed_rest(self) -> tuple[Expr, float] | None:
        """E[φ²] − a·q and where it ends, for φ that outgrows any quadrature."""
        known = isinstance(self.moments, GrowingMoments) and self.moments.below("second_moment")
        return (known[0] - self.base * variance, known[1]) if known else None

    def slopes(self, q: float) -> tuple[float | None, float | None]:
        """Return χ_∥ and χ_⊥ at q, exactly 1 where they are so within their error bound."""
        return self._slope("length_slope", q), self._slope("derivative_second_moment", q)

    def _slope(self, name: str, q: float) -> float | None:
        try:
            number = self.moments.number(name, q)
        except Divergent:
            return None
        if number.value is None:
            return None
        value, bound = self.w * number.value, self.w * number.bound
        return 1.0 if abs(value - 1) <= max(bound, 4e-15) else value

    def is_monotone(self, low: float, high: float) -> bool:
        """Whether q' increases with q between two variances."""
        import numpy as np

        low, high = max(low, LOW), self.largest(max(high, 2 * LOW))
        if high <= low:
            return True
        grid = np.geomspace(low, high, 65)
        try:
            slopes, bounds = self.numbers("length_slope", grid)
        except Divergent:
            slopes, bounds = np.diff(self.numbers("second_moment", grid)[0]), np.full(64, 1e-12)
        return bool(np.all(~np.isfinite(slopes) | (slopes >= -bounds - 1e-14)))

    def numbers(self, name: str, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return a moment on a grid, nan from where it is infinite; raises Divergent if all of it is."""
        values, bounds = numbers_or_nan(self.moments, name, q)
        if (values != values).all():
            raise Divergent(f"{name} is infinite at every q.")
        return values, bounds

    def largest(self, wanted: float) -> float:
        """Return the largest variance up to ``wanted`` whose E[φ²] is in double range."""
        if math.isfinite(self.rho(wanted)[0]):
            return wanted
        low, high = math.log(SMALLEST), math.log(wanted)
        while high - low > 1e-2:
            middle = (low + high) / 2
            low, high = (
                (middle, high) if math.isfinite(self.rho(math.exp(middle))[0]) else (low, middle)
            )
        return CLEAR * math.exp(low)

    def tilt(self, q: float) -> float:
        """Return dρ/d ln q."""
        try:
            slope, square = (self.moments.number(n, q) for n in ("length_slope", "second_moment"))
        except Divergent:
            return math.inf
        if slope.value is None or square.value is None:
            return math.inf
        return slope.value - square.value / q - self.b / (self.w * q)
