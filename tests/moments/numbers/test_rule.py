"""The quadrature rule is exact for polynomials up to its degree, and its Gauss part to its own."""

from __future__ import annotations

import mpmath
import pytest

from varprop.moments.numbers.functions_mp import context
from varprop.moments.numbers.legendre import legendre
from varprop.moments.numbers.rule import GAUSS_TEXTS, KRONROD_TEXTS, NODE_TEXTS


@pytest.mark.parametrize(("weights", "degree"), [(KRONROD_TEXTS, 31), (GAUSS_TEXTS, 19)])
def test_exact_for_polynomials(weights: tuple[str, ...], degree: int) -> None:
    with mpmath.workdps(33):
        for power in range(degree + 1):
            total = mpmath.fsum(
                mpmath.mpf(w) * mpmath.mpf(x) ** power
                for w, x in zip(weights, NODE_TEXTS, strict=True)
            )
            assert abs(total - (mpmath.mpf(2) / (power + 1) if power % 2 == 0 else 0)) < 1e-30


@pytest.mark.parametrize("count", [5, 24, 41])
def test_legendre(count: int) -> None:
    nodes, weights = legendre(count, 40)
    ctx = context(50)
    for power in (0, 2, 2 * count - 2):
        total = ctx.fsum(w * x**power for x, w in zip(nodes, weights, strict=True))
        assert abs(total - ctx.mpf(2) / (power + 1)) < ctx.mpf(10) ** -38
