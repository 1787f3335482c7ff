"""Givens that are equations between moments: E[x] = 0, Var(x) = 1, n*Var(w) = 2, Cov(x, y) = r."""

from __future__ import annotations

from dataclasses import replace

import sympy
from sympy import Expr, Symbol

from varprop.checking.facts import Fact
from varprop.checking.reading import Reader
from varprop.checking.world import Corr, Cov, Mean, Std, Var, World
from varprop.errors import BadInput

_HELD = (Mean, Var, Std, Cov, Corr)


def learn_equation(world: World, fact: Fact) -> World:
    """Return the world with every equation of a = b = c learnt."""
    sides = [Reader(part, world).read() for part in fact.parts.values()]
    last = sides[-1]
    for side in sides[:-1]:
        held = [node for node in sympy.preorder_traversal(side) if isinstance(node, _HELD)]
        if not held:
            raise fact.text.refusal(0, "an operator such as E[x] or Var(x) is missing on the left")
        if len(set(held)) > 1:
            raise fact.text.refusal(0, "give one moment at a time, such as E[x] = 0")
        world = _learn(world, fact, held[0], _solved(side, held[0], last, fact))
    return world


def _solved(side: Expr, node: Expr, value: Expr, fact: Fact) -> Expr:
    if side == node:
        return value
    unknown = sympy.Dummy("moment", real=True)
    found = sympy.solve(side.xreplace({node: unknown}) - value, unknown)
    if len(found) != 1:
        raise fact.text.refusal(0, f"this can't be solved for {node}")
    return found[0]


def _learn(world: World, fact: Fact, node: Expr, value: Expr) -> World:
    if value.has(*_HELD):
        if world.network is None and isinstance(node, (Mean, Var)):
            return _equal(world, fact, node, value)
        raise fact.text.refusal(0, "a number or a formula without E, Var, … belongs on the right")
    if isinstance(node, (Cov, Corr)):
        return _pair(world, fact, node, value)
    inner = node.args[0]
    if isinstance(node, Mean):
        return _moment(world, fact, inner, value)
    if not isinstance(inner, Symbol) or world.family_of(inner.name) is None:
        raise fact.text.refusal(0, "only the moments of a variable itself can be given")
    variance = value if isinstance(node, Var) else value**2
    if variance.is_negative:
        raise fact.text.refusal(0, f"a variance can't be {variance}")
    return _set(world, fact, inner, variance=variance)


def _set(world: World, fact: Fact, symbol: Symbol, **changes: object) -> World:
    known = world.variable(symbol)
    if known.law is not None:
        raise BadInput(f"{fact.text.text!r}: {known.name} already has a law, {known.law.words}.")
    value = changes.get("variance")
    scales = set(world.scales)
    if isinstance(value, Expr):
        scales |= {s.name for s in value.free_symbols}
    return replace(world.with_variable(known.name, **changes), scales=frozenset(scales))


def _moment(world: World, fact: Fact, inner: Expr, value: Expr) -> World:
    power = inner.exp if inner.is_Pow else 1
    base = inner.base if inner.is_Pow else inner
    if isinstance(base, Symbol) and getattr(power, "is_Integer", power == 1) and int(power) >= 1:
        if int(power) == 1:
            return _set(world, fact, base, mean=value)
        known = world.variable(base)
        if int(power) % 2 == 0 and value.is_negative:
            raise fact.text.refusal(0, f"the mean of a square can't be {value}")
        return _set(world, fact, base, moments={**known.moments, int(power): value})
    factors = inner.args if inner.is_Mul else ()
    if len(factors) == 2 and all(isinstance(f, Symbol) for f in factors):
        names = [world.family_of(f.name) for f in factors]
        if None not in names:
            bases = [name[0] for name in names if name]
            if bases[0] == bases[1]:
                if value == 0:
                    return world.with_variable(bases[0], uncorrelated=True)
            else:
                return replace(world, products={**world.products, frozenset(bases): value})
    raise fact.text.refusal(0, "only moments E[x^k] of a variable and E[x*y] can be given")


def _pair(world: World, fact: Fact, node: Expr, value: Expr) -> World:
    names = [world.family_of(a.name) if isinstance(a, Symbol) else None for a in node.args]
    if None in names:
        raise fact.text.refusal(0, "give the covariance of two variables, such as Cov(x, y) = 0")
    pair = frozenset(name[0] for name in names if name)
    if len(pair) == 1:
        if value == 0:
            return world.with_variable(next(iter(pair)), uncorrelated=True)
        raise fact.text.refusal(0, "the members of a family can be uncorrelated or independent")
    if value == 0:
        return replace(world, uncorrelated=world.uncorrelated | {pair})
    if isinstance(node, Cov):
        return replace(world, covariances={**world.covariances, pair: value})
    return replace(world, correlations={**world.correlations, pair: value})


def _equal(world: World, fact: Fact, node: Expr, value: Expr) -> World:
    """Learn E[x] = E[y] or Var(x) = Var(y): both get one symbol."""
    if type(value) is not type(node) or not all(
        isinstance(a.args[0], Symbol) for a in (node, value)
    ):
        raise fact.text.refusal(0, "this equation between moments can't be used as a given")
    field, prefix = ("mean", "mu") if isinstance(node, Mean) else ("variance", "v")
    shared = Symbol(
        f"{prefix}_{value.args[0].name}", positive=field == "variance" or None, real=True
    )
    for one in (node, value):
        world = world.with_variable(world.variable(one.args[0]).name, **{field: shared})
    return world
