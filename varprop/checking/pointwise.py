"""Equations between plain functions of real numbers: the signs and sizes for which they hold."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import sympy
from sympy import Expr, Rational, Symbol, expand

from varprop.checking.numbers import close
from varprop.checking.sides import Sides, evaluate
from varprop.checking.statement import DEFAULT_TOLERANCE

if TYPE_CHECKING:
    from varprop.checking.deciding import Question

MOST_SIGNS = 3
SMALL = (Rational(1, 100), Rational(1, 10**4), Rational(1, 10**6))


def regime_of_sign(question: Question, sides: Sides) -> str | None:
    """Return the signs of real symbols, or the limit of small ones, in which an equation holds."""
    free = sorted((s for s in sides.parameters if s.is_positive is None), key=str)
    if question.relation not in ("=", "≈") or not 1 <= len(free) <= MOST_SIGNS:
        return None
    if question.relation == "=":
        found = _signs(sides, free)
        if found is not None:
            return found
    return _small(question, sides, free)


def _signs(sides: Sides, free: list[Symbol]) -> str | None:
    for count in range(1, len(free) + 1):
        for chosen in product((1, -1), repeat=count):
            for start in range(len(free) - count + 1):
                some = free[start : start + count]
                if _equal_with(sides, some, chosen):
                    return " and ".join(
                        f"{s} {'>' if sign > 0 else '<'} 0"
                        for s, sign in zip(some, chosen, strict=True)
                    )
    return None


def _equal_with(sides: Sides, some: list[Symbol], chosen: tuple[int, ...]) -> bool:
    names: dict[Expr, Expr] = {
        s: sign * sympy.Dummy(s.name, positive=True) for s, sign in zip(some, chosen, strict=True)
    }
    raw = (sides.raw[0].xreplace(names), sides.raw[1].xreplace(names))
    made = evaluate(sides.world, raw)
    gap = made.left - made.right
    return bool(gap == 0 or expand(gap) == 0 or made.equal() is not None)


def _small(question: Question, sides: Sides, free: list[Symbol]) -> str | None:
    """Return ``x -> 0`` where both sides vanish there and their ratio goes to 1."""
    if len(free) != 1 or len(sides.parameters) != 1:
        return None
    symbol, rows = free[0], []
    for size in SMALL:
        for value in (size, -size):
            rows.append(sides.at({symbol: value}))
    if any(a != a or b != b for a, b in rows):
        return None
    near = all(close(a, b, 1e-3) for a, b in rows[2:])
    vanishing = abs(rows[-1][1]) < 1e-3 * (abs(sides.at({symbol: Rational(1)})[1]) + 1e-12)
    if not (near and vanishing):
        return None
    if question.relation == "=":
        return f"{symbol} -> 0 (small signal)"
    return f"|{symbol}| <= {_edge(sides, symbol, question.tolerance or DEFAULT_TOLERANCE):.4g}"


def _edge(sides: Sides, symbol: Symbol, tolerance: float) -> float:
    """Return by bisection up to where two sides agree on both sides of 0."""
    inside, outside = -6.0, 3.0
    for _ in range(30):
        middle = (inside + outside) / 2
        size = sympy.Float(10**middle)
        pairs = [sides.at({symbol: value}) for value in (size, -size)]
        if all(a == a and close(a, b, tolerance) for a, b in pairs):
            inside = middle
        else:
            outside = middle
    return float(10**inside)
