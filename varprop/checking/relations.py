"""One relation in one world where nothing is open: does it hold at every value of its parameters?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import sympy
from sympy import Rational, Symbol

from varprop.checking.numbers import ROUNDING, Point, close, is_count, points, shown
from varprop.checking.regimes import limit_regime, one_sided
from varprop.checking.sides import Sides
from varprop.checking.statement import DEFAULT_TOLERANCE


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
    wrong = next(((p, a, b) for p, a, b in tried if not close(a, b, sides.accuracy)), None)
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
        regime = one_sided(sides, test)
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


def _ratio_moves(sides: Sides, shared: set[Symbol]) -> bool:
    """Whether L/R changes in numbers when only what R depends on is changed."""
    free = sides.parameters | sides.unknown
    first, second = (list(points(free, sides.world, 2)) * 2)[:2]
    moved = {s: second[s] if s in shared else first[s] for s in free}
    pairs = [sides.at(first), sides.at(moved)]
    if any(a != a or b != b or b == 0 for a, b in pairs):
        return False
    return not close(pairs[0][0] / pairs[0][1], pairs[1][0] / pairs[1][1], 1e-6)


def _proportional(sides: Sides) -> Held:
    """L ∝ R: L/R does not depend on what R depends on."""
    if sides.right == 0:
        return Held(False, sides=_first(sides))
    shared = sides.right.free_symbols
    if _ratio_moves(sides, shared):
        point, left, right = sides.tried(1)[0]
        return Held(False, "", point, (left, right))
    ratio = sympy.simplify(sides.left / sides.right)
    if not ratio.free_symbols & shared and ratio != 0:
        return Held(True, "symbolic")
    ratios = [a / b for _, a, b in sides.tried() if b]
    if not ratios:
        return Held(False, known=False)
    point, left, right = sides.tried()[0]
    return Held(False, "", point, (left, right))


def at_words(held: Held) -> str | None:
    """Return the failing point and both sides as people read them."""
    if held.sides is None:
        return None
    left, right = held.sides
    where = shown(held.fails_at or {})
    numbers = f"{left:.6g} against {right:.6g}"
    return f"{where}: {numbers}" if where else numbers
