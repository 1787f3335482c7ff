"""Partial fractions of a rational function of one variable, exact, parameters allowed."""

from __future__ import annotations

from collections.abc import Iterator

import sympy
from sympy import Expr, Poly, Symbol

from varprop.frozen import frozen


@frozen
class Fraction:
    """top / base^power with monic base and deg top < deg base; a polynomial has power 0."""

    top: Poly
    base: Poly
    power: int

    @property
    def expr(self) -> Expr:
        """The fraction as an expression."""
        return self.top.as_expr() / self.base.as_expr() ** self.power


def partial_fractions(f: Expr, h: Symbol) -> list[Fraction]:
    """Return fractions that sum to ``f``."""
    numerator, denominator = ratio(f, h)
    constant, factors = _factors(denominator, h)
    if len(factors) < 2:
        return list(_expanded(numerator / constant, factors, h))
    split = sympy.apart(sympy.cancel(f), h)
    return [part for summand in sympy.Add.make_args(split) for part in _one_base(summand, h)]


def ratio(f: Expr, h: Symbol) -> tuple[Expr, Expr]:
    """Return numerator and denominator; a product of powers of polynomials is one already."""
    parts = (part.as_base_exp() for part in sympy.Mul.make_args(f))
    plain = all(exponent.is_Integer and base.is_polynomial(h) for base, exponent in parts)
    numerator, denominator = sympy.fraction(f if plain else sympy.together(f))
    return numerator, denominator


def _factors(denominator: Expr, h: Symbol) -> tuple[Expr, list[tuple[Expr, int]]]:
    """Factor a polynomial; a power of a linear one is factored already."""
    base, exponent = denominator.as_base_exp()
    if exponent.is_Integer and base.is_Add and sympy.degree(base, h) == 1:
        return sympy.S.One, [(base, int(exponent))]
    constant, factors = sympy.factor_list(denominator, h)
    return constant, factors


def _one_base(summand: Expr, h: Symbol) -> Iterator[Fraction]:
    numerator, denominator = ratio(summand, h)
    constant, factors = _factors(denominator, h)
    yield from _expanded(numerator / constant, factors[:1], h)


def _expanded(numerator: Expr, factors: list[tuple[Expr, int]], h: Symbol) -> Iterator[Fraction]:
    """Divide the numerator by its one base again and again: the digits are the numerators."""
    top, one = Poly(numerator, h), Poly(1, h)
    if factors:
        ((base, power),) = factors
        monic = Poly(base, h)
        lead, monic = monic.LC(), monic.monic()
        top = Poly(top.as_expr() / lead**power, h)
        while power and not top.is_zero:
            top, digit = top.div(monic)
            if not digit.is_zero:
                yield Fraction(digit, monic, power)
            power -= 1
    if not top.is_zero:
        yield Fraction(top, one, 0)
