"""A smooth function met layer by layer: computed at some layers, foretold at those between.

Its values are extrapolated in ln(layer) from the last layers at which they were computed; at the end
of each stretch they are computed again and compared. A stretch that was foretold badly is walked
again in shorter steps, one that was foretold well is filled in by interpolation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

KEPT = 8
TOLERANCE = 1e-11
LONGER, SHORTER = 1.6, 4

Values = tuple[float, ...]
Seen = Sequence[tuple[float, Values]]


@dataclass
class Followed:
    """The last layers at which the function was computed, and how far ahead it is foretold."""

    span: int = 1
    _seen: list[tuple[float, Values]] = field(default_factory=list)
    _points: int = 0

    def foretold(self, layers: Sequence[int]) -> list[Values] | None:
        """Return the function at some layers by extrapolation; None while too few are known."""
        if not self._points:
            return None
        return [_through(self._seen[-self._points :], _time(layer)) for layer in layers]

    def learn(self, layer: int, values: Values) -> bool:
        """Take in the computed values at the end of a stretch; tell whether it was foretold well.

        A stretch of a single layer always was, since nothing rests on the forecast.
        """
        used, t = self._points, _time(layer)
        near = bool(used) and _gap(_through(self._seen[-used:], t), values) <= TOLERANCE
        if self.span > 1 and not near:
            self.span = max(1, self.span // SHORTER)
            return False
        self._points = self._best(t, values)
        self._seen = [*self._seen, (t, values)][-KEPT:]
        self.span = math.ceil(LONGER * self.span) if near else 1
        return True

    def _best(self, t: float, values: Values) -> int:
        """Return how many of the last points would have foretold the values well, or else best.

        Few where rounding is all that changes, many where the course bends.
        """
        gaps = {
            count: _gap(_through(self._seen[-count:], t), values)
            for count in range(1, len(self._seen) + 1)
        }
        if gaps.get(1, math.inf) <= TOLERANCE:
            return 1
        well = (count for count, gap in gaps.items() if gap <= TOLERANCE / SHORTER)
        return next(well, min(gaps, key=lambda count: gaps[count], default=0))


def _time(layer: int) -> float:
    return math.log(1 + layer)


def _gap(found: Values, values: Values) -> float:
    """Return the largest relative difference; infinite where one is not a number."""
    gaps = [abs(a - b) / (max(abs(a), abs(b)) or 1.0) for a, b in zip(found, values, strict=True)]
    return math.inf if any(map(math.isnan, gaps)) else max(gaps)


def _through(seen: Seen, t: float) -> Values:
    """Return the polynomial through the points seen (Lagrange)."""
    total = [0.0] * len(seen[0][1])
    for k, (at, values) in enumerate(seen):
        weight = 1.0
        for j, (other, _) in enumerate(seen):
            if j != k:
                weight *= (t - other) / (at - other)
        total = [so_far + weight * value for so_far, value in zip(total, values, strict=True)]
    return tuple(total)
