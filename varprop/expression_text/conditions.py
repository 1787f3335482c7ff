"""Conditions inside a formula: where a linear function of the argument lies above or below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import sympy
from sympy import Expr
from sympy.logic.boolalg import Boolean

from varprop.expression_text.functions import TRUTH
from varprop.expression_text.nodes import Call, Comparison, Group, Logic, Name, Node, Prefix
from varprop.notation import h

if TYPE_CHECKING:
    from typing import NoReturn

    from varprop.expression_text.arithmetic import Value

MAX_BRANCHES = 20
Branch = tuple[Node, Node | Boolean]


class Reader(Protocol):
    """What reads values and refuses places."""

    def value(self, node: Node) -> Value:
        """Return the value of ``node``."""

    def refuse(self, node: Node, why: str) -> NoReturn:
        """Raise BadInput that names the place of ``node``."""


def branches(reader: Reader, node: Call) -> list[Branch]:
    """Return the (value, condition) pairs of ``Piecewise(...)`` or ``where(...)``."""
    if node.name == "where":
        if len(node.arguments) != 3:
            reader.refuse(node, "where takes a condition and two values")
        condition, value, other = node.arguments
        return [(value, condition), (other, TRUTH["True"])]
    pairs: list[Branch] = []
    for item in node.arguments:
        if not isinstance(item, Group) or len(item.items) != 2:
            reader.refuse(item, "Piecewise takes pairs (value, condition)")
        pairs.append((item.items[0], item.items[1]))
    return pairs


def piecewise(reader: Reader, node: Node, pairs: Sequence[Branch]) -> Expr:
    """Return the Piecewise of ``pairs``, the last of which must hold everywhere else."""
    if not 1 <= len(pairs) <= MAX_BRANCHES:
        reader.refuse(node, f"Piecewise takes 1 to {MAX_BRANCHES} pairs (value, condition)")
    read = [(reader.value(value).expr, _condition(reader, c)) for value, c in pairs]
    try:
        result = sympy.Piecewise(*read)
    except (ValueError, TypeError):
        # SymPy refuses to order bounds that it knows, or suspects, to be no real numbers
        reader.refuse(node, "a bound or value is not a real number everywhere")
    open_ended = result is sympy.nan or (
        isinstance(result, sympy.Piecewise) and result.args[-1].cond is not sympy.true
    )
    if open_ended:
        reader.refuse(node, "no value is given elsewhere: end with (value, True)")
    return result


def _condition(reader: Reader, node: Node | Boolean) -> Boolean:
    match node:
        case Name(text=text) if text in TRUTH:
            return TRUTH[text]
        case Comparison():
            return _comparison(reader, node)
        case Logic():
            join = sympy.And if node.operator == "and" else sympy.Or
            return join(_condition(reader, node.left), _condition(reader, node.right))
        case Prefix(operator="not"):
            return sympy.Not(_condition(reader, node.operand))
        case Node():
            reader.refuse(node, "a condition is missing here, such as x > 0")
    return node


def _comparison(reader: Reader, node: Comparison) -> Boolean:
    values = [reader.value(operand).expr for operand in node.operands]
    pairs = zip(values, node.operators, values[1:], strict=False)
    return sympy.And(*(_relation(reader, node, *pair) for pair in pairs))


def _relation(reader: Reader, node: Comparison, left: Expr, operator: str, right: Expr) -> Boolean:
    if operator not in ("<", "<=", ">", ">="):
        reader.refuse(node, f"{operator} holds with probability 0 or 1; use <, <=, > or >=")
    if operator.startswith(">"):
        left, right = right, left
    return _below(reader, node, left, right, strict=len(operator) == 1)


def _below(reader: Reader, node: Node, left: Expr, right: Expr, strict: bool) -> Boolean:
    """Return ``left < right`` solved for h; both are linear in h, or one is |linear|."""
    if isinstance(left, sympy.Abs) and not right.has(h):
        inner = left.args[0]
        upper = _below(reader, node, inner, right, strict)
        return sympy.And(upper, _below(reader, node, -right, inner, strict))
    if isinstance(right, sympy.Abs) and not left.has(h):
        inner = right.args[0]
        upper = _below(reader, node, left, inner, strict)
        return sympy.Or(upper, _below(reader, node, inner, -left, strict))
    return _linear(reader, node, right - left, strict)


def _linear(reader: Reader, node: Node, gap: Expr, strict: bool) -> Boolean:
    """Return ``gap > 0`` (or >= 0) for ``gap = slope·h + offset``."""
    slope = sympy.diff(gap, h)
    if slope.has(h) or gap.has(sympy.Max, sympy.Min, sympy.Piecewise, sympy.Abs):
        reader.refuse(node, "a condition compares linear functions of x, or |x - a|, with a bound")
    offset = gap.subs(h, 0)
    if slope.is_zero:
        sign = offset.is_nonnegative if not strict else offset.is_positive
        if sign is None:
            reader.refuse(node, "it isn't known whether this condition holds")
        return sympy.true if sign else sympy.false
    if slope.is_positive is None:
        reader.refuse(node, f"the sign of {slope} isn't known")
    knot = -offset / slope
    if slope.is_positive:
        return h > knot if strict else h >= knot
    return h < knot if strict else h <= knot
