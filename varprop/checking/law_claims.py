"""Claims that a variable has a law: s ~ N(0, 1/3), by moments, exactly or in a limit."""

from __future__ import annotations

from dataclasses import replace

import sympy
from sympy import Expr

from varprop.checking.expectation import Engine
from varprop.checking.findings import Answer, Evidence, Finding
from varprop.checking.formal import formal
from varprop.checking.law_text import read_law
from varprop.checking.laws import Law, Normal
from varprop.checking.limits import limit_of
from varprop.checking.reading import Reader
from varprop.checking.statement import Statement
from varprop.checking.totals import normal_total
from varprop.checking.world import Total, World
from varprop.errors import BadInput

ORDERS = (1, 2, 3, 4, 6)


def decide_law(read: Statement, world: World, define: dict[str, str]) -> Finding:
    """Decide ``x ~ law`` by the moments of both; equal moments prove it for sums of normals only."""
    if read.relations != ("~",):
        raise BadInput(f"{read.typed!r}: a claim about a law has one '~' and nothing else.")
    x = Reader(read.sides[0], world, define).read()
    law, notes = read_law(read.sides[1], world)
    found = Finding(
        Answer.UNDECIDED,
        formal(read.sides[0]),
        read.sides[0].original,
        notes=(*world.notes, *notes),
    )
    limit = limit_of(read.limit, world)
    exact = replace(world, wide=False)
    differs = _differing(exact, x, law, None)
    if differs is None:
        return _same(found, exact, x, law)
    order, left, right = differs
    proof = Evidence("symbolic", str(left), str(right), words=f"E[x^{order}]")
    found = replace(found, evidence=(proof,), fails_for=f"E[x^{order}]: {left} against {right}")
    far = _differing(exact, x, law, limit) if limit is not None else differs
    if limit is not None and far is None:
        return replace(found, answer=Answer.TRUE, fails_for=None)
    counts = [t.args[3] for t in x.atoms(Total) if t.args[3].is_Symbol]
    if limit is None and counts and _differing(exact, x, law, (counts[0], sympy.oo)) is None:
        return replace(
            found, answer=Answer.CONDITIONAL, holds_when=f"{counts[0]} -> oo (wide limit)"
        )
    return replace(found, answer=Answer.FALSE)


def _same(found: Finding, world: World, x: Expr, law: Law) -> Finding:
    words = f"equal moments up to the {ORDERS[-1]}th"
    total = next(iter(x.atoms(Total)), None)
    normal = isinstance(law, Normal)
    if normal and total is not None and normal_total(Engine(world), total) is None:
        return replace(found, tried=(words,))
    return replace(found, answer=Answer.TRUE, evidence=(Evidence("note", words=words),))


def _differing(
    world: World, x: Expr, law: Law, limit: tuple[Expr, Expr] | None
) -> tuple[int, Expr, Expr] | None:
    """Return the first moment that differs, and both its values."""
    for order in ORDERS:
        claimed = law.moment(order)
        if claimed is None:
            continue
        engine = Engine(world)
        value = engine.mean(x**order)
        if limit is not None and value.has(limit[0]):
            value = sympy.limit(sympy.expand(value), limit[0], limit[1])
        if set(engine.open) & value.free_symbols:
            return order, value, claimed
        gap = sympy.simplify(value - claimed)
        if gap != 0:
            return order, sympy.simplify(value), claimed
    return None
