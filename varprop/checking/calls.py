"""Calls in a claim that are no plain functions: operators, probabilities, sums, derivatives, members."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sympy
from sympy import Expr, Heaviside, KroneckerDelta, Piecewise, S, Symbol

from varprop.checking.vocabulary import undeclared
from varprop.checking.world import OPERATORS, Mean, Total
from varprop.expression_text.nodes import (
    Call,
    Choice,
    Comparison,
    Group,
    Logic,
    Name,
    Node,
    Number,
)
from varprop.expression_text.walk import names_in
from varprop.moments import derivative

if TYPE_CHECKING:
    from varprop.checking.reading import Reader

Read = Any


def operator(reader: Reader, node: Call, name: str) -> Expr:
    """Return E[…], Var(…), … held; a name in it that nothing was said of is refused."""
    if reader.world.network is not None and name in ("E", "Var"):
        from varprop.checking.network_names import moment_symbol

        level = moment_symbol(reader, node, name)
        if level is not None:
            return level
    kind = OPERATORS[name]
    if len(node.arguments) != kind.nargs.args[0] or node.keywords:
        reader.refuse(node, f"{name} takes {kind.nargs.args[0]} value(s)")
    reader.inside += 1
    values = reader.arguments(node)
    reader.inside -= 1
    if name not in ("Mean", "E") or not values[0].is_number:
        _check_declared(reader, node, values)
    if not any(is_random(reader, value) for value in values):
        return values[0] if kind is Mean else S.Zero
    return kind(*values)


def is_random(reader: Reader, value: Expr) -> bool:
    """Whether an expression holds a random variable."""
    return bool(reader.world.random_in(value)) or value.has(Total)


def _check_declared(reader: Reader, node: Call, values: list[Expr]) -> None:
    for argument, value in zip(node.arguments, values, strict=True):
        if is_random(reader, value):
            continue
        declared = {*reader.world.definitions, *reader.world.values, *reader.world.variables}
        loose = sorted(names_in([argument]) - declared)
        if loose:
            place = _place(argument, loose[0])
            reader.refuse(place or argument, undeclared(loose[0]))


def _place(node: Any, name: str) -> Node | None:
    if isinstance(node, Name):
        return node if node.text == name else None
    parts = node if isinstance(node, tuple) else getattr(node, "__dict__", {}).values()
    for part in parts:
        if isinstance(part, (Node, tuple)):
            found = _place(part, name)
            if found is not None:
                return found
    return None


def probability(reader: Reader, node: Call) -> Expr:
    """Return P(condition) as the expectation of its indicator."""
    if len(node.arguments) != 1:
        reader.refuse(node, "P takes one condition, such as P(|s| > 4)")
    reader.inside += 1
    found = condition(reader, node.arguments[0])
    reader.inside -= 1
    if not is_random(reader, found):
        _check_declared(reader, node, [found])
    return Mean(found)


def condition(reader: Reader, node: Node) -> Expr:
    """Return the indicator of a condition."""
    if isinstance(node, Logic):
        left, right = condition(reader, node.left), condition(reader, node.right)
        return left * right if node.operator == "and" else left + right - left * right
    if not isinstance(node, Comparison):
        reader.refuse(node, "a condition is missing here, such as |s| > 4")
    values = [reader.value(operand).expr for operand in node.operands]
    result = S.One
    for a, sign, b in zip(values, node.operators, values[1:], strict=False):
        result *= _compared(a, sign, b)
    return result


def _compared(a: Expr, sign: str, b: Expr) -> Expr:
    if sign in ("<", "<="):
        return _above(b, a, sign == "<")
    if sign in (">", ">="):
        return _above(a, b, sign == ">")
    equal = Heaviside(a - b, S.One) - Heaviside(a - b, S.Zero)
    return equal if sign in ("=", "==") else 1 - equal


def _above(large: Expr, small: Expr, strict: bool) -> Expr:
    """Return the indicator of large > small; that of |u| is split into its two sides."""
    at = S.Zero if strict else S.One
    if isinstance(large, sympy.Abs):
        inner = large.args[0]
        return Heaviside(inner - small, at) + Heaviside(-inner - small, at)
    if isinstance(small, sympy.Abs):
        return 1 - _above(small, large, not strict)
    return Heaviside(large - small, at)


def sum_of(reader: Reader, node: Call) -> Expr:
    """Return sum(term, i, low, high), sum(term, i, n), sum(term, n) or sum(term) as a Total."""
    rest = list(node.arguments[1:])
    if len(rest) == 1 and isinstance(rest[0], Group):
        rest = list(rest[0].items)
    if not node.arguments or len(rest) > 3:
        reader.refuse(node, "write sum(term, i, 1, n)")
    index = "i"
    if rest and isinstance(rest[0], Name) and (len(rest) > 1 or len(rest[0].text) == 1):
        name = rest[0].text
        if len(rest) > 1 or f"_{name}" in reader.shown(node):
            index = name
            rest.pop(0)
    low = reader.value(rest[0]).expr if len(rest) == 2 else S.One
    high = reader.value(rest[-1]).expr if rest else Symbol("n", positive=True)
    reader.index.append(index)
    term = _members(reader, reader.value(node.arguments[0]).expr, index)
    reader.index.pop()
    if not is_random(reader, term):
        return term * (high - low + 1)
    return Total(term, Symbol(index), low, high)


def _members(reader: Reader, term: Expr, index: str) -> Expr:
    """Read a family's name without index as the member with the running index."""
    names = {s: f"{s.name}_{index}" for s in reader.world.random_in(term)}
    plain = {
        s: Symbol(new, real=True)
        for s, new in names.items()
        if s.name in reader.world.variables and reader.world.variables[s.name].indexed
    }
    has_index = any(s.name.endswith(f"_{index}") for s in names)
    if not has_index:
        plain = {s: Symbol(new, real=True) for s, new in names.items()}
    return term.xreplace(plain)


