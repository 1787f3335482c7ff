"""Sums and products of numbers with error bounds, in logarithms beyond double range."""

from __future__ import annotations

import math

from varprop.moments.numbers.number import LARGEST_LOG, UNIT, Number


def times(a: Number, b: Number) -> Number:
    """Return a·b; the bounds add relatively."""
    if a.value is None or b.value is None:
        return _from_logs(a, b)
    value = a.value * b.value
    if math.isinf(value):
        return _from_logs(a, b)
    bound = abs(a.value) * b.bound + abs(b.value) * a.bound + a.bound * b.bound
    return Number(value, bound + UNIT * abs(value))


def _from_logs(a: Number, b: Number) -> Number:
    if a.value == 0 or b.value == 0:
        return Number(0.0, 0.0)
    total = _log(a) + _log(b)
    bound = _relative(a) + _relative(b) + 4 * UNIT * abs(total)
    if total < LARGEST_LOG:
        value = math.exp(total)
        return Number(value, bound * value)
    return Number(None, bound, overflow=True, log_value=total)


def plus(a: Number, b: Number) -> Number:
    """Return a + b, both at least 0 where one is beyond double range."""
    if a.value is not None and b.value is not None:
        value = a.value + b.value
        if not math.isinf(value):
            return Number(value, a.bound + b.bound + UNIT * abs(value))
    large, small = sorted((_log(a), _log(b)), reverse=True)
    bound = _relative(a) + _relative(b) + 4 * UNIT * abs(large)
    return Number(None, bound, overflow=True, log_value=large + math.log1p(math.exp(small - large)))


def minus(a: Number, b: Number) -> Number:
    """Return a − b inside double range."""
    if a.value is None or b.value is None:
        return a
    value = a.value - b.value
    return Number(value, a.bound + b.bound + UNIT * abs(value))


def scaled(a: Number, factor: float) -> Number:
    """Return factor·a for a positive factor."""
    return times(a, Number(factor, 0.0))


def _log(a: Number) -> float:
    if a.value is None:
        return a.log_value or 0.0
    return math.log(a.value) if a.value > 0 else -math.inf


def _relative(a: Number) -> float:
    return a.bound if a.value is None else a.bound / abs(a.value) if a.value else 0.0
