"""Givens that are bounds: 0 < p < 1 on a number, x >= 0 on a random variable."""

from __future__ import annotations

import re
from dataclasses import replace

from sympy import Expr, Ge, Gt, Le, Lt, Ne, Symbol

from varprop.checking.facts import Fact
from varprop.checking.reading import Reader
from varprop.checking.world import World

_SIGN = re.compile(r"<=|>=|!=|<|>")
_RELATIONS = {"<": Lt, "<=": Le, ">": Gt, ">=": Ge, "!=": Ne}


def bounded(world: World, fact: Fact) -> World:
    """Return the world with the bounds of ``a < b <= c`` learnt."""
    text, start, sides, signs = fact.text.text, 0, [], []
    for match in _SIGN.finditer(text):
        sides.append(Reader(fact.text.part(start, match.start()), world).read())
        signs.append(match.group())
        start = match.end()
    sides.append(Reader(fact.text.part(start, len(text)), world).read())
    for left, sign, right in zip(sides, signs, sides[1:], strict=False):
        world = _learn(world, fact, left, sign, right)
    return world


def _learn(world: World, fact: Fact, left: Expr, sign: str, right: Expr) -> World:
    random = world.random_in(left) | world.random_in(right)
    if random:
        larger, smaller = (left, right) if sign.startswith(">") else (right, left)
        if sign == "!=" or smaller != 0 or not isinstance(larger, Symbol):
            raise fact.text.refusal(0, "of a random variable only x >= 0 can be given")
        return world.with_variable(world.variable(larger).name, positive=True)
    relation = _RELATIONS[sign](left, right)
    if relation == False:  # noqa: E712  (SymPy's false is no Python bool)
        raise fact.text.refusal(0, "this bound never holds")
    return replace(world, conditions=(*world.conditions, relation))
