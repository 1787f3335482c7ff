"""Python functions: is the derivative that came with φ the derivative of φ?"""

from __future__ import annotations

import math
from collections.abc import Sequence

from varprop.moments.numbers.number import UNIT
from varprop.moments.numbers.panel import Panel, Weighted
from varprop.moments.numbers.rule import KRONROD, NODES

MOST_PANELS = 1000
"""Python functions are slow, and one that needs more panels has an undeclared kink."""

NARROW = 1e-4
"""Derivatives found by differences mean little on panels narrower than this."""

CAUTION = 8.0
"""What ∫φ' misses is multiplied by this: errors of both signs may cancel inside a panel."""

NUMERIC_SLOPE = 1e-12
"""A derivative found by differences is taken to be right to this share of its size."""


def slope_doubt(panels: Sequence[Panel], weighted: Weighted) -> float:
    """Return how far a wrong φ' may have moved the integral of ``weighted``.

    On every panel ∫φ'dh is compared with the increase of φ; an undeclared kink shows there.
    """
    return math.fsum(_doubt(panel, weighted) for panel in panels if panel.value)


def _doubt(panel: Panel, weighted: Weighted) -> float:
    middle, half = (panel.low + panel.high) / 2, (panel.high - panel.low) / 2
    points = [weighted.function(middle + half * node) for node in NODES]
    slopes = [point[2] for point in points]
    inside = [math.nextafter(panel.low, math.inf), math.nextafter(panel.high, -math.inf)]
    first, last = (weighted.function(h)[0] for h in inside)
    integral = half * math.fsum(w * slope for w, slope in zip(KRONROD, slopes, strict=True))
    missed = abs(integral - (last - first))
    typical = max(map(abs, slopes))
    error = CAUTION * missed / (2 * half) + NUMERIC_SLOPE * typical
    return (
        max(_moved(weighted, middle + half * node, error) for node in (-1.0, 0.0, 1.0)) * 2 * half
    )


def _moved(weighted: Weighted, h: float, error: float) -> float:
    """Return how much the weighted integrand at h moves when φ' moves by ``error``."""
    value, _, slope, _ = weighted.function(h)
    root = math.exp(-0.5 * (h - weighted.mean) ** 2 / weighted.q / weighted.kind.power)
    small = weighted.kind.combine(h, root * value, 0.0, root * slope, 0.0)[1]
    large = weighted.kind.combine(h, root * value, 0.0, root * slope, root * error / UNIT)[1]
    front = 1 / math.sqrt(2 * math.pi * weighted.q)
    density = root**weighted.kind.power
    return front * (UNIT * (large - small) + error * error * density)
