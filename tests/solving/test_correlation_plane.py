"""Quadrature over the plane of two inputs: at the ends of double range it says so, and never warns."""

import math

import mpmath
import pytest

from varprop.catalogue.activations import activation
from varprop.errors import Undecided
from varprop.notation import h
from varprop.solving.correlation_plane import product, squared_difference

NAMES = ("tanh", "relu", "gelu", "relu6", "sin")
RANGE = (0.0, 5e-324, 1e-320, 1e-200, 1e-20, 1e20, 1e150)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("q", RANGE)
def test_tiny_and_huge_variances_give_finite_numbers(name: str, q: float) -> None:
    phi = activation(name).phi
    for c in (-1.0, -0.5, 0.0, 0.3, 1.0):
        assert math.isfinite(product(phi, h, q, c))
    for apart in (0.0, q * 1e-12, q):
        assert math.isfinite(squared_difference(phi, h, q, apart))


@pytest.mark.parametrize("name", ["tanh", "gelu", "relu6"])
def test_small_signals_follow_the_slope_at_zero(name: str) -> None:
    """E[(φ(s+d) − φ(s−d))²] → 4 φ'(0)² Var(d), and a one-sided slope where there are two."""
    phi = activation(name).phi
    slope = {"tanh": 1.0, "gelu": 0.5}.get(name)
    for q in (1e-30, 1e-200):
        found = squared_difference(phi, h, q, q)
        # for ReLU the difference of (s+d)⁺ and (s−d)⁺ is that of u⁺ and v⁺ at c = 0
        expected = 2 * q * (1 - 1 / math.pi) if slope is None else 4 * slope**2 * q
        assert found == pytest.approx(expected, rel=1e-12)


def test_nothing_apart_is_no_difference() -> None:
    assert squared_difference(activation("relu").phi, h, 1.0, 0.0) == 0.0


def test_an_infinite_variance_is_refused() -> None:
    phi = activation("tanh").phi
    with pytest.raises(Undecided, match="beyond double range"):
        product(phi, h, math.inf, 0.5)
    with pytest.raises(Undecided, match="beyond double range"):
        squared_difference(phi, h, 1.0, math.inf)


def test_kinks_on_both_sides_against_mpmath() -> None:
    """E[(φ(u) − φ(v))²] of ReLU6 at q = 25.2, c = 0.925: no smooth integrand midway between 0 and 6."""
    q, c = 25.215637823901027, 0.9249623826445175
    with mpmath.workdps(20):
        sigma, tau = mpmath.sqrt(q), mpmath.sqrt(q * (1 - mpmath.mpf(c) ** 2))
        square = mpmath.quad(lambda h: h**2 * mpmath.npdf(h, 0, sigma), range(7))
        square += 36 * mpmath.ncdf(-6 / sigma)

        def mean_of_other(u: mpmath.mpf) -> mpmath.mpf:
            low, high = -c * u / tau, (6 - c * u) / tau
            inside = c * u * (mpmath.ncdf(high) - mpmath.ncdf(low))
            return inside + tau * (mpmath.npdf(low) - mpmath.npdf(high)) + 6 * mpmath.ncdf(-high)

        def part(u: mpmath.mpf) -> mpmath.mpf:
            return min(u, 6) * mean_of_other(u) * mpmath.npdf(u, 0, sigma)

        kernel = mpmath.quad(part, [0, 1, 2, 3, 4, 5, 6, 8, 10, 14, 20, 30, 60])
        expected = float(2 * (square - kernel))
    found = squared_difference(activation("relu6").phi, h, q * (1 + c) / 2, q * (1 - c) / 2)
    assert found == pytest.approx(expected, rel=1e-12)
