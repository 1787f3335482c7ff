"""The course of the correlation of two inputs at any kind of limit of q, and its power law.

For φ homogeneous of degree 1 the c-map is the same at every q and σ_w²: with E[φ²] = m q and a kink at
0 of height J, 1 − c_l → 18π² m²/J⁴·l^(−2); 9π²/2·l^(−2) for ReLU.
"""

from __future__ import annotations

from sympy import Expr, Float, Integer, pi

from varprop.moments import Moments
from varprop.solving.correlation import (
    CorrelationLimit,
    correlation_at_zero,
    correlation_limit,
    correlation_of_growth,
    critical_correlation,
)
from varprop.solving.fixed_points import FixedPoint
from varprop.solving.stability import linear_factor
from varprop.solving.universality import Decay, germ

CRITICAL = 1e-9
"""How near to 1 a χ_⊥ counts as critical."""


def course(
    moments: Moments, sigma_w2: Expr, sigma_b2: Expr, point: FixedPoint | None
) -> CorrelationLimit | None:
    """Return where c goes at the fixed point reached, or while q grows where φ is homogeneous."""
    weight, bias = float(sigma_w2), float(sigma_b2)
    if point is None:
        factor = linear_factor(moments)
        if factor is None:
            return None
        return correlation_of_growth(moments, bias, float(factor * sigma_w2))
    if point.q == 0:
        return correlation_at_zero(moments, point.chi_perp)
    if point.chi_perp is None:
        return None
    return correlation_limit(moments, weight, bias, point.q, point.chi_perp)


def course_decay(
    moments: Moments, sigma_w2: Expr, sigma_b2: Expr, point: FixedPoint | None
) -> Decay | None:
    """Return the law of 1 − c where it dies as a power of the depth; None elsewhere."""
    if sigma_b2 == 0 and linear_factor(moments) is not None:
        return _homogeneous(moments)
    if point is None or point.chi_perp is None:
        return None
    if point.q == 0:
        return None if abs(point.chi_perp - 1) <= CRITICAL else _homogeneous(moments)
    if abs(point.chi_perp - 1) > CRITICAL:
        return None
    return critical_course(moments, float(sigma_w2), point.q)


def critical_course(moments: Moments, sigma_w2: float, q: float) -> Decay | None:
    """Return the law of 1 − c at χ_⊥ = 1 and q* = q > 0; None where φ jumps or is a line."""
    found = critical_correlation(moments, sigma_w2, q)
    return None if found is None else Decay(Integer(found.exponent), Float(found.coefficient, 17))


def _homogeneous(moments: Moments) -> Decay | None:
    """Return the law of the lines that φ is on both sides of 0; None without a kink there."""
    start = germ(moments.phi, moments.h)
    kink = start.slope_right - start.slope_left
    if not start.finite or kink == 0:
        return None
    return Decay(Integer(2), 18 * pi**2 * start.squared_slope**2 / kink**4)
