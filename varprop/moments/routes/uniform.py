"""Uniform laws: antiderivatives of polynomial × exp(linear or quadratic) × wave on each piece."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import (
    Add,
    Eq,
    Expr,
    Integral,
    S,
    Symbol,
    erf,
    erfi,
    exp,
    expand,
    factor_terms,
    pi,
    re,
    sqrt,
)

from varprop.derivation import Kind, Step
from varprop.moments.expectation import UniformExpectation
from varprop.moments.ledger import tidy
from varprop.moments.pieces import Piece, pieces
from varprop.moments.problem import Trail
from varprop.moments.reader import recognise
from varprop.moments.routes.waves import turned
from varprop.moments.steps import add_up
from varprop.moments.unrecognised import Unrecognised


def solve_uniform(held: UniformExpectation, trail: Trail) -> Expr:
    """Return the closed form; raises Unrecognised."""
    f, h, low, high = held.args
    parts = tuple(piece for piece in pieces(f, h, low, high) if piece.expr != 0)
    values = [_over(piece, h) for piece in parts]
    total = Add(*(tidy(summand) for value in values for summand in Add.make_args(value)))
    answer = factor_terms(total / (high - low))
    if trail.kept:
        trail.steps.extend(_steps(held, parts, values))
        trail.add(lambda: add_up(held, answer))
    return answer


def _steps(
    held: UniformExpectation, parts: tuple[Piece, ...], values: list[Expr]
) -> Iterator[Step]:
    h, (low, high) = held.bound_symbols[0], held.law
    integrals = [Integral(piece.expr, (h, piece.low, piece.high)) for piece in parts]
    because = "the density is 1/(high - low), the integrand smooth between the kinks"
    equation = Eq(held, Add(*integrals) / (high - low), evaluate=False)
    yield Step(equation, "cut at the kinks", Kind.EXPECTATION, because)
    for integral, value in zip(integrals, values, strict=True):
        equation = Eq(integral, value, evaluate=False)
        yield Step(equation, "antiderivative", Kind.EXPECTATION, "by parts")


def _over(piece: Piece, h: Symbol) -> Expr:
    """Return the integral of a piece over its interval."""
    total = S.Zero
    for term in recognise(piece.expr, [h]):
        power = term.powers[0]
        if term.factors or not isinstance(power, int) or power < 0:
            raise Unrecognised("an error function or a pole under a uniform law")
        slope, phase = turned(term)
        value = term.coefficient * phase * _between(piece, power, term.quadratic[0], slope)
        total += value if term.wave is None else re(expand(value))
    return total


def _between(piece: Piece, power: int, square: Expr, slope: Expr) -> Expr:
    upper = antiderivative(piece.high, power, square, slope)
    return upper - antiderivative(piece.low, power, square, slope)


def antiderivative(x: Expr, power: int, square: Expr, slope: Expr) -> Expr:
    """Return an antiderivative of h^power exp(square h² + slope h) at x."""
    if square == 0 and slope == 0:
        return x ** (power + 1) / (power + 1)
    weight = exp(expand(square * x**2 + slope * x))
    values = _ladder(x, weight, square, slope)
    for _ in range(power):
        next(values)
    return next(values)


def _ladder(x: Expr, weight: Expr, square: Expr, slope: Expr) -> Iterator[Expr]:
    """Yield the antiderivatives for powers 0, 1, 2, … by parts."""
    if square == 0:
        value, n = weight / slope, 1
        while True:
            yield value
            value, n = expand(x**n * weight / slope - n * value / slope), n + 1
    before, value, n = S.Zero, _bell(x, square, slope), 1
    while True:
        yield value
        ends = x ** (n - 1) * weight
        before, value = value, expand((ends - slope * value - (n - 1) * before) / (2 * square))
        n += 1


def _bell(x: Expr, square: Expr, slope: Expr) -> Expr:
    """Return an antiderivative of exp(square h² + slope h): erfi, or erf for a falling square."""
    if square.is_negative:
        root = sqrt(-square)
        special = erf(root * x - slope / (2 * root))
    elif square.is_positive:
        root = sqrt(square)
        special = erfi(root * x + slope / (2 * root))
    else:
        raise Unrecognised("a square of unknown sign")
    return sqrt(pi) / (2 * root) * exp(-(slope**2) / (4 * square)) * special
