"""A plain expression as a Python function of one float, without the price of ``lambdify``."""

from __future__ import annotations

import math
from collections.abc import Callable

import sympy
from sympy import Basic, Expr, Symbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, BooleanFalse, BooleanTrue, Or

from varprop.moments.unrecognised import Unrecognised


def compiled(f: Expr, h: Symbol) -> Callable[[float], float]:
    """Return f as a function of h; raises Unrecognised where a part is not in the table."""
    function: Callable[[float], float] = eval(f"lambda h: {_code(f, h)}", dict(NAMES))
    return function


def _code(node: Basic, h: Symbol) -> str:
    if node == h:
        return "h"
    if isinstance(node, sympy.Rational):
        return f"({node.p} / {node.q})" if node.q != 1 else f"({node.p})"
    if isinstance(node, (BooleanTrue, BooleanFalse)):
        return str(bool(node))
    if isinstance(node, sympy.Piecewise):
        return _branches(node, h)
    parts = [_code(part, h) for part in node.args]
    if isinstance(node, Relational) and node.rel_op in ("<", "<=", ">", ">="):
        return f"({parts[0]} {node.rel_op} {parts[1]})"
    for kind, symbol in JOINED.items():
        if isinstance(node, kind):
            return f"({symbol.join(parts)})"
    name = CALLED.get(type(node))
    if name is None:
        raise Unrecognised(node)
    return f"{name}({', '.join(parts)})"


def _branches(node: sympy.Piecewise, h: Symbol) -> str:
    text = "nan"
    for branch, condition in reversed(node.args):
        text = f"({_code(branch, h)} if {_code(condition, h)} else {text})"
    return text


def _step(x: float, at_zero: float = 0.5) -> float:
    return at_zero if x == 0 else float(x > 0)


def _sign(x: float) -> float:
    return float(x > 0) - float(x < 0)


JOINED = {sympy.Add: " + ", sympy.Mul: " * ", sympy.Pow: " ** ", And: " and ", Or: " or "}

CALLED = {
    sympy.exp: "exp",
    sympy.erf: "erf",
    sympy.erfc: "erfc",
    sympy.sin: "sin",
    sympy.cos: "cos",
    sympy.tanh: "tanh",
    sympy.cosh: "cosh",
    sympy.sinh: "sinh",
    sympy.atan: "atan",
    sympy.Abs: "abs",
    sympy.Max: "max",
    sympy.Min: "min",
    sympy.sign: "sign",
    sympy.Heaviside: "step",
    type(sympy.pi): "pi_",
    type(sympy.E): "e_",
}
"""Functions that the generated text may call; nothing else can stand in it."""

NAMES: dict[str, object] = {
    **{name: getattr(math, name) for name in CALLED.values() if hasattr(math, name)},
    "abs": abs,
    "max": max,
    "min": min,
    "sign": _sign,
    "step": _step,
    "nan": math.nan,
    "pi_": lambda: math.pi,
    "e_": lambda: math.e,
    "__builtins__": {},
}
