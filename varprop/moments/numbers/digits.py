"""An expectation to n right digits: Gauss-Legendre panels with mpmath, done twice and compared."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import sympy
from sympy import Expr, Symbol

from varprop.errors import Undecided
from varprop.moments.numbers.combine import MOMENTS
from varprop.moments.numbers.functions_mp import context, number
from varprop.moments.numbers.layout import graded
from varprop.moments.numbers.legendre import legendre
from varprop.moments.numbers.number import SMALLEST, Number
from varprop.moments.numbers.peaks import Logarithmic, intervals
from varprop.moments.numbers.prepared import Prepared, prepared
from varprop.moments.numbers.scalar import expectation

GUARD = 12
"""Digits carried beyond those asked for; each further attempt carries as many again."""

ATTEMPTS = 4
LN10 = 2.302585092994046
MOST_PANELS = 4000


def digits(f: Expr, h: Symbol, q: Expr, n: int, mean: Expr = 0) -> sympy.Float:
    """Return E[f(h)], h ~ N(mean, var=q), with n right significant digits.

    ``q`` and ``mean`` are numbers, exact ones where the digits are to mean something. Raises
    Divergent when the expectation is infinite, Undecided when the digits could not be settled.
    """
    rough = expectation(f, h, float(q), float(mean))
    integrand = prepared(f, h)
    if integrand.opaque:
        raise Undecided("a Python function gives double precision; more digits need an expression.")
    if integrand.parity[0] == "odd" and mean == 0:
        return sympy.Float(0, n)
    goal, before = context(n).mpf(10) ** (-n - 1), None
    for attempt in range(1, ATTEMPTS + 1):
        after, size = _once(integrand, q, mean, n, GUARD * attempt)
        if before is not None and abs(after - before) <= abs(after) * goal:
            _check(rough, after)
            return sympy.Float(sympy.Float._new(after._mpf_, after.context.prec), n)
        before = after
    vanishing = abs(after) <= size * goal
    if vanishing and mean == 0 and _looks_odd(integrand, n):
        return sympy.Float(0, n)
    raise Undecided(
        f"{n} digits could not be settled: the value is below 1e-{n + GUARD} of E|f| = {float(size):.3g}."
    )


def _check(rough: Number, value: Any) -> None:
    """Refuse digits that lie outside the error bound found in double precision."""
    if rough.value is not None and abs(value - rough.value) > rough.bound + SMALLEST:
        raise Undecided(
            f"two ways to integrate disagree: {rough.value} ± {rough.bound} and {value}."
        )


def _looks_odd(integrand: Prepared, n: int) -> bool:
    """Tell whether f(−h) = −f(h) at points of many sizes, to n digits."""
    ctx, f = context(n), integrand.plain(n)
    points = [ctx.mpf(1.37) ** k for k in range(-30, 31)]
    return all(abs(f(x)[0] + f(-x)[0]) <= abs(f(x)[0]) * ctx.mpf(10) ** (2 - n) for x in points)


def _once(integrand: Prepared, q: Expr, mean: Expr, n: int, guard: int) -> tuple[Any, Any]:
    """Return the integral and ∫|f| at n + guard digits."""
    work = n + guard
    variance, centre = number(q, work), number(mean, work)
    depth = LN10 * (n + guard)
    kind = MOMENTS["mean"].kind
    function = Logarithmic(integrand, kind, variance, centre, work, depth)
    rule = legendre(round(0.7 * work) + 8, work)
    pending = [(a, b, *_panel(function, a, b, rule)) for a, b in _graded(function)]
    size = sum(panel[3] for panel in pending)
    total, count, goal = function.ctx.zero, 0, size * function.ctx.mpf(10) ** (-n - guard // 2)
    while pending and count < MOST_PANELS:
        low, high, whole, _ = pending.pop()
        middle = (low + high) / 2
        halves = [(a, b, *_panel(function, a, b, rule)) for a, b in ((low, middle), (middle, high))]
        count += 1
        if abs(halves[0][2] + halves[1][2] - whole) <= goal:
            total += halves[0][2] + halves[1][2]
        else:
            pending += halves
    if pending:
        raise Undecided(f"{n} digits need more than {MOST_PANELS} panels.")
    return total, size


def _graded(function: Logarithmic) -> list[tuple[Any, Any]]:
    """Cut the panels that hold mass at the integrand's own lengths, too."""
    spans = intervals(function)
    cuts = set()
    for centre, length in function.integrand.shape.lengths:
        for point in graded(centre, length, float(function.sigma)):
            cuts.add((function.ctx.mpf(point) - function.mean) / function.sigma)
    panels = []
    for low, high in spans:
        points = sorted({low, high, *(cut for cut in cuts if low < cut < high)})
        panels += list(pairwise(points))
    return [(function.ctx.mpf(a), function.ctx.mpf(b)) for a, b in panels if a < b]


def _panel(function: Logarithmic, low: Any, high: Any, rule: tuple[Any, ...]) -> tuple[Any, Any]:
    middle, half = (low + high) / 2, (high - low) / 2
    total = size = function.ctx.zero
    for node, weight in zip(*rule, strict=True):
        value = weight * function(middle + half * node)
        total += value
        size += abs(value)
    return half * total, half * size
