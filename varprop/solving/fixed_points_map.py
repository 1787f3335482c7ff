"""The length map as numbers without cancellation, and the search for all roots of q' = q."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from sympy import Expr, S, expand

from varprop.errors import Divergent
from varprop.moments import Moments
from varprop.propagation.curves import Curve
from varprop.solving.fixed_points_range import averaged_out, bisect, farthest_kink, oscillates
from varprop.solving.universality import germ

if TYPE_CHECKING:
    import numpy as np

LOW, HIGH = 1e-12, 1e8
FINE_LOW, FINE_HIGH = 1e-6, 1e6
BOUNDED = (30.0, 1e3, 1e4)
CLEAR = 0.8
CELLS, COARSE_CELLS = 216, 8
THIN = 3
FARTHEST = 1e250
FAR = 1e9


class LengthMap:
    """q' = w·E[φ²] + b with w = σ_w² > 0, b = σ_b² ≥ 0, both given exactly."""

    def __init__(self, moments: Moments, sigma_w2: Expr, sigma_b2: Expr) -> None:
        self.moments = moments
        self.w, self.b = float(sigma_w2), float(sigma_b2)
        self.germ = germ(moments.phi, moments.h)
        base = self.germ.squared_slope if self.germ.finite else S.Zero
        self._offset = (base - 1 / sigma_w2).evalf(25)
        self.offset = float(self._offset)
        self._rest = self._without_line(base)
        self._curve = Curve(moments, "second_moment")

    def _without_line(self, base: Expr) -> Expr:
        """Return φ² − ℓ² as a product, ℓ the linear part of φ at 0."""
        phi, h = self.moments.phi, self.moments.h
        if base == 0:
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
        from varprop.moments.numbers.scalar import expectation

        try:
            rest = expectation(self._rest, self.moments.h, q)
        except Divergent:
            return math.inf, 0.0
        if rest.value is None:
            return math.inf, 0.0
        value = self.offset + rest.value / q + self.b / (self.w * q)
        return value, rest.bound / q + 4e-16 * max(abs(self.offset), self.b / (self.w * q))

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

        low, high = max(low, LOW), self._largest(max(high, 2 * LOW))
        if high <= low:
            return True
        grid = np.geomspace(low, high, 65)
        try:
            slopes, bounds = self._numbers("length_slope", grid)
        except Divergent:
            slopes, bounds = np.diff(self._numbers("second_moment", grid)[0]), np.full(64, 1e-12)
        return bool(np.all(~np.isfinite(slopes) | (slopes >= -bounds - 1e-14)))

    def _numbers(self, name: str, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return a moment on a grid; nan from where it is infinite."""
        import numpy as np

        count = len(q)
        while count:
            try:
                values, bounds = self.moments.numbers(name, q[:count])
            except Divergent:
                count = count * 3 // 4
                continue
            rest = np.full(len(q) - count, np.nan)
            return np.append(values, rest), np.append(bounds, rest)
        raise Divergent(f"{name} is infinite at every q.")

    def roots(self) -> list[tuple[float, float]]:
        """Return every q > 0 with q' = q and the bound on its error, in increasing order."""
        found = [self._with_bound(root) for root in self._roots()]
        return sorted(dict(found).items())

    def _variances(self) -> np.ndarray:
        """Return the grid of q: fine where activations bend, coarse where they follow powers."""
        import numpy as np

        scale = max(1.0, self.b, self.w, farthest_kink(self.moments) ** 2)
        calm = (level * scale for level in BOUNDED if self._levels_off(level * scale))
        high = averaged_out(self.moments) if oscillates(self.moments) else HIGH
        top = next(calm, None) or self._largest(high * scale)
        fine = min(FINE_HIGH * scale, top)
        parts = [np.geomspace(LOW, FINE_LOW, COARSE_CELLS), np.geomspace(FINE_LOW, fine, CELLS)]
        if top > fine:
            parts.append(np.geomspace(fine, top, COARSE_CELLS))
        return np.unique(np.concatenate(parts))

    def _levels_off(self, q: float) -> bool:
        """Whether E[φ²] grows slower than √q around q, and q' < q there."""
        try:
            low, high = (self.moments.number("second_moment", x).value for x in (q / 4, q))
        except Divergent:
            return False
        return (
            low is not None and high is not None and high < 2 * low and self.w * high + self.b < q
        )

    def _largest(self, wanted: float) -> float:
        """Return the largest variance up to ``wanted`` whose E[φ²] is in double range."""
        if math.isfinite(self.rho(wanted)[0]):
            return wanted
        low, high = math.log(2 * FINE_LOW), math.log(wanted)
        while high - low > 1e-2:
            middle = (low + high) / 2
            low, high = (
                (middle, high) if math.isfinite(self.rho(math.exp(middle))[0]) else (low, middle)
            )
        return CLEAR * math.exp(low)

    @cached_property
    def _grid(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return q, ρ and dρ/d ln q on a grid.

        Where ρ drowns in rounding it is taken without cancellation, at every few points; 0 elsewhere.
        """
        import numpy as np

        q = self._variances()
        square, bound = self._numbers("second_moment", q)
        try:
            slope, _ = self._numbers("length_slope", q)
        except Divergent:
            slope = square / q
        rho = square / q + (self.b / q - 1) / self.w
        with np.errstate(invalid="ignore"):
            drowned = np.nonzero(np.abs(rho) < 1e3 * (bound / q + 4e-16 / self.w))[0]
        rho[drowned] = 0.0
        for k in {*drowned[::THIN], *drowned[-1:]}:
            value, error = self.rho(float(q[k]))
            rho[k] = value if abs(value) > error else 0.0
        tilt = slope - square / q - self.b / (self.w * q)
        known = np.isfinite(rho) & np.isfinite(tilt)
        return q[known], rho[known], np.clip(tilt[known], -1e100, 1e100)

    def _roots(self) -> Iterator[float]:
        import numpy as np

        q, rho, tilt = self._grid
        if not rho.any():
            return
        yield from self._below(float(q[0]), float(rho[0]))
        for i, j in pairwise(k for k in range(len(q)) if rho[k] != 0):
            if (rho[i] > 0) != (rho[j] > 0):
                yield self._root(float(q[i]), float(q[j]))
            elif np.sign(tilt[i]) == -np.sign(rho[i]) and np.sign(tilt[j]) == np.sign(rho[j]):
                yield from self._touching(float(q[i]), float(q[j]), rho[i] > 0)
        yield from self._beyond(float(q[-1]), float(rho[-1]))

    def _below(self, low: float, value: float) -> Iterator[float]:
        """Look for a root below the grid: the sign of ρ at 0 is that of b, φ(0)² or a − 1/w."""
        positive = self.b > 0 or not self.germ.finite or self.offset > 0
        if not value or (self.offset == 0 and self.b == 0 and self.germ.finite):
            return
        if positive == (value > 0):
            return
        here = low
        while here > 1 / FARTHEST:
            here, above = here / 100, here
            if (self.rho(here)[0] > 0) == positive:
                yield self._root(here, above)
                return

    def _beyond(self, high: float, value: float) -> Iterator[float]:
        """Look for a root above the grid, where E[φ²]/q goes to its limit A."""
        from varprop.moments.numbers.prepared import prepared

        if not value or self.rho(2 * high)[0] == math.inf:
            if value < 0:
                yield self._root(high, 2 * high)
            return
        if oscillates(self.moments):
            return
        at = prepared(self.moments.phi, self.moments.h).scalar
        try:
            limit = (at(FAR)[0] ** 2 + at(-FAR)[0] ** 2) / (2 * FAR**2)
        except OverflowError:
            limit = math.inf
        limit -= 1 / self.w
        if not abs(limit) > 1e-6 / self.w or (limit > 0) == (value > 0):
            return
        here = high
        while here < FARTHEST:
            here, below = here * 100, here
            if (self.rho(here)[0] > 0) == (limit > 0):
                yield self._root(below, here)
                return

    def _root(self, low: float, high: float) -> float:
        return bisect(lambda q: self.rho(q)[0], low, high)

    def _touching(self, low: float, high: float, positive: bool) -> Iterator[float]:
        """ρ has an extremum towards 0 between two grid points: two roots, a double one, or none."""
        if (self._tilt(low) > 0) == (self._tilt(high) > 0):
            return
        turn = bisect(self._tilt, low, high)
        value, bound = self.rho(turn)
        if abs(value) <= bound:
            yield turn
        elif (value > 0) != positive:
            yield self._root(low, turn)
            yield self._root(turn, high)

    def _tilt(self, q: float) -> float:
        try:
            slope, square = (self.moments.number(n, q) for n in ("length_slope", "second_moment"))
        except Divergent:
            return math.inf
        if slope.value is None or square.value is None:
            return math.inf
        return slope.value - square.value / q - self.b / (self.w * q)

    def _with_bound(self, root: float) -> tuple[float, float]:
        """Return a root and the bound on its error: that of ρ over the slope of ρ."""
        _, bound = self.rho(root)
        tilt = abs(self._tilt(root))
        shift = root * bound / tilt if tilt > 0 else math.inf
        return root, shift if math.isfinite(shift) else root * math.sqrt(bound)
