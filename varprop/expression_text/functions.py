"""The functions that a typed formula may use: what they mean, and their value at a number.

A number is tried in plain floating point before SymPy sees it: what leaves the real numbers or
the double range is refused, so no constant can grow without bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import sympy
from sympy import Expr

from varprop.frozen import frozen


@frozen
class Function:
    """``build`` makes the SymPy expression, ``at`` the float; ``most`` arguments at most."""

    build: Callable[..., Expr]
    at: Callable[..., float]
    least: int = 1
    most: int = 1


def _cube_root(x: Expr) -> Expr:
    return sympy.sign(x) * sympy.Abs(x) ** sympy.Rational(1, 3)


def _normal_distribution(x: Expr) -> Expr:
    return (1 + sympy.erf(x / sympy.sqrt(2))) / 2


def _clip(x: Expr, low: Expr, high: Expr) -> Expr:
    return sympy.Max(low, sympy.Min(x, high))


def _step_at(x: float) -> float:
    return 0.5 if x == 0 else float(x > 0)


def _sign_at(x: float) -> float:
    return 0.0 if x == 0 else math.copysign(1.0, x)


MANY = 20
_TABLE: dict[tuple[str, ...], Function] = {
    ("exp",): Function(sympy.exp, math.exp),
    ("log", "ln"): Function(sympy.log, math.log),
    ("expm1",): Function(lambda x: sympy.exp(x) - 1, math.expm1),
    ("log1p",): Function(lambda x: sympy.log(1 + x), math.log1p),
    ("sqrt",): Function(sympy.sqrt, math.sqrt),
    ("cbrt",): Function(_cube_root, math.cbrt),
    ("sin",): Function(sympy.sin, math.sin),
    ("cos",): Function(sympy.cos, math.cos),
    ("tan",): Function(sympy.tan, math.tan),
    ("asin", "arcsin"): Function(sympy.asin, math.asin),
    ("acos", "arccos"): Function(sympy.acos, math.acos),
    ("atan", "arctan"): Function(sympy.atan, math.atan),
    ("sinh",): Function(sympy.sinh, math.sinh),
    ("cosh",): Function(sympy.cosh, math.cosh),
    ("tanh",): Function(sympy.tanh, math.tanh),
    ("sech",): Function(sympy.sech, lambda x: 1 / math.cosh(x)),
    ("asinh", "arcsinh"): Function(sympy.asinh, math.asinh),
    ("acosh", "arccosh"): Function(sympy.acosh, math.acosh),
    ("atanh", "arctanh"): Function(sympy.atanh, math.atanh),
    ("erf",): Function(sympy.erf, math.erf),
    ("erfc",): Function(sympy.erfc, math.erfc),
    ("Phi", "normcdf"): Function(_normal_distribution, lambda x: math.erfc(-x / math.sqrt(2)) / 2),
    ("Abs", "abs"): Function(sympy.Abs, abs),
    ("sign", "sgn"): Function(sympy.sign, _sign_at),
    ("Heaviside", "heaviside"): Function(sympy.Heaviside, _step_at),
    ("Max", "max", "maximum"): Function(sympy.Max, max, 2, MANY),
    ("Min", "min", "minimum"): Function(sympy.Min, min, 2, MANY),
    ("clip", "clamp"): Function(_clip, lambda x, low, high: max(low, min(x, high)), 3, 3),
}

FUNCTIONS: dict[str, Function] = {
    name: function for names, function in _TABLE.items() for name in names
}
"""Every accepted spelling."""

CONDITIONAL = ("Piecewise", "where")
"""Functions that take conditions: ``Piecewise((x, x > 0), (0, True))``, ``where(x > 0, x, 0)``."""

CONSTANTS = {"pi": (sympy.pi, math.pi), "e": (sympy.E, math.e)}
TRUTH = {"True": sympy.true, "False": sympy.false}
