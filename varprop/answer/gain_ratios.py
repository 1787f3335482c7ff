"""Ratios of moments: gains and slopes, right beyond double range, exact where they are 0 or 1."""

from __future__ import annotations

import math

from sympy import Expr

from varprop.moments.numbers.number import LARGEST_LOG, UNIT, Number
from varprop.notation import h

BESIDE_ZERO = 1e-17
SAME_SLOPE = 1e-9


def root_of_ratio(over: Number, under: Number | None) -> float | None:
    """Return √(over/under); None where ``under`` is unknown, 0, or the root leaves double range."""
    if under is None or under.value == 0:
        return None
    if over.value is not None and under.value is not None:
        return math.sqrt(over.value / under.value) if over.value / under.value > 0 else None
    return _exp((_log(over) - _log(under)) / 2)


def chi(
    length: Number, square: Number | None, slope: Number | None, ratio: float = 1.0
) -> float | None:
    """Return ratio·σ_w²·slope at σ_w² = length/square; 0 or 1 where the error bound cannot tell."""
    if square is None or slope is None or square.value == 0:
        return None
    if length.value is None or square.value is None or slope.value is None:
        if slope.value == 0:
            return 0.0
        return _exp(_log(length) - _log(square) + _log(slope) + math.log(ratio))
    value = ratio * (length.value / square.value) * slope.value
    relative = square.bound / square.value + 8 * UNIT
    bound = ratio * length.value / square.value * slope.bound + abs(value) * relative
    nearest = round(value)
    return float(nearest) if nearest in (0, 1) and abs(value - nearest) <= bound else value


def _log(number: Number) -> float:
    return number.log_value or 0.0 if number.value is None else math.log(abs(number.value))


def _exp(log: float) -> float | None:
    return math.exp(log) if log < LARGEST_LOG else None


def linear_gain(phi: Expr) -> float | None:
    """Return 1/|φ'(0)|, None where φ'(0) is 0 or does not exist."""
    from varprop.moments.numbers.prepared import prepared

    at = prepared(phi, h, slope=True).scalar
    try:
        below, above = at(-BESIDE_ZERO), at(BESIDE_ZERO)
        here = at(0.0)[2]
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
    if not all(map(math.isfinite, (*below, *above, here))):
        return None
    size = max(abs(below[2]), abs(above[2]))
    jump = abs(above[0] - below[0]) > SAME_SLOPE * (1 + abs(above[0]))
    if jump or abs(above[2] - below[2]) > SAME_SLOPE * size or size < SAME_SLOPE:
        return None
    slope = here if abs(here - above[2]) <= SAME_SLOPE * size else (below[2] + above[2]) / 2
    return 1 / abs(slope)
