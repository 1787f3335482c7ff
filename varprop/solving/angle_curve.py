"""Smooth functions interpolated by Chebyshev's points, as few as they need.

The angle θ between two inputs, cos θ = c, is the variable in which kernels of φ with kinks are
smooth at both ends; 1 − c is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

ORDERS = (6, 12, 24)
BETWEEN = 0.41
TOLERANCE = 1e-11
HALFWAY = 1e-8
"""How well half of the points must foretell the others."""

FINEST = 2.0**-10


@cache
def nodes(order: int) -> tuple[float, ...]:
    """Return cos(πk/order); those of half the order are among them."""
    return tuple(math.cos(math.pi * k / order) for k in range(order + 1))


@cache
def _weights(order: int) -> tuple[float, ...]:
    return tuple((-1) ** k * (0.5 if k in (0, order) else 1.0) for k in range(order + 1))


def interpolated(values: Sequence[float], t: float) -> float:
    """Return the polynomial through values at Chebyshev's points (barycentric formula)."""
    over = under = 0.0
    order = len(values) - 1
    for node, weight, value in zip(nodes(order), _weights(order), values, strict=True):
        if t == node:
            return value
        share = weight / (t - node)
        over += share * value
        under += share
    return over / under


def fitted(function: Callable[[float], float]) -> tuple[float, ...] | None:
    """Return values at Chebyshev's points of [−1, 1], as many as needed; None where 25 are too few."""
    values = [function(t) for t in nodes(ORDERS[0])]
    for order in ORDERS[1:]:
        fresh = [function(t) for t in nodes(order)[1::2]]
        size = max(map(abs, (*values, *fresh)))
        off = max(
            abs(interpolated(values, t) - value)
            for t, value in zip(nodes(order)[1::2], fresh, strict=True)
        )
        both = [0.0] * (order + 1)
        both[::2], both[1::2] = values, fresh
        values = both
        if off <= HALFWAY * size:
            near = abs(interpolated(values, BETWEEN) - function(BETWEEN)) <= TOLERANCE * size
            if near:
                return tuple(values)
    return None


@dataclass
class AngleCurve:
    """``function`` on [0, π], in panels that are made when first needed and halved where too coarse."""

    function: Callable[[float], float]
    _panels: dict[tuple[float, float], tuple[float, ...] | None] = field(default_factory=dict)

    def __call__(self, theta: float) -> float:
        """Return the value at an angle; computed directly where no panel is fine enough."""
        low, high = 0.0, math.pi
        while high - low > FINEST:
            values = self._values(low, high)
            if values is not None:
                return interpolated(values, (2 * theta - low - high) / (high - low))
            middle = (low + high) / 2
            low, high = (low, middle) if theta < middle else (middle, high)
        return self.function(theta)

    def _values(self, low: float, high: float) -> tuple[float, ...] | None:
        if (low, high) not in self._panels:
            centre, half = (low + high) / 2, (high - low) / 2
            self._panels[low, high] = fitted(lambda t: self.function(centre + half * t))
        return self._panels[low, high]
