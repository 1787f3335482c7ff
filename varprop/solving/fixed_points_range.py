"""Where to look for a root in q, and how it is pinned down."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from sympy import cos, sin

from varprop.errors import Divergent
from varprop.moments import Moments

if TYPE_CHECKING:
    import numpy as np

FEWEST = 30.0
WAVES = 300.0
"""Waves of φ average out far below this variance: E[φ²] follows its trend from there."""


def oscillates(moments: Moments) -> bool:
    """Whether φ holds a sine or a cosine."""
    return bool(moments.phi.has(sin, cos))


def averaged_out(moments: Moments) -> float:
    """Return a variance beyond which the waves of φ have averaged out, 30 at least."""
    from varprop.moments.numbers.prepared import prepared

    lengths = prepared(moments.phi, moments.h).shape.lengths
    shortest = min((length for _, length in lengths), default=1.0)
    return max(FEWEST, WAVES * shortest**2)


def farthest_kink(moments: Moments) -> float:
    """Return the largest |h| at which φ or its slope jumps or turns."""
    from varprop.moments.numbers.prepared import prepared

    shape = prepared(moments.phi, moments.h).shape
    places = [kink.value for kink in shape.kinks] + [place for place, _ in shape.lengths]
    return max((abs(place) for place in places), default=0.0)


def numbers_or_nan(moments: Moments, name: str, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a moment and its error bounds at variances in any order; nan from where it is infinite."""
    import numpy as np

    try:
        return moments.numbers(name, q)
    except Divergent:
        order = np.argsort(q)
    values, bounds = np.full(len(q), np.nan), np.full(len(q), np.nan)
    finite, infinite = 0, len(q)
    while infinite - finite > 1:
        count = (finite + infinite) // 2
        try:
            found = moments.numbers(name, q[order[:count]])
        except Divergent:
            infinite = count
            continue
        finite = count
        values[order[:count]], bounds[order[:count]] = found
    return values, bounds


def bisect(function: Callable[[float], float], low: float, high: float) -> float:
    """Return the root between two variances by Brent's method in ln q.

    Where rounding hides a change of sign the end nearer to 0 is the root.
    """
    from scipy.optimize import brentq

    def clipped(t: float) -> float:
        return max(-1e300, min(1e300, function(math.exp(t))))

    a, b = math.log(low), math.log(high)
    at_low, at_high = clipped(a), clipped(b)
    if at_low == 0 or at_high == 0 or (at_low > 0) == (at_high > 0):
        return low if abs(at_low) <= abs(at_high) else high
    return math.exp(brentq(clipped, a, b, xtol=1e-15, rtol=8.9e-16))
