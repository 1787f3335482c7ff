"""Where a relation that does not hold everywhere holds: small, large, in the limit of a scale."""

from __future__ import annotations

import math
from collections.abc import Callable

import sympy
from sympy import Rational, Symbol

from varprop.checking.numbers import ROUNDING, is_count, points
from varprop.checking.sides import Sides

FAR = (Rational(1, 10**3), Rational(1, 10**5), Rational(1, 10**7))

NEAR_ONE = 2e-3


def one_sided(sides: Sides, test: Callable[[float, float], bool]) -> str | None:
    """Return the regime small s or large s in which a relation holds all the way to the limit."""
    for symbol in sorted(sides.parameters, key=str):
        for small in (True, False):
            if _side_holds(sides, symbol, small, test):
                edge = _edge(sides, symbol, small, test)
                sign = "<=" if small else ">="
                return f"{symbol} {sign} {edge:.4g} (found numerically)"
    return None


def _side_holds(
    sides: Sides, symbol: Symbol, small: bool, test: Callable[[float, float], bool]
) -> bool:
    if not symbol.is_positive:
        return False
    others = sides.parameters - {symbol}
    for point in list(points(others, sides.world, 4)) or [{}]:
        for value in FAR:
            at = value if small else 1 / value
            if is_count(symbol, sides.world) and small:
                return False
            left, right = sides.at({**point, symbol: at})
            if not (math.isfinite(left) and math.isfinite(right)) or not test(left, right):
                return False
    return True


def _edge(sides: Sides, symbol: Symbol, small: bool, test: Callable[[float, float], bool]) -> float:
    """Return by bisection where a relation stops to hold, the other parameters ordinary."""
    base = next(points(sides.parameters - {symbol}, sides.world), {})
    inside, outside = (-7.0, 7.0) if small else (7.0, -7.0)
    for _ in range(40):
        middle = (inside + outside) / 2
        left, right = sides.at({**base, symbol: sympy.Float(10**middle)})
        if math.isfinite(left) and math.isfinite(right) and test(left, right):
            inside = middle
        else:
            outside = middle
    return float(10**inside)


def limit_regime(sides: Sides, distance: Callable[[float, float], float]) -> str | None:
    """Return the limit of a scale in which two sides become equal, None where there is none.

    A limit counts where both sides vanish together (a small signal), where one is a constant that
    the other one reaches, or where a small number called epsilon is sent to 0.
    """
    for symbol in sorted(sides.parameters, key=str):
        name = symbol.name
        if is_count(symbol, sides.world) or not symbol.is_positive:
            continue
        epsilon = name.startswith("eps")
        if name not in sides.world.scales and not epsilon:
            continue
        if _approaches(sides, symbol, True, distance) and (epsilon or _vanishes(sides, symbol)):
            return f"{name} -> 0" + ("" if epsilon else " (small signal)")
        constant = not sides.left.has(symbol) or not sides.right.has(symbol)
        if constant and _approaches(sides, symbol, False, distance):
            return f"{name} -> oo (large signal)"
    return None


def _approaches(
    sides: Sides, symbol: Symbol, small: bool, distance: Callable[[float, float], float]
) -> bool:
    for base in list(points(sides.parameters - {symbol}, sides.world, 3)) or [{}]:
        gaps = []
        for value in FAR:
            left, right = sides.at({**base, symbol: value if small else 1 / value})
            if not (math.isfinite(left) and math.isfinite(right)):
                return False
            gaps.append(distance(left, right))
        ordinary = distance(*sides.at({**base, symbol: Rational(1)}))
        if not (gaps[-1] < NEAR_ONE and gaps[1] < 0.5 and 10 * gaps[-1] <= max(ordinary, ROUNDING)):
            return False
    return True


def _vanishes(sides: Sides, symbol: Symbol) -> bool:
    base = next(points(sides.parameters - {symbol}, sides.world), {})
    ordinary = sides.at({**base, symbol: Rational(1)})[1]
    small = sides.at({**base, symbol: FAR[-1]})[1]
    return ordinary != 0 and abs(small) < 1e-2 * abs(ordinary)
