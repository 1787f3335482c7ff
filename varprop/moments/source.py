"""A plain expression as a Python function of floats or arrays, without the price of ``lambdify``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache, reduce
from typing import Any

import sympy
from sympy import Basic, Expr, Symbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, BooleanFalse, BooleanTrue, Or

from varprop.frozen import frozen
from varprop.moments.unrecognised import Unrecognised


@frozen
class Dialect:
    """How parts of an expression are spelled: what joins terms, what a choice of two looks like."""

    joined: Mapping[type, str]
    choice: str
    literals: bool


def compiled(f: Expr, h: Symbol) -> Callable[[float], float]:
    """Return f as a function of h; raises Unrecognised where a part is not in the table."""
    function: Callable[[float], float] = eval(f"lambda h: {_code(f, {h: 'h'}, FLOATS)}", NAMES)
    return function


@lru_cache(maxsize=512)
def array_function(f: Expr, *symbols: Symbol) -> Callable[..., Any]:
    """Return f as a NumPy function of the symbols, element by element."""
    names = {symbol: f"x{k}" for k, symbol in enumerate(symbols)}
    try:
        text = _code(f, names, ARRAYS)
    except Unrecognised:
        slow: Callable[..., Any] = sympy.lambdify(symbols, f, modules=["scipy", "numpy"])
        return slow
    special = any(isinstance(node, (sympy.erf, sympy.erfc)) for node in sympy.preorder_traversal(f))
    function: Callable[..., Any] = eval(
        f"lambda {', '.join(names.values())}: {text}", _array_names(special)
    )
    return function


def _code(node: Basic, names: Mapping[Basic, str], dialect: Dialect) -> str:
    if node in names:
        return names[node]
    if isinstance(node, sympy.Rational):
        return f"({node.p} / {node.q})" if node.q != 1 else f"({node.p})"
    if isinstance(node, sympy.Float) and dialect.literals:
        return f"({float(node)!r})"
    if isinstance(node, (BooleanTrue, BooleanFalse)):
        return str(bool(node))
    if isinstance(node, sympy.Piecewise):
        return _branches(node, names, dialect)
    parts = [_code(part, names, dialect) for part in node.args]
    if isinstance(node, Relational) and node.rel_op in ("<", "<=", ">", ">="):
        return f"({parts[0]} {node.rel_op} {parts[1]})"
    for kind, symbol in dialect.joined.items():
        if isinstance(node, kind):
            return f"({symbol.join(parts)})"
    name = CALLED.get(type(node))
    if name is None:
        raise Unrecognised(node)
    return f"{name}({', '.join(parts)})"


def _branches(node: sympy.Piecewise, names: Mapping[Basic, str], dialect: Dialect) -> str:
    text = "nan"
    for branch, condition in reversed(node.args):
        yes, test = _code(branch, names, dialect), _code(condition, names, dialect)
        text = dialect.choice.format(yes=yes, test=test, no=text)
    return text


def _step(x: float, at_zero: float = 0.5) -> float:
    return at_zero if x == 0 else float(x > 0)


def _sign(x: float) -> float:
    return float(x > 0) - float(x < 0)


_SUMS: dict[type, str] = {sympy.Add: " + ", sympy.Mul: " * ", sympy.Pow: " ** "}

FLOATS = Dialect({**_SUMS, And: " and ", Or: " or "}, "({yes} if {test} else {no})", False)

ARRAYS = Dialect({**_SUMS, And: " & ", Or: " | "}, "where({test}, {yes}, {no})", True)

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

_CONSTANTS: dict[str, object] = {
    "nan": math.nan,
    "pi_": lambda: math.pi,
    "e_": lambda: math.e,
    "__builtins__": {},
}

NAMES: dict[str, object] = {
    **{name: getattr(math, name) for name in CALLED.values() if hasattr(math, name)},
    "abs": abs,
    "max": max,
    "min": min,
    "sign": _sign,
    "step": _step,
    **_CONSTANTS,
}


def _array_names(special: bool) -> dict[str, object]:
    """Return what the text may call; erf and erfc only where needed, for they take long to load."""
    import numpy as np

    plain = ("exp", "sin", "cos", "tanh", "cosh", "sinh", "abs", "sign", "where")
    names: dict[str, object] = {name: getattr(np, name) for name in plain}
    names |= {
        "atan": np.arctan,
        "max": lambda *parts: reduce(np.maximum, parts),
        "min": lambda *parts: reduce(np.minimum, parts),
        "step": lambda x, at_zero=0.5: np.heaviside(x, at_zero),
        **_CONSTANTS,
    }
    if special:
        from scipy.special import erf, erfc

        names |= {"erf": erf, "erfc": erfc}
    return names
