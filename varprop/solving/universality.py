"""What φ does at 0 and what follows for small signals: class, exponent and coefficient of the decay.

Near q = 0 the length map at σ_w² = 1/a is q' = q + κ q^(1+p) + …, so that for κ < 0
q_l → (p |κ| l)^(-1/p): a power of the depth instead of an exponential.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import sympy
from sympy import Expr, S, Symbol

from varprop.errors import Undecided
from varprop.moments import GaussianExpectation, Moments, derivative, pieces
from varprop.moments.calculus import one_sided
from varprop.moments.unrecognised import Unrecognised
from varprop.notation import q as variance
from varprop.solving.stability import linear_factor

ORDER = 3
TINY = 1e-9


@dataclass(frozen=True)
class Germ:
    """φ and its slope on both sides of 0; exact where φ is an expression, else floats.

    ``squared_slope`` = (φ'(0+)² + φ'(0−)²)/2 is the slope of E[φ²] at q = 0; infinite for √|h|.
    """

    right: Expr
    left: Expr
    slope_right: Expr
    slope_left: Expr

    @property
    def vanishes(self) -> bool:
        """Whether φ(0) = 0 from both sides, so that q = 0 is kept without bias."""
        return bool(self.right == 0 and self.left == 0)

    @property
    def squared_value(self) -> Expr:
        """The limit of E[φ²] as q → 0."""
        return (self.right**2 + self.left**2) / 2

    @property
    def squared_slope(self) -> Expr:
        """The limit of E[φ²]/q as q → 0 where φ(0) = 0."""
        return (self.slope_right**2 + self.slope_left**2) / 2

    @property
    def finite(self) -> bool:
        """Whether φ is 0 at 0 with finite slopes."""
        return self.vanishes and bool(self.squared_slope.is_finite)

    def line(self, h: Symbol) -> Expr:
        """Return the part of φ that is linear on each side of 0."""
        if self.slope_right == self.slope_left:
            return self.slope_right * h
        return self.slope_right * sympy.Max(h, 0) + self.slope_left * sympy.Min(h, 0)


@lru_cache(maxsize=256)
def germ(phi: Expr, h: Symbol) -> Germ:
    """Return φ's values and slopes at 0."""
    try:
        parts = pieces(phi, h)
        right = next(p.expr for p in parts if p.low <= 0 < p.high)
        left = next(p.expr for p in parts if p.low < 0 <= p.high)
    except (Unrecognised, StopIteration, TypeError, NotImplementedError):
        return _measured(phi, h)
    sides = ((right, "+"), (left, "-"))
    values = [one_sided(expr, h, S.Zero, side) for expr, side in sides]
    slopes = [one_sided(expr.diff(h), h, S.Zero, side) for expr, side in sides]
    return Germ(values[0], values[1], slopes[0], slopes[1])


def _measured(phi: Expr, h: Symbol) -> Germ:
    from varprop.moments.numbers.prepared import prepared

    at = prepared(phi, h, slope=True).scalar
    right, left = at(TINY), at(-TINY)
    values = [
        S.Zero if abs(side[0]) < 1e3 * TINY else sympy.Float(side[0]) for side in (right, left)
    ]
    return Germ(values[0], values[1], sympy.Float(right[2]), sympy.Float(left[2]))


@dataclass(frozen=True)
class SmallSignal:
    """The first term of E[φ²] = a q + coefficient·q^(1+power) beyond the linear one.

    ``power`` is None where every power vanishes (hard-tanh: the rest is exponentially small).
    """

    slope: Expr
    power: Expr | None
    coefficient: Expr | None

    @property
    def bend(self) -> Expr | None:
        """κ in q' = q + κ q^(1+p) at σ_w² = 1/a."""
        return None if self.coefficient is None else self.coefficient / self.slope


@lru_cache(maxsize=256)
def small_signal(phi: Expr, h: Symbol) -> SmallSignal | None:
    """Return the small-signal form of E[φ²]; None where φ(0) ≠ 0, φ'(0) = 0 or it is no number."""
    start = germ(phi, h)
    slope = start.squared_slope
    if not start.finite or slope == 0:
        return None
    try:
        series = GaussianExpectation(phi**2, h, variance).series(variance, 0, ORDER).removeO()
    except (Undecided, NotImplementedError, ValueError, TypeError, AttributeError):
        return None
    powers: dict[Expr, Expr] = {}
    for term in sympy.Add.make_args(sympy.expand(series)):
        coefficient, exponent = term.as_coeff_exponent(variance)
        powers[exponent] = powers.get(exponent, S.Zero) + coefficient
    for exponent in sorted(powers):
        total = powers[exponent] - (slope if exponent == 1 else 0)
        if exponent > 1 and not _is_zero(total):
            return SmallSignal(slope, exponent - 1, total)
    return SmallSignal(slope, None, None)


def _is_negative(value: Expr) -> bool:
    return bool(value.evalf(20) < 0)


def _is_zero(value: Expr) -> bool:
    """Tell whether a number is 0, to 40 digits."""
    return bool(value == 0 or abs(value.evalf(40)) < 1e-35)


@dataclass(frozen=True)
class Decay:
    """q_l → coefficient·l^(−exponent) at the critical point with q* = 0."""

    exponent: Expr
    coefficient: Expr


def critical_decay(moments: Moments) -> Decay | None:
    """Return the power law of q at σ_w² = 1/φ'(0)², σ_b² = 0; None where q doesn't die as a power."""
    small = small_signal(moments.phi, moments.h)
    if small is None or small.power is None or small.bend is None or not _is_negative(small.bend):
        return None
    exponent = 1 / small.power
    return Decay(exponent, (-small.power * small.bend) ** (-exponent))


def bent_at_zero(moments: Moments) -> bool:
    """Whether q dies as 1/l at χ_∥ = 1 and φ''(0) is not 0, the same on both sides."""
    small = small_signal(moments.phi, moments.h)
    if small is None or small.power != 1 or small.bend is None or not _is_negative(small.bend):
        return False
    rate = germ(derivative(moments.phi, moments.h), moments.h)
    if rate.slope_right != rate.slope_left or not rate.slope_right.is_finite:
        return False
    return not _is_zero(rate.slope_right)


CLASSES = {
    "scale-invariant": "φ is linear on each side of 0: every q is kept at σ_w² = 1/E[φ'²], σ_b² = 0",
    "K* = 0": "φ(0) = 0 and the signal dies as a power of the depth at σ_w² = 1/φ'(0)², σ_b² = 0",
    "half-stable": "χ∥ = χ⊥ = 1 at a q* > 0",
    "none": "no point has χ∥ = χ⊥ = 1 and draws the signal towards it",
}
"""The universality classes of Roberts, Yaida and Hanin 2022, chapter 5, and what each means."""


def universality_class(moments: Moments, half_stable: bool) -> str:
    """Return the name of the class in ``CLASSES``; ``half_stable``: whether such a point was found."""
    if linear_factor(moments) is not None:
        return "scale-invariant"
    small = small_signal(moments.phi, moments.h)
    if small is not None and (small.bend is None or _is_negative(small.bend)):
        return "K* = 0"
    return "half-stable" if half_stable else "none"
