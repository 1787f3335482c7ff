"""Many digits of a two-variable expectation: the panels of ``plane``, in mpmath."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import mpmath
import sympy
from mpmath.calculus.quadrature import GaussLegendre
from sympy import Expr

from varprop.errors import Undecided
from varprop.moments.expectation import BivariateExpectation, GaussianExpectation
from varprop.moments.plane import kink_lines, marginal_kinks
from varprop.moments.plane_product import SPREAD, Product, products, real

Rule = list[tuple[mpmath.mpf, mpmath.mpf]]


def plane_digits(held: BivariateExpectation, digits: int) -> Expr:
    """Return ``digits`` digits on which two rules agree; raises Undecided where none do."""
    f, u, v, q_u, q_v, c = held.args
    if c**2 == 1:
        on_line = f.xreplace({v: c * sympy.sqrt(q_v / q_u) * u})
        return GaussianExpectation(on_line, u, q_u).evalf(digits)
    with mpmath.workdps(digits + 10):
        before = None
        for value in _values(held, digits):
            if before is not None and abs(value - before) <= _allowed(value, digits):
                return sympy.Float(value, digits)
            before = value
        raise Undecided(f"quadratures of {held} do not agree to {digits} digits.")


def _values(held: BivariateExpectation, digits: int) -> Iterator[mpmath.mpf]:
    parts = products(held)
    if not parts:
        return _Plane(held, digits).values()
    return map(mpmath.fsum, zip(*(Product(part, digits).values() for part in parts), strict=False))


def _allowed(value: mpmath.mpf, digits: int) -> mpmath.mpf:
    """Return by how much two rules may differ: the last digit of the value, or of 1e-3."""
    return mpmath.mpf(10) ** (-digits) * max(abs(value), mpmath.mpf(10) ** -3)


def _panel_rules() -> Iterator[Rule]:
    """Gauss-Legendre rules of 12, 24, 48 and 96 nodes a panel."""
    for degree in (3, 4, 5, 6):
        yield GaussLegendre(mpmath.mp).calc_nodes(degree, mpmath.mp.prec)


def _steps() -> Iterator[mpmath.mpf]:
    """Steps of the trapezoidal rule, which converges geometrically for analytic integrands."""
    for k in range(5):
        yield mpmath.mpf(2) / 5 / 2**k


class _Plane:
    """The integrand over u and the part w of v that is independent of u."""

    def __init__(self, held: BivariateExpectation, digits: int) -> None:
        f, u, v, *law = held.args
        q_u, q_v, c = (real(part) for part in law)
        self.function: Callable[..., mpmath.mpf] = sympy.lambdify((u, v), f, "mpmath")
        self.scale, self.rest = mpmath.sqrt(q_u), mpmath.sqrt(q_v * (1 - c**2))
        self.slope = c * mpmath.sqrt(q_v / q_u)
        self.kinks = [real(k) for k in marginal_kinks(f, u)]
        self.lines = [(real(a), real(b)) for a, b in kink_lines(f, u, v)]
        self.grids: dict[mpmath.mpf, Rule] = {}
        self.reach = mpmath.sqrt(2 * (digits + 6) * mpmath.log(10))

    def values(self) -> Iterator[mpmath.mpf]:
        """Yield the expectation by finer and finer rules."""
        for rule in _panel_rules() if self.kinks or self.lines else _steps():
            yield self.integral(rule)

    def _grid(self, step: mpmath.mpf) -> Rule:
        """Return the places of the trapezoidal rule and their weights."""
        if step not in self.grids:
            count = int(self.reach / step) + 1
            places = [step * k for k in range(-count, count + 1)]
            self.grids[step] = [(x, step * mpmath.npdf(x)) for x in places]
        return self.grids[step]

    def integral(self, rule: Rule | mpmath.mpf) -> mpmath.mpf:
        """Return the expectation by one rule."""
        kinks = [k / self.scale for k in self.kinks]
        return self._panels(lambda x: self._inner(self.scale * x, rule), kinks, rule)

    def _inner(self, u: mpmath.mpf, rule: Rule | mpmath.mpf) -> mpmath.mpf:
        center = self.slope * u
        kinks = [(a + b * u - center) / self.rest for a, b in self.lines]
        return self._panels(lambda y: self.function(u, center + self.rest * y), kinks, rule)

    def _panels(
        self,
        g: Callable[[mpmath.mpf], mpmath.mpf],
        kinks: list[mpmath.mpf],
        rule: Rule | mpmath.mpf,
    ) -> mpmath.mpf:
        """Return ∫ g(x) exp(-x²/2)/√(2π) dx by steps, or on panels cut at the kinks."""
        if isinstance(rule, mpmath.mpf):
            return mpmath.fsum(weight * g(x) for x, weight in self._grid(rule))
        inside = [k for k in kinks if abs(k) < self.reach]
        ends = sorted({*(self.reach * part for part in SPREAD), *inside})
        total = mpmath.mpf(0)
        for low, high in pairwise(ends):
            half, middle = (high - low) / 2, (high + low) / 2
            total += half * mpmath.fsum(
                weight * g(middle + half * node) * mpmath.npdf(middle + half * node)
                for node, weight in rule
            )
        return total
