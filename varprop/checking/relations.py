"""One relation in one world where nothing is open: does it hold at every value of its parameters?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import sympy
from sympy import Expr, Rational, Symbol

from varprop.checking.numbers import ROUNDING, Point, close, is_count, points, shown
from varprop.checking.sides import Sides
from varprop.checking.statement import DEFAULT_TOLERANCE

FAR = (Rational(1, 10**3), Rational(1, 10**5), Rational(1, 10**7))
NEAR_ONE = 2e-3


@dataclass(frozen=True)
class Held:
    """Whether a relation holds: everywhere (how), or not (where it fails), or in a regime (which)."""

    holds: bool
    how: str = ""
    fails_at: Point | None = None
    sides: tuple[float, float] | None = None
    regime: str | None = None
    known: bool = True


def holds(sides: Sides, relation: str, tolerance: float | None, rounded: float = 0.0) -> Held:
    """Decide a relation in a world where all moments are known."""
    if relation == "=":
        return _equal(sides, rounded)
    if relation == "≈":
        size = DEFAULT_TOLERANCE if tolerance is None else tolerance
        zero = 0 in (sides.left, sides.right)
        return _everywhere(
            sides, lambda a, b: abs(a - b) <= size if zero else close(a, b, size), "within"
        )
    if relation == "!=":
        same = sides.equal()
        if same is not None:
            return Held(False, sides=_first(sides))
        return Held(True, "numbers")
    if relation == "∝":
        return _proportional(sides)
    return _inequality(sides, relation)


def _first(sides: Sides) -> tuple[float, float] | None:
    tried = sides.tried(1)
    return (tried[0][1], tried[0][2]) if tried else None


def _equal(sides: Sides, rounded: float) -> Held:
    how = sides.equal()
    if how is not None:
        return Held(True, how)
    tried = sides.tried()
    if not tried:
        return Held(False, known=False)
    if rounded and all(close(a, b, rounded) for _, a, b in tried):
        return Held(True, "rounded")
    wrong = next(((p, a, b) for p, a, b in tried if not close(a, b)), None)
    if wrong is None:
        return Held(True, "numbers")
    regime = limit_regime(sides, lambda a, b: abs(a / b - 1) if b else math.inf)
    return Held(False, "", wrong[0], wrong[1:], regime)


COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": lambda a, b: a <= b + ROUNDING * max(abs(a), abs(b)),
    ">=": lambda a, b: a >= b - ROUNDING * max(abs(a), abs(b)),
    "<": lambda a, b: a < b and not close(a, b),
    ">": lambda a, b: a > b and not close(a, b),
}


def _inequality(sides: Sides, relation: str) -> Held:
    gap = sympy.simplify(sides.right - sides.left)
    gap = gap if relation.startswith("<") else -gap
    proven = gap.is_nonnegative if relation.endswith("=") else gap.is_positive
    if proven:
        return Held(True, "symbolic")
    return _everywhere(sides, COMPARE[relation], "numbers")


def _everywhere(sides: Sides, test: Callable[[float, float], bool], how: str) -> Held:
    tried = sides.tried(12) + _extremes(sides)
    if not tried:
        return Held(False, known=False)
    wrong = [(p, a, b) for p, a, b in tried if not test(a, b)]
    if not wrong:
        return Held(True, how)
    regime = None
    if len(wrong) < len(tried):
        regime = _one_sided(sides, test)
    point, left, right = wrong[0]
    return Held(False, "", point, (left, right), regime)


def _extremes(sides: Sides) -> list[tuple[Point, float, float]]:
    """Each parameter very small and very large, the others ordinary."""
    free = sides.parameters
    base = next(points(free, sides.world), {})
    found: list[tuple[Point, float, float]] = []
    for symbol in free:
        if symbol.is_positive and symbol.name not in ("p", "rho", "c"):
            for value in (Rational(1, 10**6), Rational(10**6)):
                if is_count(symbol, sides.world) and value < 1:
                    continue
                point = {**base, symbol: value}
                left, right = sides.at(point)
                if math.isfinite(left) and math.isfinite(right):
                    found.append((point, left, right))
    return found


def _one_sided(sides: Sides, test: Callable[[float, float], bool]) -> str | None:
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


def _proportional(sides: Sides) -> Held:
    """L ∝ R: L/R does not depend on what R depends on."""
    if sides.right == 0:
        return Held(False, sides=_first(sides))
    ratio = sympy.simplify(sides.left / sides.right)
    shared = sides.right.free_symbols
    if not ratio.free_symbols & shared and ratio != 0:
        return Held(True, "symbolic")
    ratios = [a / b for _, a, b in sides.tried() if b]
    if not ratios:
        return Held(False, known=False)
    point, left, right = sides.tried()[0]
    return Held(False, "", point, (left, right))


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
        found = sympy.limit(expression, symbol, target, "+" if target == 0 else "-")
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


def at_words(held: Held) -> str | None:
    """Return the failing point and both sides as people read them."""
    if held.sides is None:
        return None
    left, right = held.sides
    where = shown(held.fails_at or {})
    numbers = f"{left:.6g} against {right:.6g}"
    return f"{where}: {numbers}" if where else numbers
