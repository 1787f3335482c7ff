"""A proof instead of an estimate: ball arithmetic with python-flint (the extra ``certified``).

Every piece between kinks is integrated by Arb's rigorous adaptive Gauss-Legendre quadrature; what lies
beyond the last standard deviation is bounded with a proved growth rate. The result is an enclosure.
Source: F. Johansson, Numerical integration in arbitrary-precision ball arithmetic, ICMS 2018.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import sympy
from sympy import Expr, Symbol

from varprop.errors import BadInput, Undecided
from varprop.frozen import frozen
from varprop.moments.numbers.balls import ball, integrand_on
from varprop.moments.numbers.growth import Growth, growth
from varprop.moments.numbers.number import SMALLEST
from varprop.moments.numbers.prepared import Prepared, prepared
from varprop.moments.numbers.scalar import expectation
from varprop.moments.numbers.tails import beyond

GUARD_BITS = 40
FARTHEST_TRIED = 10_000.0
LONGEST = 8.0
"""Longest piece in standard deviations: Arb halves on its own, but not needlessly often."""


@frozen
class Enclosure:
    """The expectation lies within ``radius`` of ``middle``: proved."""

    middle: sympy.Float
    radius: sympy.Float

    def __str__(self) -> str:
        return f"{self.middle} ± {sympy.Float(self.radius, 2)}"

    def __contains__(self, value: Any) -> bool:
        return bool(abs(sympy.sympify(value) - self.middle) <= self.radius)


def certified(f: Expr, h: Symbol, q: Expr, n: int = 20, mean: Expr = 0) -> Enclosure:
    """Return an enclosure of E[f(h)], h ~ N(mean, var=q), aiming at n digits.

    Raises BadInput without python-flint, Divergent, and Undecided when no proof is found.
    """
    flint = _flint()
    rough = expectation(f, h, float(q), float(mean))
    integrand = prepared(f, h)
    if any(kink.exact is None for kink in integrand.shape.kinks) or integrand.opaque:
        raise Undecided("the kinks are not known exactly, so nothing can be certified.")
    before = flint.ctx.prec
    flint.ctx.prec = round(3.33 * n) + GUARD_BITS
    try:
        size = max(abs(rough.value or 0.0), SMALLEST)
        reach, left = _reach(integrand, q, mean, size * 10.0 ** (-n - 2))
        total = _pieces(integrand, q, mean, n, size, reach) + flint.arb(0, left)
        middle, radius = _float(total.mid(), n + 5), _float(total.rad(), 5)
        rounding = abs(middle) * sympy.Float(10, 5) ** (-n - 4)
        return Enclosure(middle, radius * sympy.Float("1.001", 5) + rounding)
    finally:
        flint.ctx.prec = before


def _flint() -> Any:
    try:
        import flint
    except ImportError:
        raise BadInput(
            "certified digits need python-flint: pip install varprop[certified]."
        ) from None
    return flint


def _pieces(integrand: Prepared, q: Expr, mean: Expr, n: int, size: float, reach: float) -> Any:
    """Return the rigorous sum over all pieces within ``reach`` standard deviations."""
    import flint

    variance, centre = ball(q), ball(mean)
    sigma = variance.sqrt()
    front = 1 / (2 * flint.arb.pi() * variance).sqrt()
    total = flint.arb(0)
    tolerance = flint.arb(size) * flint.arb(10) ** (-n - 2)
    for low, high, middle in _cuts(integrand, sigma, centre, reach):
        function = integrand_on(integrand, middle)

        def weighted(x: Any, analytic: bool, f: Any = function) -> Any:
            return f(x, analytic) * (-((x - centre) ** 2) / (2 * variance)).exp() * front

        found = flint.acb.integral(
            weighted, low, high, abs_tol=tolerance, rel_tol=flint.arb(10) ** (-n - 2)
        )
        if not found.is_finite():
            raise Undecided("Arb found no finite enclosure of a piece.")
        total += found.real
    return total


def _cuts(
    integrand: Prepared, sigma: Any, centre: Any, reach: float
) -> Iterator[tuple[Any, Any, float]]:
    """Return the pieces as (low, high, a double inside)."""
    points = []
    steps = max(1, math.ceil(reach / LONGEST))
    for k in range(-steps, steps + 1):
        point = centre + sigma * reach * k / steps
        points.append((float(point), point))
    low, high = points[0][0], points[-1][0]
    kinks = [(kink.value, ball(kink.exact)) for kink in integrand.shape.kinks]
    kinks = [pair for pair in kinks if low < pair[0] < high]
    grid = [pair for pair in points if not any(pair[1].overlaps(kink) for _, kink in kinks)]
    ordered = sorted([*grid, *kinks], key=lambda pair: pair[0])
    for (left, start), (right, end) in pairwise(ordered):
        if not start < end or not left < (left + right) / 2 < right:
            raise Undecided("two kinks are too close together to be told apart.")
        yield start, end, (left + right) / 2


def _rates(integrand: Prepared) -> list[Growth]:
    rates = [growth(integrand.graph, integrand.outputs[0], side) for side in (-1, 1)]
    known = [rate for rate in rates if rate is not None]
    if len(known) < len(rates):
        raise Undecided("no rule bounds the growth of the integrand.")
    return known


def _reach(integrand: Prepared, q: Expr, mean: Expr, goal: float) -> tuple[float, float]:
    """Return a number of standard deviations, and the bound on what lies beyond."""
    rates, reach = _rates(integrand), 4.0
    while reach < FARTHEST_TRIED:
        left = sum(beyond(rate, float(q), float(mean), reach) for rate in rates)
        if left <= max(goal, SMALLEST):
            return reach, left
        reach += 1.0
    raise Undecided("the tail could not be bounded.")


def _float(value: Any, n: int) -> sympy.Float:
    mantissa, exponent = (int(part) for part in value.man_exp())
    return sympy.Float(sympy.Integer(mantissa) * sympy.Integer(2) ** exponent, n)
