"""An expression as a float with a bound on its rounding error: one walk over its tree.

Much cheaper than ``evalf`` for a single value, and it says when it isn't good enough. Errors are
first-order bounds, four unit roundoffs for each library function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import mpmath
import sympy
from sympy import Basic, Expr, Symbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, BooleanFalse, BooleanTrue, Or

UNIT = 2.0**-53
OWN = 4 * UNIT
SERIES = 1e-13
"""Relative error granted to functions that mpmath sums in double precision."""

SMALLEST, LARGEST = 1e-280, 1e280
"""Outside of these an under- or overflow may be near, whose error no first order shows."""

Enclosed = tuple[float, float]
"""A value and the bound on its error."""


class NoFloat(Exception):
    """The walk met a function that it doesn't know, or lost all digits."""


def value_at(expr: Expr, values: Mapping[Symbol, float]) -> Enclosed:
    """Return ``expr`` at a point and a bound on the error; raises NoFloat.

    The given values count as rounded.
    """
    try:
        return _value(expr, values)
    except (ArithmeticError, ValueError) as error:
        raise NoFloat(str(error)) from error


def _value(expr: Expr, values: Mapping[Symbol, float]) -> Enclosed:
    if expr.is_Symbol:
        if expr not in values:
            raise NoFloat(f"no value for {expr}")
        return values[expr], UNIT * abs(values[expr])
    if expr.is_Rational:
        number = expr.p / expr.q
        return number, 0.0 if expr.q == 1 and abs(expr.p) < 2**53 else UNIT * abs(number)
    if expr.is_Add:
        parts = [_value(part, values) for part in expr.args]
        total = math.fsum(part[0] for part in parts)
        return total, math.fsum(part[1] for part in parts) + UNIT * abs(total)
    if expr.is_Mul:
        return _product([_value(part, values) for part in expr.args])
    if expr.is_Pow:
        return _power(expr, values)
    if expr in CONSTANTS:
        return CONSTANTS[expr], UNIT * CONSTANTS[expr]
    if isinstance(expr, sympy.Piecewise):
        return _value(_branch(expr, values), values)
    rule = RULES.get(type(expr))
    if rule is None:
        raise NoFloat(f"{type(expr).__name__}")
    return rule(*(_value(part, values) for part in expr.args))


def _product(parts: list[Enclosed]) -> Enclosed:
    value, error = parts[0]
    for other, slack in parts[1:]:
        error = abs(value) * slack + (abs(other) + slack) * error
        nothing = (value == error == 0) or (other == slack == 0)
        value = value * other
        error += UNIT * abs(value)
        if not nothing:
            _check(value, error)
    return value, error


def _check(value: float, error: float) -> None:
    """Raise NoFloat near under- and overflow."""
    if not SMALLEST < abs(value) + error < LARGEST:
        raise NoFloat("beyond the range of certain floats")


def _power(expr: Expr, values: Mapping[Symbol, float]) -> Enclosed:
    (base, slack), (exponent, blur) = (_value(part, values) for part in expr.args)
    if base == 0 and slack == 0 and exponent > 0:
        return 0.0, 0.0
    if abs(base) <= 2 * slack or (base < 0 and not expr.exp.is_Integer):
        raise NoFloat("a power of an uncertain sign")
    value = math.sqrt(base) if expr.exp is sympy.S.Half else base**exponent
    moved = abs(exponent) * slack / (abs(base) - slack) + blur * abs(math.log(abs(base)))
    _check(value, 0.0)
    return value, abs(value) * (moved + OWN)


def _branch(expr: sympy.Piecewise, values: Mapping[Symbol, float]) -> Expr:
    for branch, condition in expr.args:
        if _holds(condition, values):
            return branch
    raise NoFloat("no branch applies")


def _holds(condition: Basic, values: Mapping[Symbol, float]) -> bool:
    if isinstance(condition, (BooleanTrue, BooleanFalse)):
        return bool(condition)
    if isinstance(condition, (And, Or)):
        found = [_holds(part, values) for part in condition.args]
        return all(found) if isinstance(condition, And) else any(found)
    if not isinstance(condition, Relational):
        raise NoFloat(f"{condition}")
    left, right = (_value(side, values) for side in condition.args)
    difference = left[0] - right[0]
    if abs(difference) <= left[1] + right[1] + UNIT * abs(difference):
        raise NoFloat(f"{condition} is too close to tell")
    return bool(condition.func(difference, 0))


Rule = Callable[..., Enclosed]


def _smooth(
    function: Callable[[float], float],
    slope: Callable[[float, float], float],
    own: float = OWN,
) -> Rule:
    """Return the rule of a function; ``slope(x, f(x))`` bounds how it magnifies a small error."""

    def rule(argument: Enclosed) -> Enclosed:
        x, error = argument
        value = function(x)
        steep = abs(slope(x, value))
        total = steep * error * (1 + 1e-6) + own * max(abs(value), abs(x) * steep)
        if x != 0:
            _check(value, total)
        return value, total

    return rule


def _bell(x: float, _: float) -> float:
    return math.exp(-x * x) * 2 / math.sqrt(math.pi)


def _sign(argument: Enclosed) -> Enclosed:
    x, error = argument
    if abs(x) <= error and not x == error == 0:
        raise NoFloat("a sign too close to tell")
    return float((x > 0) - (x < 0)), 0.0


def _heaviside(argument: Enclosed, at_zero: Enclosed = (0.5, 0.0)) -> Enclosed:
    sign = _sign(argument)[0]
    return ((1 + sign) / 2, 0.0) if sign else at_zero


def _largest(*parts: Enclosed) -> Enclosed:
    return max(part[0] for part in parts), max(part[1] for part in parts)


def _smallest(*parts: Enclosed) -> Enclosed:
    return min(part[0] for part in parts), max(part[1] for part in parts)


CONSTANTS: dict[Basic, float] = {sympy.pi: math.pi, sympy.E: math.e}

RULES: dict[type, Rule] = {
    sympy.exp: _smooth(math.exp, lambda _, y: y),
    sympy.log: _smooth(math.log, lambda x, _: 1 / x),
    sympy.sin: _smooth(math.sin, lambda *_: 1.0),
    sympy.cos: _smooth(math.cos, lambda *_: 1.0),
    sympy.sinh: _smooth(math.sinh, lambda x, _: math.cosh(x)),
    sympy.cosh: _smooth(math.cosh, lambda x, _: math.sinh(x)),
    sympy.tanh: _smooth(math.tanh, lambda *_: 1.0),
    sympy.atan: _smooth(math.atan, lambda *_: 1.0),
    sympy.asin: _smooth(math.asin, lambda x, _: 1 / math.sqrt(1 - x * x)),
    sympy.acos: _smooth(math.acos, lambda x, _: 1 / math.sqrt(1 - x * x)),
    sympy.erf: _smooth(math.erf, _bell),
    sympy.erfc: _smooth(math.erfc, _bell),
    sympy.erfi: _smooth(mpmath.fp.erfi, lambda x, _: 1.2 * math.exp(x * x), SERIES),
    sympy.Ei: _smooth(mpmath.fp.ei, lambda x, _: math.exp(x) / x, SERIES),
    sympy.Abs: lambda x: (abs(x[0]), x[1]),
    sympy.sign: _sign,
    sympy.Heaviside: _heaviside,
    sympy.Max: _largest,
    sympy.Min: _smallest,
}
"""How each function is evaluated; what is missing here is left to ``evalf``."""
