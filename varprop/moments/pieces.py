"""Cut an expression of one real variable at its kinks into smooth pieces.

A switch is a Max, Min, Abs, sign, Heaviside or a relation of a Piecewise. The innermost switch is
resolved first: its argument has roots, the line is cut there, and on each side the switch becomes
a smooth expression. Ends that cannot be ordered are clamped by Max and Min, so that a piece may be
empty but is never wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import sympy
from sympy import Abs, Basic, Expr, Heaviside, Max, Min, S, Symbol, sign
from sympy.core.relational import Equality, Relational, Unequality

from varprop.frozen import frozen
from varprop.moments.roots import Cut, cuts
from varprop.moments.unrecognised import Unrecognised

SWITCHES = (Max, Min, Abs, sign, Heaviside, Relational)
ENDLESS = (sympy.floor, sympy.ceiling, sympy.frac, sympy.Mod)
MAXIMUM_PIECES = 64


@frozen
class Piece:
    """A smooth expression on the open interval (low, high); the interval may be empty."""

    low: Expr
    high: Expr
    expr: Expr


@lru_cache(maxsize=256)
def pieces(
    f: Expr, h: Symbol, low: Expr = S.NegativeInfinity, high: Expr = S.Infinity
) -> tuple[Piece, ...]:
    """Return ``f`` as smooth pieces that cover (low, high), the real line unless given.

    Raises Unrecognised when the kinks cannot be found exactly.
    """
    found = list(_split(f, h, low, high))
    return tuple(_joined(found))


def kinks(f: Expr, h: Symbol) -> tuple[Expr, ...]:
    """Return the points where ``f`` or one of its derivatives may jump, in order.

    Raises Unrecognised when they cannot be found exactly.
    """
    ends = [piece.low for piece in pieces(f, h)[1:]]
    return tuple(dict.fromkeys(ends))


def is_switch(node: Basic) -> bool:
    """Tell whether a node of an expression tree selects between smooth branches."""
    return isinstance(node, SWITCHES)


def switch_argument(node: Basic) -> Expr:
    """Return the expression whose sign decides a switch."""
    if isinstance(node, (Max, Min)):
        return node.args[0] - node.args[1]
    if isinstance(node, Relational):
        return node.lhs - node.rhs
    return node.args[0]


def _split(f: Expr, h: Symbol, low: Expr, high: Expr) -> Iterator[Piece]:
    pending = [(f, low, high)]
    count = 0
    while pending:
        expr, left, right = pending.pop()
        switch = _innermost(expr, h)
        if switch is None:
            count += 1
            if count > MAXIMUM_PIECES:
                raise Unrecognised("too many pieces")
            yield Piece(left, right, expr)
            continue
        resolved = [
            (_replace(expr, switch, cut), cut.low, cut.high)
            for cut in cuts(switch_argument(switch), h, left, right)
        ]
        pending.extend(reversed(resolved))


def _innermost(expr: Basic, h: Symbol) -> Basic | None:
    """Return a switch that depends on h and holds no other such switch."""
    if not expr.has_free(h):
        return None
    for argument in expr.args:
        found = _innermost(argument, h)
        if found is not None:
            return found
    if isinstance(expr, ENDLESS):
        raise Unrecognised("kinks without end:", expr)
    return expr if is_switch(expr) else None


def _replace(expr: Expr, switch: Basic, cut: Cut) -> Expr:
    return expr.xreplace({switch: _branch(switch, cut)})


def _branch(switch: Basic, cut: Cut) -> Basic:
    """Return what a switch is where its argument is ``cut.factor * cut.rest``.

    ``cut.rest`` is positive on the interval; the sign of ``cut.factor`` may be unknown, and is then
    left to a switch of constants.
    """
    factor, rest = cut.factor, cut.rest
    if isinstance(switch, (Max, Min)):
        first, second = switch.args[:2]
        positive, negative = (first, second) if isinstance(switch, Max) else (second, first)
        chosen = _choose(factor, positive, negative)
        if chosen is None:
            chosen = second + type(switch)(factor, 0) * rest
        return switch.func(chosen, *switch.args[2:])
    if isinstance(switch, Abs):
        return Abs(factor) * rest
    if isinstance(switch, sign):
        return sign(factor)
    if isinstance(switch, Heaviside):
        return Heaviside(factor)
    if isinstance(switch, Equality):
        return S.false
    if isinstance(switch, Unequality):
        return S.true
    return switch.func(factor, 0)


def _choose(factor: Expr, positive: Expr, negative: Expr) -> Expr | None:
    if factor.is_nonnegative:
        return positive
    if factor.is_nonpositive:
        return negative
    return None


def _joined(found: list[Piece]) -> list[Piece]:
    """Join neighbours that hold the same expression."""
    joined: list[Piece] = []
    for piece in found:
        if piece.low == piece.high:
            continue
        if joined and joined[-1].expr == piece.expr and joined[-1].high == piece.low:
            joined[-1] = Piece(joined[-1].low, piece.high, piece.expr)
        else:
            joined.append(piece)
    return joined
