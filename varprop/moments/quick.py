"""A small quadrature without imports of its own: the safety net's first choice.

The full engine of ``numbers`` takes longer to load than a ReLU's moments take to derive. Here the
integrand itself is compiled (not its pieces, which the exact routes use) and summed by two
tanh-sinh rules between its kinks, whose difference bounds the error; whatever isn't settled to
eight digits that way is left to the full engine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import pairwise

from sympy import (
    Expr,
    Function,
    Piecewise,
    Pow,
    S,
    Symbol,
    atan,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    sin,
    sinh,
    tanh,
)
from sympy.core.relational import Equality, Relational, Unequality

from varprop.moments.pieces import SWITCHES, kinks
from varprop.moments.source import compiled
from varprop.moments.unrecognised import Unrecognised

KNOWN = (exp, erf, erfc, sin, cos, tanh, cosh, sinh, atan)

REACHES = ((9.0, 1e-17), (15.0, 1e-48))
"""Standard deviations on either side, and what the density beyond is below; the second is for
functions that grow."""

USEFUL = 1e-8
FAINT = 1e-12
"""Below this share of f's own size the mass may lie in the tails, or cancel: too fine for here."""

PANEL = 3.0
"""Width of a panel in standard deviations."""

STEPS = (1 / 8, 1 / 11)
"""The rule whose answer is taken is the finer one; the other shows what it may be off by."""
LAST = 3.2
ROUNDING = 1e-14


def quick(f: Expr, h: Symbol, q: float, mean: float) -> tuple[float, float] | None:
    """Return E[f(h)] for h ~ N(mean, var=q) with an error bound; None where f is not so simple."""
    if not _is_plain(f):
        return None
    found = _compiled(f, h)
    if found is None:
        return None
    try:
        near = _integral(*found, q, mean, *REACHES[0])
        return near or _integral(*found, q, mean, *REACHES[1])
    except (OverflowError, ValueError, ZeroDivisionError):
        return None


def _integral(
    raw: Callable[[float], float],
    cuts: tuple[float, ...],
    q: float,
    mean: float,
    reach: float,
    tail: float,
) -> tuple[float, float] | None:
    """Return the integral and its bound; None where a finer method is needed."""
    sigma = math.sqrt(q)
    low, high = mean - reach * sigma, mean + reach * sigma
    grid = {mean + k * PANEL * sigma for k in range(int(-reach / PANEL) + 1, int(reach / PANEL))}
    ends = [low, *sorted(c for c in {*cuts, *grid} if low < c < high), high]

    def weighted(x: float) -> float:
        return raw(x) * math.exp(-((x - mean) ** 2) / (2 * q))

    total = bound = size = 0.0
    for a, b in pairwise(ends):
        if all(raw(x) == 0 for x in (a + (b - a) * k / 7 for k in range(1, 7))):
            bound += ROUNDING * abs(weighted((a + b) / 2))
            continue
        fine, part = _rule(weighted, a, b, STEPS[1])
        total += fine
        size += part
        bound += abs(fine - _rule(weighted, a, b, STEPS[0])[0]) + ROUNDING * part
    scale = 1 / (sigma * math.sqrt(2 * math.pi))
    if size * scale <= FAINT * (abs(raw(mean + sigma)) + abs(raw(mean - sigma))):
        return None
    bound = bound * scale + tail * (abs(raw(low)) + abs(raw(high)))
    return (total * scale, bound) if bound <= USEFUL * size * scale else None


@lru_cache(maxsize=256)
def _compiled(f: Expr, h: Symbol) -> tuple[Callable[[float], float], tuple[float, ...]] | None:
    """Return f as a function of floats and its kinks; None where they aren't numbers."""
    if f.free_symbols - {h}:
        return None
    try:
        return compiled(f, h), tuple(float(kink) for kink in kinks(f, h))
    except Unrecognised:
        return None


def _is_plain(f: Expr) -> bool:
    """Whether f is made of functions that ``math`` has and of conditions that hold on intervals."""
    functions = f.atoms(Function)
    if any(not isinstance(node, (*SWITCHES, *KNOWN, Piecewise)) for node in functions):
        return False
    if f.atoms(Equality, Unequality):
        return False
    return all(p.exp.is_Integer or p.base is S.Exp1 or not p.free_symbols for p in f.atoms(Pow))


def is_simple(f: Expr) -> bool:
    """Whether f is a polynomial in h, Max, Min, Abs, sign and Heaviside terms."""
    functions = f.atoms(Function)
    if any(not isinstance(node, SWITCHES) for node in functions) or f.atoms(Relational):
        return False
    return all(p.exp.is_Integer and p.exp.is_positive for p in f.atoms(Pow))


def _rule(
    function: Callable[[float], float], low: float, high: float, step: float
) -> tuple[float, float]:
    """Return the tanh-sinh sum of a function that is smooth inside the interval, and of its size."""
    middle, half = (low + high) / 2, (high - low) / 2
    first = function(middle) * math.pi / 2
    total, size = first, abs(first)
    for shift, weight in _nodes(step):
        left, right = function(middle - half * shift), function(middle + half * shift)
        total += weight * (left + right)
        size += weight * (abs(left) + abs(right))
    return total * step * half, size * step * half


@cache
def _nodes(step: float) -> tuple[tuple[float, float], ...]:
    """Return the rule's nodes between 0 and 1 and their weights."""
    found = []
    for k in range(1, int(LAST / step) + 1):
        u = math.pi / 2 * math.sinh(k * step)
        found.append((math.tanh(u), math.pi / 2 * math.cosh(k * step) / math.cosh(u) ** 2))
    return tuple(found)
