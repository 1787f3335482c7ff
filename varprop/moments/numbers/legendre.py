"""Gauss-Legendre rules of any order and precision."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from varprop.moments.numbers.functions_mp import context


@lru_cache(maxsize=16)
def legendre(count: int, precision: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return nodes and weights of the Gauss-Legendre rule, by Newton's method on Pₙ."""
    ctx = context(precision + 10)
    nodes, weights = [], []
    for k in range(count):
        x = ctx.cos(ctx.pi * (k + ctx.mpf(3) / 4) / (count + ctx.mpf(1) / 2))
        for _ in range(20):
            value, slope = _legendre_and_slope(ctx, count, x)
            step = value / slope
            x -= step
            if abs(step) < ctx.mpf(10) ** (-precision // 2 - 4):
                break
        value, slope = _legendre_and_slope(ctx, count, x)
        x -= value / slope
        nodes.append(x)
        weights.append(2 / ((1 - x * x) * _legendre_and_slope(ctx, count, x)[1] ** 2))
    return tuple(nodes), tuple(weights)


def _legendre_and_slope(ctx: Any, count: int, x: Any) -> tuple[Any, Any]:
    """Pₙ and Pₙ' by the three-term recurrence k·Pₖ = (2k − 1)·x·Pₖ₋₁ − (k − 1)·Pₖ₋₂."""
    before, value = ctx.one, x
    for k in range(2, count + 1):
        before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
    return value, count * (x * value - before) / (x * x - 1)
