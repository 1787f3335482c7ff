"""A relation in the limit of one symbol: by algebra where that goes, else by numbers ever nearer."""

from __future__ import annotations

import math
from dataclasses import replace

import sympy
from sympy import Expr, Rational, Symbol

from varprop.checking.numbers import points
from varprop.checking.regimes import NEAR_ONE
from varprop.checking.relations import COMPARE, Held, holds
from varprop.checking.sides import Sides


def in_limit(
    sides: Sides, symbol: Symbol, target: Expr, relation: str, tolerance: float | None
) -> Held:
    """Decide a relation in the limit of one symbol."""
    fixed = not sides.right.has(symbol)
    left = _limit(sides.left if fixed else sides.left / sides.right, symbol, target)
    right = sides.right if fixed else sympy.S.One
    if left is None:
        return _far_out(sides, symbol, target, relation, tolerance)
    limited = replace(sides, left=left, right=right)
    if sympy.oo in (left, right):
        same = left == right
        return Held(same if relation in ("=", "->", "≈") else False, "limit", {}, None)
    return holds(limited, "=" if relation == "->" else relation, tolerance)


def _limit(expression: Expr, symbol: Symbol, target: Expr) -> Expr | None:
    from varprop.moments import Expectation

    if expression.has(Expectation) or not expression.has(symbol):
        return None if expression.has(symbol) else expression
    try:
        side = "-" if target == sympy.oo else "+"
        found = sympy.limit(expression, symbol, target, side)
    except (NotImplementedError, ValueError, TypeError):
        return None
    return None if found.has(sympy.Limit, sympy.nan) else found


def _far_out(
    sides: Sides, symbol: Symbol, target: Expr, relation: str, tolerance: float | None
) -> Held:
    """Judge a limit by numbers ever nearer to it."""
    base = next(points(sides.parameters - {symbol}, sides.world), {})
    rows = []
    for exponent in (2, 4, 6, 7):
        size = Rational(1, 10**exponent) if target == 0 else Rational(10**exponent)
        rows.append(sides.at({**base, symbol: size if target in (0, sympy.oo) else target + size}))
    if not all(math.isfinite(a) and math.isfinite(b) for a, b in rows):
        return Held(False, known=False)
    gaps = [abs(a - b) / max(abs(a), abs(b), 1e-280) for a, b in rows]
    if relation in COMPARE:
        return Held(COMPARE[relation](*rows[-1]), "limit", base, rows[-1])
    size = NEAR_ONE if tolerance is None else tolerance
    return Held(
        gaps[-1] < size and gaps[-1] <= gaps[0], "limit", {**base, symbol: target}, rows[-1]
    )
