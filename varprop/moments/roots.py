"""Where an expression changes its sign on an interval, and which sign it has in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cmp_to_key

import sympy
from sympy import Expr, Max, Min, Poly, S, Symbol

from varprop.frozen import frozen
from varprop.moments.unrecognised import Unrecognised


@frozen
class Cut:
    """On (low, high) the expression is ``factor * rest``; rest is positive, factor free of h."""

    low: Expr
    high: Expr
    factor: Expr
    rest: Expr


INVERSES: dict[type, tuple[Callable[[Expr], Expr], Expr, Expr]] = {
    sympy.exp: (sympy.log, S.Zero, S.Infinity),
    sympy.tanh: (sympy.atanh, S.NegativeOne, S.One),
    sympy.sinh: (sympy.asinh, S.NegativeInfinity, S.Infinity),
    sympy.atan: (sympy.tan, -S.Pi / 2, S.Pi / 2),
    sympy.erf: (sympy.erfinv, S.NegativeOne, S.One),
}
"""Increasing functions of the whole line: inverse, infimum, supremum."""


def cuts(x: Expr, h: Symbol, low: Expr, high: Expr) -> Iterator[Cut]:
    """Yield the intervals of (low, high) on which ``x`` keeps its sign, from left to right.

    Raises Unrecognised when the roots of ``x`` cannot be found or ordered.
    """
    if x.is_positive:
        yield Cut(low, high, S.One, x)
    elif x.is_negative:
        yield Cut(low, high, S.NegativeOne, -x)
    else:
        poly = x.as_poly(h)
        if poly is None:
            yield from _monotone_cuts(x, h, low, high)
        elif poly.degree() == 1:
            yield from _linear_cuts(poly, h, low, high)
        else:
            yield from _polynomial_cuts(x, poly, low, high)


def _linear_cuts(poly: Poly, h: Symbol, low: Expr, high: Expr) -> Iterator[Cut]:
    slope, offset = poly.all_coeffs()
    root = -offset / slope
    middle = clamp(low, root, high)
    if middle != low:
        yield Cut(low, middle, -slope, root - h)
    if middle != high:
        yield Cut(middle, high, slope, h - root)


def clamp(low: Expr, x: Expr, high: Expr) -> Expr:
    """Return ``x`` brought into [low, high], given that low <= high."""
    if at_most(x, low):
        return low
    if at_most(high, x):
        return high
    if not at_most(low, x):
        x = Max(low, x)
    if not at_most(x, high):
        x = Min(x, high)
    return x


def at_most(a: Expr, b: Expr) -> bool:
    """Tell whether a <= b is certain."""
    if a is S.NegativeInfinity or b is S.Infinity or a == b:
        return True
    if a is S.Infinity or b is S.NegativeInfinity:
        return False
    return bool((b - a).is_nonnegative)


def _polynomial_cuts(x: Expr, poly: Poly, low: Expr, high: Expr) -> Iterator[Cut]:
    roots = _real_roots(poly)
    leading = poly.LC()
    factor = leading * (-1) ** sum(multiplicity for _, multiplicity in roots)
    left = low
    for root, multiplicity in roots:
        middle = clamp(left, root, high)
        if middle != left:
            yield Cut(left, middle, factor, x / factor)
        factor = factor * (-1) ** multiplicity
        left = middle
    if left != high:
        yield Cut(left, high, factor, x / factor)


def _real_roots(poly: Poly) -> list[tuple[Expr, int]]:
    """Return the real roots in increasing order with their multiplicities."""
    found = sympy.roots(poly)
    if sum(found.values()) != poly.degree() or any(root.is_real is None for root in found):
        if poly.free_symbols_in_domain:
            raise Unrecognised("roots of", poly)
        every = poly.real_roots()
        return [(root, every.count(root)) for root in dict.fromkeys(every)]
    real = [(root, count) for root, count in found.items() if root.is_real]
    unordered = [(a, b) for a, _ in real for b, _ in real if not (at_most(a, b) or at_most(b, a))]
    if unordered:
        return _two_roots(real)
    return sorted(real, key=cmp_to_key(_order))


def _order(a: tuple[Expr, int], b: tuple[Expr, int]) -> int:
    return -1 if at_most(a[0], b[0]) else 1


def _two_roots(real: list[tuple[Expr, int]]) -> list[tuple[Expr, int]]:
    (first, m), (second, n), *others = real
    if others or m != n:
        raise Unrecognised("roots that cannot be ordered")
    return [(Min(first, second), m), (Max(first, second), n)]


def _monotone_cuts(x: Expr, h: Symbol, low: Expr, high: Expr) -> Iterator[Cut]:
    """Cut ``a*g(y) + b`` for an increasing g of the table, where y crosses g⁻¹(-b/a)."""
    offset, rest = sympy.expand_mul(x).as_independent(h, as_Add=True)
    slope, function = rest.as_independent(h, as_Add=False)
    entry = INVERSES.get(type(function))
    if entry is None or len(function.args) != 1:
        raise Unrecognised("roots of", x)
    inverse, infimum, supremum = entry
    level = -offset / slope
    if at_most(level, infimum):
        yield Cut(low, high, slope, x / slope)
    elif at_most(supremum, level):
        yield Cut(low, high, -slope, -x / slope)
    elif not (at_most(infimum, level) and at_most(level, supremum)):
        raise Unrecognised("roots of", x)
    else:
        for cut in cuts(function.args[0] - inverse(level), h, low, high):
            factor = slope * cut.factor
            yield Cut(cut.low, cut.high, factor, x / factor)
