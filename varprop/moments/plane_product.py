"""Many digits of E[A(u) B(v)]: a product needs each function on one line of nodes only.

With x = u/√q_u, y = v/√q_v the density is exp(-(x² - 2cxy + y²)/(2(1 - c²))) / (2π√(1 - c²)); on
two grids of equal steps its coupling exp(κ x y) is a power, so a pair of nodes costs two products.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from itertools import pairwise

import mpmath
import sympy
from mpmath.calculus.quadrature import GaussLegendre
from sympy import Expr

from varprop.moments.expectation import BivariateExpectation
from varprop.moments.plane import marginal_kinks

Nodes = list[tuple[mpmath.mpf, mpmath.mpf]]
"""Pairs of place and weighted function."""

SPREAD = (-1, -0.6, -0.35, -0.15, 0, 0.15, 0.35, 0.6, 1)
"""Ends of panels as parts of the reach of the Gaussian."""

WIDEST = 4
"""Width of a panel in standard deviations of one variable given the other."""

HALVINGS = 6
DEGREES = (3, 4, 5, 6)
"""Gauss-Legendre rules of 12, 24, 48 and 96 nodes."""


class Product:
    """E[A(u) B(v)] at the precision of mpmath's context."""

    def __init__(self, held: BivariateExpectation, digits: int) -> None:
        f, u, v, *law = held.args
        q_u, q_v, self.c = (real(part) for part in law)
        self.rest = mpmath.sqrt(1 - self.c**2)
        self.reach = mpmath.sqrt(2 * (digits + 6) * mpmath.log(10))
        parts = f.as_independent(v, as_Add=False)
        self.sides = [
            _Side(part, symbol, mpmath.sqrt(q))
            for part, symbol, q in zip(parts, (u, v), (q_u, q_v), strict=True)
        ]

    def values(self) -> Iterator[mpmath.mpf]:
        """Yield the expectation by finer and finer rules."""
        scale = 2 * mpmath.pi * self.rest
        if any(side.kinks for side in self.sides):
            for degree in DEGREES:
                rule = GaussLegendre(mpmath.mp).calc_nodes(degree, mpmath.mp.prec)
                yield self._on_panels(rule) / scale
        else:
            for k in range(HALVINGS):
                step = mpmath.sqrt(1 - abs(self.c)) * 2 / 5 / 2**k
                yield self._on_grid(step) * step**2 / scale

    def _damped(self, side: _Side, x: mpmath.mpf, weight: mpmath.mpf | int = 1) -> mpmath.mpf:
        return weight * side.function(x) * mpmath.exp(-((x / self.rest) ** 2) / 2)

    def _on_grid(self, step: mpmath.mpf) -> mpmath.mpf:
        count = int(self.reach / step) + 1
        rows, columns = (
            [self._damped(side, k * step) for k in range(-count, count + 1)] for side in self.sides
        )
        coupling = self.c * step**2 / self.rest**2
        wide = int(self.reach * self.rest / step) + 1
        total = mpmath.mpf(0)
        for i, row in enumerate(rows, -count):
            if not row:
                continue
            middle = int(self.c * i)
            first, last = max(-count, middle - wide), min(count, middle + wide)
            factor = mpmath.exp(coupling * i)
            power, inner = factor**first, mpmath.mpf(0)
            for column in columns[first + count : last + count + 1]:
                inner += power * column
                power *= factor
            total += row * inner
        return total

    def _on_panels(self, rule: Nodes) -> mpmath.mpf:
        rows, columns = (self._nodes(side, rule) for side in self.sides)
        places = [y for y, _ in columns]
        coupling = self.c / self.rest**2
        total, wide = mpmath.mpf(0), self.reach * self.rest
        for x, row in rows:
            first = bisect_left(places, self.c * x - wide)
            last = bisect_right(places, self.c * x + wide)
            slope = coupling * x
            total += row * mpmath.fsum(b * mpmath.exp(slope * y) for y, b in columns[first:last])
        return total

    def _nodes(self, side: _Side, rule: Nodes) -> Nodes:
        """Return the places of one variable in order and the weighted function there."""
        inside = [k for k in side.kinks if abs(k) < self.reach]
        found = []
        for low, high in pairwise(sorted({*(self.reach * part for part in SPREAD), *inside})):
            count = int((high - low) / (WIDEST * self.rest)) + 1
            half = (high - low) / count / 2
            for k in range(count):
                middle = low + (2 * k + 1) * half
                found += [(middle + half * node, half * weight) for node, weight in rule]
        return sorted((x, self._damped(side, x, weight)) for x, weight in found)


class _Side:
    """One factor as a function of its standardised variable, and its kinks there."""

    def __init__(self, part: Expr, symbol: sympy.Symbol, sigma: mpmath.mpf) -> None:
        raw: Callable[[mpmath.mpf], mpmath.mpf] = sympy.lambdify(symbol, part, "mpmath")
        self.function = lambda x: raw(sigma * x)
        self.kinks = [real(kink) / sigma for kink in marginal_kinks(part, symbol)]


def products(held: BivariateExpectation) -> list[BivariateExpectation]:
    """Return expectations that add up to ``held``, each of a product; none where there are none."""
    f, u, v, *_ = held.args
    pairs = [term.as_independent(v, as_Add=False) for term in sympy.Add.make_args(f)]
    if any(right.has_free(u) for _, right in pairs):
        return []
    return [held.func(left * right, *held.args[1:]) for left, right in pairs]


def real(x: Expr) -> mpmath.mpf:
    """Return a constant at the precision of mpmath's context."""
    return mpmath.mpf(sympy.N(x, mpmath.mp.dps))
