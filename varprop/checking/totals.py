"""Expectations with sums of many terms: split by equal indices; sums that are Gaussian."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy
from sympy import Expr, Mul, Pow, S

from varprop.checking.laws import Normal
from varprop.checking.partitions import partitions, renamed
from varprop.checking.world import Total

if TYPE_CHECKING:
    from varprop.checking.expectation import Engine


MOST_TERMS = 6
"""Sums multiplied with each other, at most."""


def expect_totals(engine: Engine, totals: list[Expr], others: list[Expr]) -> Expr:
    """Split E[Σ…·Σ…·rest] by which of the running indices are equal."""
    rest = Mul(*others)
    if len({t.args[2:] for t in totals}) > 1 or rest.has(Total) or len(totals) > MOST_TERMS:
        return engine.unknown(Mul(*totals, rest))
    low, high = totals[0].args[2:]
    fixed = _fixed(engine, rest, totals)
    result = S.Zero
    for blocks, places in partitions(len(totals), fixed):
        fresh = sum(1 for place in places if place is None)
        count, terms, number = S.One, [rest], 0
        for used in range(fresh):
            count *= high - low + 1 - len(fixed) - used
        for block, place in zip(blocks, places, strict=True):
            number += place is None
            index = f"f{number}" if place is None else place
            terms += [renamed(totals[k], index, engine.world) for k in block]
        result += count * engine.mean(Mul(*terms))
    return result


def _fixed(engine: Engine, rest: Expr, totals: list[Expr]) -> tuple[str, ...]:
    """Return the indices of members that stand beside the sums."""
    families = {engine.family(s)[0] for t in totals for s in engine.world.random_in(t.args[0])}
    return tuple(
        sorted(
            {
                engine.family(s)[1]
                for s in engine.world.random_in(rest)
                if engine.family(s)[1] and engine.family(s)[0] in families
            }
        )
    )


def normal_total(engine: Engine, total: Expr) -> Normal | None:
    """Return the law of a sum: exact for normal terms, the limit of many terms if that is given."""
    term = total.args[0]
    atoms = engine.world.random_in(term)
    laws = [engine.world.variable(a).law for a in atoms]
    linear = all(sympy.diff(term, a).free_symbols.isdisjoint(atoms) for a in atoms)
    exact = linear and len(atoms) == 1 and all(isinstance(law, Normal) for law in laws)
    if not exact and not engine.world.wide:
        return None
    engine.used_wide = engine.used_wide or not exact
    mean, variance = engine.mean(total), engine.variance(total)
    return Normal(mean, sympy.simplify(variance), "N")


def total_power(factor: Expr) -> int:
    """Return k for a factor (Σ…)^k, 0 for another factor."""
    if isinstance(factor, Total):
        return 1
    if isinstance(factor, Pow) and isinstance(factor.base, Total) and factor.exp.is_Integer:
        return int(factor.exp) if factor.exp > 0 else 0
    return 0
