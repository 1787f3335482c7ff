"""The search for every q > 0 with q' = q."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from varprop.errors import Divergent
from varprop.solving.fixed_points_map import LOW, LengthMap
from varprop.solving.fixed_points_range import averaged_out, bisect, farthest_kink, oscillates

if TYPE_CHECKING:
    import numpy as np

HIGH = 1e8
FINE_LOW, FINE_HIGH = 1e-6, 1e6
BOUNDED = (30.0, 1e3, 1e4)
CELLS, COARSE_CELLS = 216, 8
THIN = 3
FARTHEST = 1e250
FAR = 1e9


@dataclass
class Roots:
    """The fixed points above 0 of one length map."""

    map: LengthMap

    def all(self) -> list[tuple[float, float]]:
        """Return every q > 0 with q' = q and the bound on its error, in increasing order."""
        found = [self._with_bound(root) for root in self._roots()]
        return sorted(dict(found).items())

    def _variances(self) -> np.ndarray:
        """Return the grid of q: fine where activations bend, coarse where they follow powers."""
        import numpy as np

        scale = max(1.0, self.map.b, self.map.w, farthest_kink(self.map.moments) ** 2)
        calm = (level * scale for level in BOUNDED if self._levels_off(level * scale))
        high = averaged_out(self.map.moments) if oscillates(self.map.moments) else HIGH
        top = next(calm, None) or self.map.largest(high * scale)
        fine = min(FINE_HIGH * scale, top)
        parts = [np.geomspace(LOW, FINE_LOW, COARSE_CELLS), np.geomspace(FINE_LOW, fine, CELLS)]
        if top > fine:
            parts.append(np.geomspace(fine, top, COARSE_CELLS))
        return np.unique(np.concatenate(parts))

    def _levels_off(self, q: float) -> bool:
        """Whether E[φ²] grows slower than √q around q, and q' < q there."""
        try:
            low, high = (self.map.moments.number("second_moment", x).value for x in (q / 4, q))
        except Divergent:
            return False
        return low is not None and high is not None and high < 2 * low and self.map(q) < q

    @cached_property
    def _grid(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return q, ρ and dρ/d ln q on a grid.

        Where ρ drowns in rounding it is taken without cancellation, at every few points; 0 elsewhere.
        """
        import numpy as np

        q = self._variances()
        square, bound = self.map.numbers("second_moment", q)
        try:
            slope, _ = self.map.numbers("length_slope", q)
        except Divergent:
            slope = square / q
        rho = square / q + (self.map.b / q - 1) / self.map.w
        with np.errstate(invalid="ignore"):
            drowned = np.nonzero(np.abs(rho) < 1e3 * (bound / q + 4e-16 / self.map.w))[0]
        rho[drowned] = 0.0
        for k in {*drowned[::THIN], *drowned[-1:]}:
            value, error = self.map.rho(float(q[k]))
            rho[k] = value if abs(value) > error else 0.0
        tilt = slope - square / q - self.map.b / (self.map.w * q)
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
        positive = self.map.b > 0 or not self.map.germ.finite or self.map.offset > 0
        if not value or (self.map.offset == 0 and self.map.b == 0 and self.map.germ.finite):
            return
        if positive == (value > 0):
            return
        here = low
        while here > 1 / FARTHEST:
            here, above = here / 100, here
            if (self.map.rho(here)[0] > 0) == positive:
                yield self._root(here, above)
                return

    def _beyond(self, high: float, value: float) -> Iterator[float]:
        """Look for a root above the grid, where E[φ²]/q goes to its limit A."""
        from varprop.moments.numbers.prepared import prepared

        if not value or self.map.rho(2 * high)[0] == math.inf:
            if value < 0:
                yield self._root(high, 2 * high)
            return
        if oscillates(self.map.moments):
            return
        at = prepared(self.map.moments.phi, self.map.moments.h).scalar
        try:
            limit = (at(FAR)[0] ** 2 + at(-FAR)[0] ** 2) / (2 * FAR**2)
        except OverflowError:
            limit = math.inf
        limit -= 1 / self.map.w
        if not abs(limit) > 1e-6 / self.map.w or (limit > 0) == (value > 0):
            return
        here = high
        while here < FARTHEST:
            here, below = here * 100, here
            if (self.map.rho(here)[0] > 0) == (limit > 0):
                yield self._root(below, here)
                return

    def _root(self, low: float, high: float) -> float:
        return bisect(lambda q: self.map.rho(q)[0], low, high)

    def _touching(self, low: float, high: float, positive: bool) -> Iterator[float]:
        """ρ has an extremum towards 0 between two grid points: two roots, a double one, or none."""
        if (self.map.tilt(low) > 0) == (self.map.tilt(high) > 0):
            return
        turn = bisect(self.map.tilt, low, high)
        value, bound = self.map.rho(turn)
        if abs(value) <= bound:
            yield turn
        elif (value > 0) != positive:
            yield self._root(low, turn)
            yield self._root(turn, high)

    def _with_bound(self, root: float) -> tuple[float, float]:
        """Return a root and the bound on its error: that of ρ over the slope of ρ."""
        _, bound = self.map.rho(root)
        tilt = abs(self.map.tilt(root))
        shift = root * bound / tilt if tilt > 0 else math.inf
        return root, shift if math.isfinite(shift) else root * math.sqrt(bound)
