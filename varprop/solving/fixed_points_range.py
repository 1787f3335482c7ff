"""Where to look for a root in q, and how it is pinned down."""

from __future__ import annotations

import math
from collections.abc import Callable

from sympy import cos, sin

from varprop.moments import Moments

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


def bisect(function: Callable[[float], float], low: float, high: float) -> float:
    """Return the root between two variances by Brent's method in ln q."""
    from scipy.optimize import brentq

    def clipped(t: float) -> float:
        return max(-1e300, min(1e300, function(math.exp(t))))

    a, b = math.log(low), math.log(high)
    if clipped(a) == 0:
        return low
    if clipped(b) == 0:
        return high
    return math.exp(brentq(clipped, a, b, xtol=1e-15, rtol=8.9e-16))
