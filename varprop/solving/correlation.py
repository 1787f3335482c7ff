"""Two inputs through depth: the c-map, its fixed point c* and how fast it is reached.

At q' = q, with u = s + d, v = s − d, s ~ N(0, q(1+c)/2) and d ~ N(0, q(1−c)/2) independent,

    1 − c' = (1 − c)·R(1 − c),   R(ε) = σ_w²·E[(φ(s+d) − φ(s−d))²]/(2 q ε).

All coefficients of c' in powers of c are positive (Mehler's formula), so R falls from R(0) = χ_⊥ (φ
without jumps): c* = 1 where χ_⊥ ≤ 1, and one c* in [0, 1) where χ_⊥ > 1, the root of R(1 − c) = 1.
Source: Poole et al. 2016, section 3; Schoenholz et al. 2017, section 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from sympy import Expr, Symbol

from varprop.moments import BivariateExpectation, Moments, derivative, pieces
from varprop.moments.calculus import jumps
from varprop.moments.unrecognised import Unrecognised
from varprop.notation import c as correlation
from varprop.notation import q as variance
from varprop.solving.correlation_loss import kernel_slope, squared_distance
from varprop.solving.stability import linear_factor
from varprop.solving.universality import bent_at_zero, germ

_U, _V = Symbol("u", real=True), Symbol("v", real=True)
ROUNDING = 1e-12
NEAREST = 1e-12
SAME = "two inputs end up the same: c → 1"
"""The smallest 1 − c at which a c* below 1 is looked for."""


@dataclass(frozen=True)
class CorrelationMap:
    """c' = (σ_w²·E[φ(u)φ(v)] + σ_b²)/q for inputs whose variance is at its fixed point q."""

    moments: Moments
    sigma_w2: float
    sigma_b2: float
    q: float

    @cached_property
    def jumps(self) -> tuple[tuple[Expr, Expr], ...]:
        """Where φ jumps and by how much; the slope of the c-map at c = 1 is then infinite."""
        try:
            return tuple(jumps(pieces(self.moments.phi, self.moments.h), self.moments.h))
        except Unrecognised:
            return ()

    def loss(self, epsilon: float) -> float:
        """Return R(ε) = (1 − c')/(1 − c) at c = 1 − ε, without cancellation."""
        size = squared_distance(self.moments, self.q, epsilon)
        return self.sigma_w2 * size / (2 * self.q * epsilon)

    def slope(self, c: float) -> float:
        """Return dc'/dc = σ_w²·dE[φ(u)φ(v)]/dCov(u, v) at a correlation below 1."""
        return self.sigma_w2 * (kernel_slope(self.moments, self.q, c) + self._jump_slope(c))

    def _jump_slope(self, c: float) -> float:
        """Return what jumps of φ add: 2 Σ J p(k) E[φ'(v) | u = k] + Σ J J' p(k, k')."""
        from varprop.moments.numbers.scalar import expectation

        rate, h, left = derivative(self.moments.phi, self.moments.h), self.moments.h, 1 - c * c
        found = [(float(k), float(size)) for k, size in self.jumps]
        total = 0.0
        for k, size in found:
            weight = size * math.exp(-k * k / (2 * self.q)) / math.sqrt(2 * math.pi * self.q)
            if rate != 0:
                total += 2 * weight * (expectation(rate, h, self.q * left, c * k).value or 0.0)
            for other, height in found:
                form = (other - c * k) ** 2 / (2 * self.q * left)
                total += weight * height * math.exp(-form) / math.sqrt(2 * math.pi * self.q * left)
        return total

    def __call__(self, c: float) -> float:
        """Return c'."""
        return 1.0 if c == 1 else 1 - (1 - c) * self.loss(1 - c)


@dataclass(frozen=True)
class CorrelationLimit:
    """c*, the slope of the c-map there, and the number of layers over which c nears it."""

    c_star: float | None
    slope: float | None
    depth: float | None
    words: str


def depth_scale(slope: float | None) -> float | None:
    """Return ξ = −1/ln|χ| in layers; None where a deviation does not die out as an exponential."""
    if slope is None or abs(slope) >= 1:
        return None
    return 0.0 if slope == 0 else -1 / math.log(abs(slope))


def correlation_limit(
    moments: Moments, sigma_w2: float, sigma_b2: float, q: float, chi_perp: float
) -> CorrelationLimit:
    """Return where the correlation of two inputs goes at the fixed point q > 0."""
    c_map = CorrelationMap(moments, sigma_w2, sigma_b2, q)
    if moments.phi.diff(moments.h).is_number and linear_factor(moments) is not None:
        return CorrelationLimit(*_linear(sigma_b2, chi_perp))
    if chi_perp <= 1 + 1e-15 and not c_map.jumps:
        if chi_perp >= 1 - 1e-9:
            return CorrelationLimit(1.0, chi_perp, None, f"{SAME}, as a power of the depth")
        return CorrelationLimit(1.0, chi_perp, depth_scale(chi_perp), SAME)
    c_star = _root(c_map)
    slope = chi_perp if c_star == 1.0 else c_map.slope(c_star)
    words = f"two inputs, however alike, end at correlation {c_star:.6g}"
    return CorrelationLimit(c_star, slope, depth_scale(slope), words)


