"""Rational functions of h and |h|: partial fractions on the half-line, then recurrences.

With E₊ the expectation over h > 0 and p0 = 1/√(2πq) the density at 0,

    E₊ 1/(h+r)   = ½ p0 exp(-r²/2q) (π erfi(r/√2q) - Ei(r²/2q)),
    E₊ 1/(h²+s)  = ½ √(π/(2qs)) exp(s/2q) erfc(√(s/2q)),
    E₊ h/(h²+s)  = -½ p0 exp(s/2q) Ei(-s/2q),

and higher powers follow by parts. Source: Gradshteyn and Ryzhik 3.353, 3.466 (same up to scaling).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sympy
from sympy import Ei, Expr, Poly, S, erfc, erfi, gamma, pi, sqrt

from varprop.derivation import Step
from varprop.errors import Divergent
from varprop.moments import steps
from varprop.moments.ledger import Ledger
from varprop.moments.partial_fractions import Fraction, partial_fractions, ratio
from varprop.moments.problem import Problem, Trail
from varprop.moments.unrecognised import Unrecognised

Row = tuple[Expr, Expr, Expr]
"""Coefficients of (special function, p0, 1): what a recurrence carries along."""


def by_fractions(problem: Problem, trail: Trail) -> Expr:
    """Fold the line onto h > 0 and add up the partial fractions there."""
    if problem.mean != 0:
        raise Unrecognised("a rational function of a shifted Gaussian")
    h, q = problem.h, problem.q
    parts = partial_fractions(_folded(problem), h)
    ledger = Ledger()
    for part in parts:
        _add_fraction(ledger, part, q)
    value = ledger.total(sympy.nan)
    if trail.kept:
        trail.steps.extend(_steps(problem, parts))
        trail.add(lambda: steps.add_up(problem.held, value))
    return value


def _steps(problem: Problem, parts: list[Fraction]) -> Iterator[Step]:
    yield steps.folded_step(problem, [part.expr for part in parts])
    for part in parts:
        ledger = Ledger()
        _add_fraction(ledger, part, problem.q)
        yield steps.fraction_step(problem, part.expr, ledger.total(sympy.nan))


def _folded(problem: Problem) -> Expr:
    parts, h = problem.pieces, problem.h
    if not all(part.low == 0 for part in parts[1:]):
        raise Unrecognised("a rational function with kinks off 0")
    sides = parts[-1].expr, parts[0].expr.xreplace({h: -h})
    for side in sides:
        if not side.is_rational_function(h):
            raise Unrecognised("not rational")
    if sides[0] != sides[1]:
        for side in sides:
            _check_side(side, problem)
    return sides[0] + sides[1]


def _check_side(side: Expr, problem: Problem) -> None:
    """Look for poles on one side alone, since those of the two sides may seem to cancel."""
    denominator = ratio(side, problem.h)[1]
    if denominator.xreplace({problem.h: sympy.Dummy(positive=True)}).is_positive:
        return
    for part in partial_fractions(side, problem.h):
        _add_fraction(Ledger(), part, problem.q)


def _add_fraction(ledger: Ledger, part: Fraction, q: Expr) -> None:
    degree = part.base.degree()
    if part.power == 0:
        _add_polynomial(ledger, part.top, q)
    elif degree == 1:
        _add_linear(ledger, part, q)
    elif degree == 2 and part.base.nth(1) == 0:
        _add_square(ledger, part, q)
    else:
        raise Unrecognised("a denominator that is no square plus a constant")


def _add_linear(ledger: Ledger, part: Fraction, q: Expr) -> None:
    r = part.base.nth(0)
    _check_pole(-r)
    special = pi * erfi(r / sqrt(2 * q), evaluate=False) - Ei(r**2 / (2 * q), evaluate=False)
    row = _linear_row(r, q, part.power)
    _add_row(ledger, part.top.as_expr(), row, special, -(r**2) / (2 * q), q)


def _add_square(ledger: Ledger, part: Fraction, q: Expr) -> None:
    s = part.base.nth(0)
    if s.is_nonpositive:
        raise Divergent("the integrand has a pole that no integral can cross")
    if not s.is_positive:
        raise Unrecognised("a constant of unknown sign")
    bell = erfc(sqrt(s) / sqrt(2 * q)) * sqrt(pi) / (sqrt(2 * q) * sqrt(s))
    even, odd = part.top.nth(0), part.top.nth(1)
    _add_row(ledger, even, _even_row(s, q, part.power), bell, s / (2 * q), q, dense=False)
    _add_row(ledger, odd, _odd_row(s, q, part.power), -Ei(-s / (2 * q)), s / (2 * q), q)


def _add_polynomial(ledger: Ledger, poly: Poly, q: Expr) -> None:
    """E₊ h^n = (2q)^(n/2) Γ((n+1)/2)/(2√π)."""
    for (n,), coefficient in poly.terms():
        size = (2 * q) ** (S(n) / 2) * gamma(S(n + 1) / 2) / (2 * sqrt(pi))
        ledger.add(coefficient * size)


def _check_pole(pole: Expr) -> None:
    if pole.is_nonnegative:
        raise Divergent("the integrand has a pole that no integral can cross")
    if not pole.is_negative:
        raise Unrecognised("a pole of unknown place")


def _add_row(
    ledger: Ledger,
    coefficient: Expr,
    row: Row,
    special: Expr,
    exponent: Expr,
    q: Expr,
    dense: bool = True,
) -> None:
    """Add coefficient · row; ``dense`` tells that the special function comes with p0."""
    p0 = (2 * pi * q) ** -S.Half
    ledger.add(coefficient * row[0] / 2, special * (p0 if dense else 1), exponent)
    ledger.add(coefficient * row[1], p0)
    ledger.add(coefficient * row[2])


def _climbed(first: Row, second: Row, power: int, step: Callable[[int, Row, Row], Row]) -> Row:
    """Climb from powers 0 and 1 to ``power``."""
    before, row = first, second
    for k in range(1, power):
        before, row = row, step(k, before, row)
    return row


def _linear_row(r: Expr, q: Expr, power: int) -> Row:
    """k E₊(h+r)^-(k+1) = p0 r^-k - (E₊(h+r)^-(k-1) - r E₊(h+r)^-k)/q."""

    def step(k: int, before: Row, row: Row) -> Row:
        ends = (S.Zero, r**-k, S.Zero)
        return _row((e - (b - r * x) / q) / k for e, b, x in zip(ends, before, row, strict=True))

    return _climbed((S.Zero, S.Zero, S.Half), (S.One, S.Zero, S.Zero), power, step)


def _even_row(s: Expr, q: Expr, power: int) -> Row:
    """2kqs E(h²+s)^-(k+1) = E(h²+s)^-(k-1) - (s + q(1-2k)) E(h²+s)^-k, by Stein's lemma."""

    def step(k: int, before: Row, row: Row) -> Row:
        return _row(
            (b - (s + q * (1 - 2 * k)) * x) / (2 * k * q * s)
            for b, x in zip(before, row, strict=True)
        )

    return _climbed((S.Zero, S.Zero, S.Half), (S.One, S.Zero, S.Zero), power, step)


def _odd_row(s: Expr, q: Expr, power: int) -> Row:
    """k E₊ h(h²+s)^-(k+1) = ½ p0 s^-k - E₊ h(h²+s)^-k/(2q)."""

    def step(k: int, before: Row, row: Row) -> Row:  # noqa: ARG001
        ends = (S.Zero, s**-k / 2, S.Zero)
        return _row((e - x / (2 * q)) / k for e, x in zip(ends, row, strict=True))

    return _climbed((S.Zero,) * 3, (S.One, S.Zero, S.Zero), power, step)


def _row(values: object) -> Row:
    first, second, third = (sympy.expand_mul(value) for value in values)  # type: ignore[attr-defined]
    return first, second, third
