"""Arithmetic of a typed formula: the exact expression, beside it the float of a constant.

The float is found first, in plain floating point: what leaves the real numbers or the double range
is refused before SymPy is asked for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import sympy
from sympy import Expr

from varprop.expression_text.functions import Function
from varprop.expression_text.nodes import Chain, Node, Power
from varprop.frozen import frozen

if TYPE_CHECKING:
    from typing import NoReturn

MAX_SIZE = 1500
MAX_EXPONENT = 40
MAX_BITS = 4096
MAX_MAGNITUDE = 1e300
MAX_ROOT = 1000
_NOT_REAL = (
    *(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo, sympy.I),
    *(sympy.re, sympy.im, sympy.arg, sympy.AccumBounds),
)


@frozen
class Value:
    """An expression and, for a constant, its value in floating point."""

    expr: Expr
    number: float | None = None


class Reader(Protocol):
    """What refuses a place of the formula, and shows it."""

    def refuse(self, node: Node, why: str) -> NoReturn:
        """Raise BadInput that names the place of ``node``."""

    def shown(self, node: Node) -> str:
        """Return the text of ``node``."""


def total(reader: Reader, node: Chain, values: list[Value]) -> Value:
    """Return the sum of ``values``, signed by the operators of ``node``."""
    signs = [-1 if operator == "-" else 1 for operator in node.operators]
    expr = sympy.Add(*(s * v.expr for s, v in zip(signs, values, strict=True)))
    numbers = [s * v.number for s, v in zip(signs, values, strict=True) if v.number is not None]
    return checked(reader, node, expr, sum(numbers) if len(numbers) == len(values) else None)


def product(reader: Reader, node: Chain, values: list[Value]) -> Value:
    """Return the product of ``values``; the operators of ``node`` say which ones divide."""
    result = Value(sympy.Integer(1), 1.0)
    for operator, operand, value in zip(node.operators, node.operands, values, strict=True):
        if operator == "/" and value.expr.is_zero:
            reader.refuse(operand, "division by zero")
        factor = 1 / value.expr if operator == "/" else value.expr
        number = None
        if result.number is not None and value.number is not None:
            number = _scaled(result.number, value.number, operator)
        result = checked(reader, node, result.expr * factor, number)
    return result


def _scaled(left: float, right: float, operator: str) -> float:
    if operator == "*":
        return left * right
    return left / right if right else math.inf


def power(reader: Reader, node: Power, base: Value, exponent: Value) -> Value:
    """Return ``base ** exponent`` where both sizes are moderate."""
    if exponent.number is not None:
        _check_exponent(reader, node, base, exponent)
    if base.number is None or exponent.number is None:
        return checked(reader, node, base.expr**exponent.expr)
    number = _float(reader, node, lambda b, e: b**e, (base.number, exponent.number))
    return checked(reader, node, base.expr**exponent.expr, number)


def _check_exponent(reader: Reader, node: Power, base: Value, exponent: Value) -> None:
    number = exponent.number or 0.0
    if base.number is None and abs(number) > MAX_EXPONENT:
        reader.refuse(node.exponent, f"powers above {MAX_EXPONENT} are not read")
    if base.number == 0 and number < 0:
        reader.refuse(node, "division by zero")
    if isinstance(exponent.expr, sympy.Rational) and exponent.expr.q > MAX_ROOT:
        reader.refuse(node.exponent, f"roots above the {MAX_ROOT}th are not read")
    if isinstance(base.expr, sympy.Rational):
        bits = max(abs(base.expr.p).bit_length(), base.expr.q.bit_length())
        if (bits - 1) * abs(number) > MAX_BITS:
            reader.refuse(node, "this number has too many digits")


def apply(reader: Reader, node: Node, function: Function, values: list[Value]) -> Value:
    """Return ``function`` of ``values``."""
    numbers = tuple(v.number for v in values if v.number is not None)
    known = len(numbers) == len(values)
    number = _float(reader, node, function.at, numbers) if known else None
    try:
        expr = function.build(*(v.expr for v in values))
    except (ValueError, TypeError):
        # SymPy's Max and Min refuse to compare what it knows, or suspects, to be no real number
        reader.refuse(node, f"{reader.shown(node)} is not a real number everywhere")
    return checked(reader, node, expr, number)


def _float(
    reader: Reader, node: Node, at: Callable[..., float], numbers: tuple[float, ...]
) -> float:
    try:
        number = at(*numbers)
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError):
        reader.refuse(node, f"{reader.shown(node)} is not a real number")
    if isinstance(number, complex):
        reader.refuse(node, f"{reader.shown(node)} is not a real number")
    return number


def checked(reader: Reader, node: Node, expr: Expr, number: float | None = None) -> Value:
    """Return the value, refusing what is infinite, imaginary or beyond the range of floats."""
    if number is None and expr.is_number:
        number = _constant(reader, node, expr)
    if number is not None and not abs(number) <= MAX_MAGNITUDE:
        reader.refuse(node, f"{reader.shown(node)} is too large a number")
    if number == 0 and not expr.is_zero:
        reader.refuse(node, f"{reader.shown(node)} is too small a number")
    if expr.has(*_NOT_REAL):
        reader.refuse(node, f"{reader.shown(node)} is not a real number")
    return Value(expr, number)


def _constant(reader: Reader, node: Node, expr: Expr) -> float:
    """Return the float of what became a constant only by cancellation, such as exp(x - x)."""
    value = expr.evalf(15)
    if not value.is_Float and not value.is_Rational:
        reader.refuse(node, f"{reader.shown(node)} is not a real number")
    return float(value)


def check_size(reader: Reader, node: Node, expr: Expr) -> None:
    """Refuse an expression that is too large once written out, or holds a huge power."""
    if sum(1 for _ in islice(sympy.preorder_traversal(expr), MAX_SIZE + 1)) > MAX_SIZE:
        reader.refuse(node, f"too large: more than {MAX_SIZE} parts once written out")
    for found in expr.atoms(sympy.Pow):
        if found.exp.is_Rational and abs(found.exp) > MAX_EXPONENT and found.base.free_symbols:
            reader.refuse(node, f"powers above {MAX_EXPONENT} are not read, found {found.exp}")
