"""Limits as typed: which symbol goes where."""

from __future__ import annotations

from sympy import Expr, S, Symbol

from varprop.checking.statement import Limit
from varprop.checking.world import World
from varprop.errors import BadInput
from varprop.expression_text import parse_scalar


def limit_of(typed: Limit | None, world: World) -> tuple[Symbol, Expr] | None:
    """Return the symbol and its limit; a limit among the givens counts, too."""
    if typed is None:
        if not world.limits:
            return None
        name, target = world.limits[-1]
        return _symbol(name, world), target
    if typed.target in ("oo", "inf", "infinity"):
        return Symbol(typed.name, positive=True), S.Infinity
    if typed.target in ("-oo", "-inf", "-infinity"):
        return _symbol(typed.name, world), S.NegativeInfinity
    try:
        target = parse_scalar(typed.target)
    except BadInput as error:
        raise BadInput(f"{typed.name} can't go to {typed.target!r}: {error}") from None
    return _symbol(typed.name, world), target


def _symbol(name: str, world: World) -> Symbol:
    positive = name in world.positive
    return Symbol(name, positive=True) if positive else Symbol(name, real=True)
