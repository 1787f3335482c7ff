"""Claims on the signal of a network: q[5] = q[0], g[0] = g[5], chi_perp <= 1, limits in depth."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from sympy import Expr, Integer, Rational, S, Symbol

from varprop.checking.findings import Answer, Evidence, Finding
from varprop.checking.formal import formal
from varprop.checking.network_claim import NetworkClaim, NoFixedPoint
from varprop.checking.network_names import AFTER, BEFORE, GRADIENT, LETTERS
from varprop.checking.numbers import close, points, shown
from varprop.checking.reading import NETWORK_NAMES
from varprop.checking.relations import COMPARE
from varprop.checking.rounding import rounding
from varprop.checking.statement import DEFAULT_TOLERANCE, Statement
from varprop.checking.world import World
from varprop.errors import BadInput

Row = tuple[dict[Expr, Expr], int, list[float]]
GENERIC = (0, 1, 2, 5, 11)
"""Levels at which a statement on level l is tried."""

DEEP = (100, 400, 1600)
SMALL = (Rational(1, 10**3), Rational(1, 10**5), Rational(1, 10**7))
WIDE = "wide layers: q, g and c are those of the mean-field recurrences"


def decide_network(read: Statement, world: World, define: dict[str, str]) -> Finding:
    """Return the finding on a statement about a network."""
    if not speaks_of_network(read):
        from varprop.checking.check import decide_plain

        return decide_plain(read, replace(world, network=None), define)
    claim = NetworkClaim(read, world, define)
    subject = formal(read.sides[0])
    typed = read.sides[0].original
    found = Finding(Answer.UNDECIDED, subject, typed, notes=(*world.notes, WIDE))
    try:
        if read.limit is not None or any(name == claim.running for name, _ in world.limits):
            return _deep(claim, found)
        return _levels(claim, found)
    except NoFixedPoint as reason:
        words = f"there is no fixed point: {reason}"
        return replace(found, answer=Answer.FALSE, fails_for=words)


def speaks_of_network(read: Statement) -> bool:
    """Whether a side names a quantity of the network: q[5], chi_perp."""
    quantity = rf"\b[{''.join(LETTERS)}]\s*\[|\b(?:{'|'.join(NETWORK_NAMES)})\b"
    moment = rf"\b(?:E|Var|V)\s*[\[(]\s*(?:{'|'.join((*AFTER, *BEFORE, *GRADIENT))})\s*\["
    return any(re.search(f"{quantity}|{moment}", side.text) for side in read.sides)


def _test(claim: NetworkClaim, values: list[float]) -> bool:
    pairs = zip(values, claim.read.relations, values[1:], strict=False)
    return all(_related(claim, a, sign, b) for a, sign, b in pairs)


def _related(claim: NetworkClaim, a: float, sign: str, b: float) -> bool:
    if sign in COMPARE:
        return COMPARE[sign](a, b)
    if sign == "!=":
        return not close(a, b)
    if sign == "≈" or (sign == "=" and claim.read.tolerance is not None):
        return close(a, b, claim.read.tolerance or DEFAULT_TOLERANCE)
    if sign in ("=", "->"):
        sides = claim.read.sides
        return close(a, b, max(1e-9, rounding((sides[0], sides[-1]))))
    raise BadInput(f"{claim.read.typed!r}: {sign} is not read between quantities of a network.")


def _levels(claim: NetworkClaim, found: Finding) -> Finding:
    levels = GENERIC if claim.running is not None else (0,)
    rows = []
    for point in list(points(claim.free, claim.world, 5)) or [{}]:
        for level in levels:
            rows.append((dict(point), level, claim.values(dict(point), level)))
    wrong = [row for row in rows if not _test(claim, row[2])]
    found = _with_numbers(claim, found, (wrong or rows)[0])
    if claim.running is None and all(close(row[2][0], rows[0][2][0]) for row in rows):
        found = replace(found, computed=_rounded(rows[0][2][0]))
    if not wrong:
        return replace(found, answer=Answer.TRUE)
    words = _failure(claim, wrong[0])
    found = replace(found, fails_for=words)
    start = Symbol("q@0", positive=True)
    if start in claim.free and _small_signal(claim, levels, start):
        return replace(found, answer=Answer.CONDITIONAL, holds_when="q[0] -> 0 (small signal)")
    if len(wrong) < len(rows) and len(levels) == 1 and _ordered(claim):
        regime = _regime(rows, wrong)
        return replace(found, answer=Answer.CONDITIONAL, holds_when=regime)
    return replace(found, answer=Answer.FALSE)


def _ordered(claim: NetworkClaim) -> bool:
    return all(sign in COMPARE or sign == "≈" for sign in claim.read.relations)


def _regime(rows: list[Row], wrong: list[Row]) -> str:
    good = [row for row in rows if row not in wrong]
    return "e.g. " + _named(shown(good[0][0]))


def _named(text: str) -> str:
    return re.sub(r"([a-z])@(\w+)", r"\1[\2]", text)


def _small_signal(claim: NetworkClaim, levels: tuple[int, ...], start: Symbol) -> bool:
    """Whether both sides agree ever better for ever smaller q[0], and vanish with it."""
    base = dict(next(points([s for s in claim.free if s != start], claim.world), {}))
    for level in levels:
        gaps = []
        for size in SMALL:
            values = claim.values({**base, start: size}, level)
            gaps.append(abs(values[0] - values[-1]) / max(*map(abs, values), 1e-300))
        ordinary = claim.values({**base, start: S.One}, level)
        far = abs(ordinary[0] - ordinary[-1]) / max(*map(abs, ordinary), 1e-300)
        if claim.read.relations[0] not in ("=", "≈") or not (
            gaps[-1] < 1e-4 and 10 * gaps[-1] <= far
        ):
            return False
    return True


def _failure(claim: NetworkClaim, row: tuple[dict[Expr, Expr], int, list[float]]) -> str:
    point, level, values = row
    where = [_named(shown(point))] if point else []
    if claim.running is not None:
        where.append(f"{claim.running} = {level}")
    numbers = " against ".join(f"{value:.6g}" for value in values)
    return f"{', '.join(where)}: {numbers}" if where else numbers


def _with_numbers(
    claim: NetworkClaim, found: Finding, row: tuple[dict[Expr, Expr], int, list[float]]
) -> Finding:
    left, right = row[2][0], row[2][-1]
    at = _named(shown(row[0]))
    evidence = Evidence("numbers", f"{left:.10g}", f"{right:.10g}", at)
    computed = _rounded(left) if claim.running is None and not row[0] else None
    return replace(
        found, number=left, claimed=right, evidence=(*found.evidence, evidence), computed=computed
    )


def _rounded(value: float) -> Expr:
    from sympy import Float

    return (
        Integer(int(value)) if value == int(value) and abs(value) < 1e15 else Float(repr(value), 15)
    )


def _deep(claim: NetworkClaim, found: Finding) -> Finding:
    """Decide a statement in the limit of great depth, by ever deeper networks."""
    outcomes = []
    slow = any(letter == "c" for letter, _ in claim.quantities.values())
    depths = tuple(level // 8 for level in DEEP) if slow else DEEP
    for point in list(points(claim.free, claim.world, 1 if slow else 3)) or [{}]:
        rows = [claim.values(dict(point), level) for level in depths]
        outcomes.append((_settles(claim, rows), dict(point), rows))
    wrong = [one for one in outcomes if not one[0]]
    _, point, rows = (wrong or outcomes)[0]
    found = _with_numbers(claim, found, (point, DEEP[-1], rows[-1]))
    if not wrong:
        return replace(found, answer=Answer.TRUE)
    words = _failure(claim, (point, DEEP[-1], rows[-1]))
    some = len(wrong) < len(outcomes)
    if some:
        good = next(one for one in outcomes if one[0])
        holds = "e.g. " + _named(shown(good[1]))
        return replace(found, answer=Answer.CONDITIONAL, fails_for=words, holds_when=holds)
    return replace(found, answer=Answer.FALSE, fails_for=words)


def _settles(claim: NetworkClaim, rows: list[list[float]]) -> bool:
    sign, target = claim.read.relations[-1], rows[-1][-1]
    left = [row[0] for row in rows]
    if sign in COMPARE:
        return all(COMPARE[sign](row[0], row[-1]) for row in rows[-2:])
    if math.isinf(target):
        return left[-1] > 1e12 or (left[2] > 3 * left[1] > 9 * left[0])
    if target == 0:
        return abs(left[-1]) < 1e-12 or (abs(left[2]) < 0.4 * abs(left[1]) < 0.16 * abs(left[0]))
    gaps = [abs(value - target) / abs(target) for value in left]
    tolerance = max(claim.read.tolerance or 0.0, rounding(claim.read.sides[:2]))  # type: ignore[arg-type]
    return gaps[-1] <= max(tolerance, 1e-3) and gaps[-1] <= gaps[0] + 1e-12
