"""Terms of an integrand that Gaussian integration knows, and their sums and products.

A term in one or two variables is
coefficient · Π h_i^n_i · exp(quadratic + linear) · cos or sin(linear) · Π erf or sign(linear).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import sympy
from sympy import Expr, S

Vector = tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Factor:
    """erf(slopes·h + offset); when ``hard``, its limit of infinite slope, a sign."""

    slopes: Vector
    offset: Expr
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Wave:
    """cos(slopes·h + offset); a sine is a cosine a quarter turn back and kept apart by ``sine``."""

    slopes: Vector
    offset: Expr
    sine: bool


@dataclass(frozen=True, slots=True)
class Term:
    """One term; ``quadratic`` is the upper triangle of the exponent's form by rows."""

    coefficient: Expr
    powers: tuple[Expr | int, ...]
    quadratic: Vector
    linear: Vector
    wave: Wave | None = None
    factors: tuple[Factor, ...] = ()

    @property
    def signature(self) -> tuple[object, ...]:
        """Everything but the coefficient."""
        return (self.powers, self.quadratic, self.linear, self.wave, self.factors)


Terms = list[Term]


def _added(a: Vector, b: Vector) -> Vector:
    return tuple(x + y for x, y in zip(a, b, strict=True))


def merged(terms: Iterable[Term]) -> Terms:
    """Add up terms that differ in their coefficient only."""
    sums: dict[tuple[object, ...], Term] = {}
    for term in terms:
        known = sums.get(term.signature)
        coefficient = term.coefficient + known.coefficient if known else term.coefficient
        sums[term.signature] = replace(term, coefficient=coefficient)
    return [term for term in sums.values() if term.coefficient != 0]


def multiplied(a: Term, b: Term) -> Terms:
    """Return the product of two terms; a product of two waves is a sum of two."""
    factors = _factors((*a.factors, *b.factors))
    waves = _waves(a.wave, b.wave)
    coefficient = a.coefficient * b.coefficient
    powers = tuple(x + y for x, y in zip(a.powers, b.powers, strict=True))
    quadratic, linear = _added(a.quadratic, b.quadratic), _added(a.linear, b.linear)
    return [
        Term(coefficient * weight * extra, powers, quadratic, linear, wave, factors[1])
        for weight, wave in waves
        for extra in (factors[0],)
        if weight != 0
    ]


def _factors(factors: Iterable[Factor]) -> tuple[Expr, tuple[Factor, ...]]:
    """Cancel sign² = 1 and put the rest in order."""
    kept: list[Factor] = []
    for factor in factors:
        if factor.hard and factor in kept:
            kept.remove(factor)
        else:
            kept.append(factor)
    return S.One, tuple(sorted(kept, key=lambda f: (f.hard, str(f.slopes), str(f.offset))))


def _waves(a: Wave | None, b: Wave | None) -> list[tuple[Expr, Wave | None]]:
    if a is None or b is None:
        return [(S.One, a or b)]
    total, difference = _combined(a, b, 1), _combined(a, b, -1)
    half = S.Half
    if a.sine and b.sine:
        return [_wave(half, difference, False), _wave(-half, total, False)]
    if not a.sine and not b.sine:
        return [_wave(half, difference, False), _wave(half, total, False)]
    flip = half if a.sine else -half
    return [_wave(half, total, True), _wave(flip, difference, True)]


def _combined(a: Wave, b: Wave, way: int) -> tuple[Vector, Expr]:
    slopes = tuple(x + way * y for x, y in zip(a.slopes, b.slopes, strict=True))
    return slopes, a.offset + way * b.offset


def _wave(weight: Expr, form: tuple[Vector, Expr], sine: bool) -> tuple[Expr, Wave | None]:
    """Put a wave into standard form: a constant is no wave, the first slope has no minus sign."""
    slopes, offset = form
    if not any(slopes):
        return weight * (sympy.sin(offset) if sine else sympy.cos(offset)), None
    first = next(slope for slope in slopes if slope != 0)
    if first.could_extract_minus_sign():
        slopes, offset = tuple(-slope for slope in slopes), -offset
        weight = -weight if sine else weight
    return weight, Wave(slopes, offset, sine)
