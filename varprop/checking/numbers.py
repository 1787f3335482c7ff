"""Numbers for evaluated sides: parameters get values, held expectations are integrated."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping

import sympy
from sympy import Expr, Symbol

from varprop.checking.integrals import integrated
from varprop.checking.world import World
from varprop.errors import VarpropError
from varprop.moments import Expectation
from varprop.moments.numeric import quadrature

Point = Mapping[Symbol, Expr]

COUNTS = ("n", "m", "d", "k", "L", "H", "D", "M", "fan_in", "fan_out", "width", "depth")
_POSITIVE = ("1", "37/100", "13/5", "1/1000", "40")
_REAL = ("7/10", "-13/10", "21/10", "1/20", "-5")
_COUNT = ("7", "3", "12", "100", "2")
_CHANCE = ("1/2", "1/5", "9/10", "1/100", "2/3")
MOST_POINTS = 12
ROUNDING = 1e-9


def is_count(symbol: Symbol, world: World) -> bool:
    """Whether a symbol counts terms or units."""
    name = symbol.name
    return name in world.counts or name in COUNTS or name.startswith(("n_", "fan_", "d_"))


def typical(symbol: Symbol, world: World) -> tuple[Expr, ...]:
    """Return values at which a symbol is tried, the most ordinary first."""
    if is_count(symbol, world):
        return tuple(map(sympy.Rational, _COUNT))
    if symbol.name in ("p", "r", "c", "rho", "keep") and not symbol.name.startswith("P("):
        return tuple(map(sympy.Rational, _CHANCE))
    values = _POSITIVE if symbol.is_positive or symbol.is_nonnegative else _REAL
    return tuple(map(sympy.Rational, values))


def points(symbols: Iterable[Symbol], world: World, most: int = MOST_POINTS) -> Iterator[Point]:
    """Yield points that keep every condition: all symbols shifted against each other."""
    ordered = sorted(symbols, key=str)
    if not ordered:
        yield {}
        return
    tables = [typical(symbol, world) for symbol in ordered]
    found = 0
    for shift in itertools.count():
        if shift >= len(tables[0]) ** 2 or found >= most:
            return
        base, turn = divmod(shift, len(tables[0]))
        point = {
            s: table[(turn + base * place + place) % len(table)]
            for place, (s, table) in enumerate(zip(ordered, tables, strict=True))
        }
        if allowed(point, world):
            found += 1
            yield point


def allowed(point: Point, world: World) -> bool:
    """Whether a point keeps the conditions that are given."""
    return all(condition.subs(point) != sympy.false for condition in world.conditions)


def number(expression: Expr, point: Point, opened: Mapping[Symbol, Expr], world: World) -> float:
    """Return the expression as a float; NaN where it has no number."""
    value = expression
    for symbol in sorted(expression.free_symbols, key=str):
        if symbol in opened and symbol not in point:
            inner = integrated(opened[symbol], point, world)
            if inner is None:
                return math.nan
            value = value.xreplace({symbol: sympy.Float(inner, 17)})
    try:
        return float(sympy.N(_quadrature(value.subs(point)), 17))
    except (TypeError, ValueError, OverflowError, ZeroDivisionError, VarpropError):
        return math.nan


def _quadrature(value: Expr) -> Expr:
    """Put in numbers for held expectations, by quadrature in double precision."""
    held = [node for node in value.atoms(Expectation) if not node.free_symbols]
    found = {}
    for node in held:
        number = quadrature(node)
        if number is not None:
            found[node] = sympy.Float(number[0], 17)
    return value.xreplace(found)


def close(left: float, right: float, tolerance: float = ROUNDING) -> bool:
    """Whether two numbers agree relative to the larger one."""
    return abs(left - right) <= tolerance * max(abs(left), abs(right), 1e-280)


def shown(point: Point) -> str:
    """Return the point as people write it: q = 1, n = 7."""
    return ", ".join(f"{symbol} = {value}" for symbol, value in sorted(point.items(), key=str))
