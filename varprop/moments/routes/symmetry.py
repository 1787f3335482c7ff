"""Symmetry under h → -h, for a zero-mean Gaussian: odd and balanced functions."""

from __future__ import annotations

import sympy
from sympy import Basic, Eq, Expr, Rational, S, Symbol

from varprop.derivation import Kind, Step
from varprop.moments.floats import NoFloat, value_at
from varprop.moments.problem import Problem, Trail
from varprop.moments.unrecognised import Unrecognised

POLES = (sympy.tan, sympy.cot, sympy.sec, sympy.csc, sympy.gamma, sympy.coth, sympy.csch)
"""Functions that may be infinite inside the line; symmetry alone says nothing about them."""

MOST_POWERS = 64

PROBES = (Rational(37, 100), Rational(121, 100), Rational(29, 10))


def is_odd(f: Expr, h: Symbol) -> bool:
    """Tell whether f(-h) = -f(h) is plain from the form of ``f``."""
    return not _surely_not_odd(f, h) and f.xreplace({h: -h}) == -f


def _surely_not_odd(f: Expr, h: Symbol) -> bool:
    """Look at f(x) + f(-x) at some points, which costs much less than to mirror f."""
    others = f.free_symbols - {h}
    if any(symbol.is_integer or symbol.is_real is False for symbol in others):
        return False
    place = {symbol: -0.83 if symbol.is_negative else 0.83 for symbol in others}
    try:
        for x in map(float, PROBES):
            (right, above), (left, below) = (value_at(f, {**place, h: y}) for y in (x, -x))
            if abs(right + left) > 8 * (above + below) + 1e-300:
                return True
    except NoFloat:
        return False
    return False


def odd(problem: Problem, trail: Trail) -> Expr:
    """E f = 0 for odd f, provided that it exists."""
    f, h = problem.f, problem.h
    if problem.mean != 0 or not is_odd(f, h) or not is_tame(f, h):
        raise Unrecognised("not odd")
    trail.add(
        lambda: Step(
            Eq(problem.held, 0, evaluate=False),
            "odd function",
            Kind.EXPECTATION,
            "f(-h) = -f(h) and the density is even",
            ("h has zero mean",),
        )
    )
    return S.Zero


def balanced(problem: Problem, trail: Trail) -> Expr:
    """E f = a/2 where f(h) + f(-h) = a, as for the sigmoid."""
    f, h = problem.f, problem.h
    if problem.mean != 0 or f.has(*POLES):
        raise Unrecognised("not balanced")
    mirrored = f.xreplace({h: -h})
    total = (f + mirrored).xreplace({h: S.Zero})
    if not total.is_finite or not _is_constant(f + mirrored - total, h):
        raise Unrecognised("not balanced")
    trail.add(
        lambda: Step(
            Eq(problem.held, total / 2, evaluate=False),
            "balanced function",
            Kind.EXPECTATION,
            "f(h) + f(-h) is constant and the density is even",
            ("h has zero mean",),
        )
    )
    return total / 2


def _is_constant(difference: Expr, h: Symbol) -> bool:
    """Prove that an expression is 0; numbers are tried first, algebra only if they agree."""
    others = difference.free_symbols - {h}
    values = {symbol: Rational(7 + 2 * i, 10) for i, symbol in enumerate(sorted(others, key=str))}
    for probe in PROBES:
        number = difference.xreplace({**values, h: probe}).evalf(15, chop=True)
        if not number.is_finite or abs(number) > 1e-12:
            return False
    plain = difference.rewrite(sympy.exp)
    plain = plain.xreplace({h: h / max([S.One, *_steepness(plain)])})
    if any(size > MOST_POWERS for size in _steepness(plain)):
        return False
    return bool(sympy.cancel(sympy.together(plain)) == 0)


def _steepness(expr: Expr) -> list[Expr]:
    """Return the numbers in exponents: algebra takes exp(n·x) for the n-th power of exp(x)."""
    numbers = (n for each in expr.atoms(sympy.exp) for n in each.args[0].atoms(Rational))
    return [max(abs(n.p), n.q) for n in numbers if n != 0]


def is_tame(f: Basic, h: Symbol) -> bool:
    """Tell whether ``f`` surely has an expectation: no poles, no exponential of a square."""
    if not f.has_free(h):
        return True
    if isinstance(f, POLES):
        return False
    if f.is_Pow and not _tame_power(f, h):
        return False
    if isinstance(f, (sympy.exp, sympy.sinh, sympy.cosh)) and not _tame_growth(f.args[0], h):
        return False
    return all(is_tame(argument, h) for argument in f.args)


def _tame_power(f: Expr, h: Symbol) -> bool:
    base, exponent = f.args
    if exponent.has_free(h):
        return False
    return bool(exponent.is_nonnegative or base.is_nonzero)


def _tame_growth(argument: Expr, h: Symbol) -> bool:
    if argument.is_nonpositive:
        return True
    poly = argument.as_poly(h)
    return poly is not None and poly.degree() <= 1
