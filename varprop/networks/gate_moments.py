"""Moments of a gate: the product of two functions of independent Gaussians."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sympy import Expr

from varprop.networks.arithmetic import Arithmetic, Value, slope_pair
from varprop.networks.densities import POINTS, standard_normal, values
from varprop.networks.product_laws import atoms_of, given_halves, product_part
from varprop.networks.signal import Part
from varprop.networks.spatial import Space
from varprop.networks.units import Found
from varprop.propagation.feed import moments_of

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


@dataclass(frozen=True)
class PairMoments:
    """value(h)·gate(g) for h and g of the same law, independent of each other."""

    value: Expr
    gate: Expr
    arithmetic: Arithmetic

    def found(self, part: Part) -> Found:
        """Return the products of both factors' moments."""
        a, b, to = self.value, self.gate, self.arithmetic

        def moment(name: str) -> Value:
            return to.moment(a, name, part.variance) * to.moment(b, name, part.variance)

        pairs = self.both(part, part.covariance), self.both(part, part.between)
        return Found(moment("second_moment"), moment("mean"), *pairs)

    def both(self, part: Part, covariance: Value | None) -> Value | None:
        """Return E[x x̃] for pre-activations of this covariance."""
        if covariance is None:
            return None
        a, b, to = self.value, self.gate, self.arithmetic
        return to.pair(a, part.variance, covariance) * to.pair(b, part.variance, covariance)

    def factor(self, part: Part) -> Value:
        """Return the factor of E[δ²]: each half meets the other's values."""
        (a2, b2), (da, db) = (
            [self.arithmetic.moment(f, name, part.variance) for f in (self.value, self.gate)]
            for name in ("second_moment", "derivative_second_moment")
        )
        return (da * b2 + a2 * db) / 2

    def crossed(self, part: Part, covariance: Value) -> Value:
        """Return the factor of E[δδ̃] for pre-activations of this covariance."""
        a, b, v, to = self.value, self.gate, part.variance, self.arithmetic
        first = slope_pair(to, a, v, covariance) * to.pair(b, v, covariance)
        return (first + to.pair(a, v, covariance) * slope_pair(to, b, v, covariance)) / 2

    def given(self, part: Part, product: Part, given: Array) -> float:
        """Return how much more gradient arrives where the gradient depends on the product's value."""
        at = float(part.variance) ** 0.5 * standard_normal().points[:: POINTS // 2]
        masses = standard_normal().masses[:: POINTS // 2]
        (a, da), (b, db) = (
            (values(f, at), values(moments_of(f).derivative, at) ** 2)
            for f in (self.value, self.gate)
        )
        return given_halves(given, product, (a, b), (da, db), masses)

    def parts(self, part: Part, found: Found, space: Space | None) -> tuple[Part, ...] | None:
        """Return the law of the product at the average position."""
        if not part.variance:
            return None
        square = found.mean * found.mean
        factors = [atoms_of((replace(part, phi=f),)) for f in (self.value, self.gate)]
        covariance = None if found.cross is None else found.cross - square
        between = None if found.between is None else found.between - square
        made = product_part(factors, found.mean, covariance, between)
        return (replace(made, variance=found.second - square, space=space),)