def differentiated(reader: Reader, node: Call) -> Expr:
    """Return diff(f, x) or diff(f, x, times), almost everywhere."""
    if not 2 <= len(node.arguments) <= 3 or not isinstance(node.arguments[1], Name):
        reader.refuse(node, "write diff(f, x)")
    free = reader.value(node.arguments[1]).expr
    values = reader.world.values
    name = node.arguments[1].text
    if name in values:
        left = {key: value for key, value in values.items() if key != name}
        kept, reader.world = reader.world, replace(reader.world, values=left)
        free = reader.value(node.arguments[1]).expr
        f = _slope(reader, node, free)
        reader.world = kept
        return f.subs(free, values[name])
    if not isinstance(free, Symbol):
        reader.refuse(node.arguments[1], f"{name} is no variable to differentiate by")
    return _slope(reader, node, free)


def _slope(reader: Reader, node: Call, free: Symbol) -> Expr:
    f = reader.value(node.arguments[0]).expr
    times = node.arguments[2] if len(node.arguments) == 3 else None
    if times is not None and not (isinstance(times, Number) and times.text.isdigit()):
        reader.refuse(times, "how often to differentiate is a whole number")
    for _ in range(1 if times is None else min(int(times.text), 6)):
        f = derivative(f, free)
    return f


def kronecker(reader: Reader, node: Call) -> Expr:
    """Return δ_ij of two indices."""
    names = [a.text for a in node.arguments if isinstance(a, Name)]
    if len(names) != 2:
        reader.refuse(node, "delta takes two indices, such as delta(i, j)")
    return KroneckerDelta(Symbol(names[0]), Symbol(names[1]))


def member(reader: Reader, node: Call) -> Expr:
    """Return w[i] of a family, or q[l] of a network."""
    from varprop.checking.network_names import level_symbol

    if reader.world.network is not None and node.brackets:
        symbol = level_symbol(reader, node)
        if symbol is not None:
            return symbol
    index = "".join(reader.shown(a).replace(" ", "") for a in node.arguments)
    defined = reader.world.defined(f"{node.name}_{index}") if node.brackets else None
    if defined is not None:
        return defined
    if node.name not in reader.world.variables:
        reader.refuse(node, undeclared(node.name))
    known = reader.world.variables[node.name]
    if not node.brackets and not known.indexed:
        reader.refuse(node, f"a product must be written: {node.name}*({index})")
    return Symbol(f"{node.name}_{index}", real=True)


def choice(reader: Reader, node: Choice) -> Expr:
    """Return ``a if condition else b``."""
    value, other = reader.value(node.value).expr, reader.value(node.other).expr
    if not isinstance(node.condition, Comparison) or len(node.condition.operators) != 1:
        reader.refuse(node.condition, "one comparison is expected here")
    a, b = (reader.value(operand).expr for operand in node.condition.operands)
    relation = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}
    return Piecewise((value, relation[node.condition.operators[0]]), (other, True))