def correlation_at_zero(moments: Moments, chi_perp: float | None) -> CorrelationLimit:
    """Return what happens to correlations while the signal dies: φ acts by its slopes at 0.

    ``depth`` is that of q(1 − c), which dies with q. Slopes that differ make the c-map of a homogeneous
    activation, whose slope at c = 1 is 1 at every σ_w². Where φ ≈ a h + b h²/2 with a power law of q,
    c' = c + q b²/(4a²)·(1 − c)(1 − 2c), so that c → 1/2.
    """
    start = germ(moments.phi, moments.h)
    depth = None if chi_perp is None else depth_scale(chi_perp)
    if not start.finite or start.squared_slope == 0:
        return CorrelationLimit(None, chi_perp, depth, "the signal dies")
    if start.slope_left != start.slope_right:
        return CorrelationLimit(1.0, chi_perp, depth, f"{SAME}, as a power of the depth")
    if chi_perp == 1.0 and bent_at_zero(moments):
        words = "the signal dies; on the way c → 1/2, as a power of the depth"
        return CorrelationLimit(0.5, 1.0, None, words)
    words = "the signal dies; to first order every correlation is kept on the way"
    return CorrelationLimit(None, chi_perp, depth, words)


def correlation_of_growth(
    moments: Moments, sigma_b2: float, chi_perp: float
) -> CorrelationLimit | None:
    """Return where c goes while q grows without bound at χ_⊥ ≥ 1; None unless E[φ²] = m q."""
    if linear_factor(moments) is None:
        return None
    if not moments.phi.diff(moments.h).is_number:
        words = (
            "c → 1 as a power of the depth, at any σ_w²: no faster than q do two inputs separate"
        )
        return CorrelationLimit(1.0, chi_perp, None, words)
    if sigma_b2 == 0:
        return CorrelationLimit(None, chi_perp, None, "a linear network keeps every correlation")
    if chi_perp == 1.0:
        words = f"{SAME} through the bias, as a power of the depth"
        return CorrelationLimit(1.0, 1.0, None, words)
    words = "a linear network keeps correlations below 1, a bias shifts them"
    return CorrelationLimit(None, chi_perp, None, words)


def _linear(sigma_b2: float, slope: float) -> tuple[float | None, float, float | None, str]:
    if sigma_b2 == 0:
        return None, slope, None, "a linear network keeps every correlation"
    return 1.0, slope, depth_scale(slope), f"{SAME} through the bias"


def _root(c_map: CorrelationMap) -> float:
    from scipy.optimize import brentq

    def excess(log_epsilon: float) -> float:
        return c_map.loss(math.exp(log_epsilon)) - 1

    if excess(0.0) >= -ROUNDING:
        return 0.0
    if excess(math.log(NEAREST)) <= 0:
        return 1.0
    return 1 - math.exp(brentq(excess, math.log(NEAREST), 0.0, xtol=1e-14, rtol=1e-14))


@dataclass(frozen=True)
class CriticalCorrelation:
    """1 − c_l → coefficient·l^(−exponent) on the edge of chaos at q* > 0."""

    exponent: int
    coefficient: float


def critical_correlation(moments: Moments, sigma_w2: float, q: float) -> CriticalCorrelation | None:
    """Return the power law by which c nears 1 at χ_⊥ = 1.

    A kink of φ with slopes that differ by J adds −κ ε^(3/2) to ε' = ε, with
    κ = (2/(3√π))·σ_w²·√q·Σ J² p(k), so that ε_l → (2/(κ l))²; without kinks
    ε' = ε − ½ σ_w² q E[φ''²] ε², so that ε_l → 2/(σ_w² q E[φ''²] l). None where φ jumps: c* < 1.
    """
    slope = derivative(moments.phi, moments.h)
    try:
        if jumps(pieces(moments.phi, moments.h), moments.h):
            return None
        bends = jumps(pieces(slope, moments.h), moments.h)
    except Unrecognised:
        return None
    if bends:
        weight = sum(float(j) ** 2 * math.exp(-(float(k) ** 2) / (2 * q)) for k, j in bends)
        kappa = 2 / (3 * math.sqrt(math.pi)) * sigma_w2 * weight / math.sqrt(2 * math.pi)
        return CriticalCorrelation(2, (2 / kappa) ** 2)
    curvature = derivative(slope, moments.h)
    if curvature == 0:
        return None
    from varprop.moments.numbers.scalar import expectation

    size = expectation(curvature**2, moments.h, q).value
    return None if not size else CriticalCorrelation(1, 2 / (sigma_w2 * q * size))


def data_variance(q: Expr, c: Expr) -> Expr:
    """Return q(1 − c): the variance of a unit over many inputs at fixed weights."""
    return q * (1 - c)


def c_map_held(moments: Moments, sigma_w2: Expr, sigma_b2: Expr) -> Expr:
    """Return c' as a held expression in q and c."""
    phi, h = moments.phi, moments.h
    pair = BivariateExpectation(
        phi.xreplace({h: _U}) * phi.xreplace({h: _V}), _U, _V, variance, variance, correlation
    )
    return (sigma_w2 * pair + sigma_b2) / variance
