"""A gate's law over the steps of a recurrent layer, and its products at two steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr

from varprop.networks.arithmetic import Arithmetic
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

NAMES = ("mean", "second_moment", "fourth_moment", "derivative_mean", "derivative_second_moment")


class Gate:
    """φ(a_t + shift) at every step, with a_t centred of variance ``variance[t]``.

    The moments are arrays over the steps; ``linear`` is √v·E[φ'], the part of φ that is linear in a,
    and ``rest`` the root of what is left of its variance.
    """

    def __init__(
        self, phi: Expr, steps: int, arithmetic: Arithmetic, shift: Expr | int = 0
    ) -> None:
        import numpy as np

        self.phi = phi if shift == 0 else phi.xreplace({h: h + shift})
        self.arithmetic = arithmetic
        middle = self.phi.subs(h, 0)
        self.power = 3 if _same(self.phi - middle, middle - self.phi.subs(h, -h)) else 2
        self.variance, self.mean, self.second, self.fourth = np.zeros((4, steps))
        self.slope, self.steepness, self.linear, self.rest = np.zeros((4, steps))

    def settle(self, t: int, variance: float, spread: float = 0.0) -> None:
        """Take the moments of step t; the variance is itself random with that relative spread.

        Two values of the variance, one spread above and below, have the right fourth moment of a.
        """
        at = [variance] if spread == 0 else [variance * (1 - spread), variance * (1 + spread)]
        found = [[self.arithmetic.moment(self.phi, name, v) for name in NAMES] for v in at]
        mean, second, fourth, slope, steepness = (
            sum(float(values[k]) for values in found) / len(found) for k in range(len(NAMES))
        )
        self.variance[t], self.mean[t], self.second[t], self.fourth[t] = (
            variance,
            mean,
            second,
            fourth,
        )
        self.slope[t], self.steepness[t] = slope, steepness
        self.linear[t] = slope * variance**0.5
        self.rest[t] = max(second - mean**2 - self.linear[t] ** 2, 0.0) ** 0.5

    def products(self, t: int, covariance: Array) -> Array:
        """Return E[φ_t φ_s] for s < t from the covariances of a."""
        return self.pairs(t, covariance)[:t]

    def pairs(self, t: int, covariance: Array) -> Array:
        """Return E[φ_t φ̃_s] for s ≤ t and two inputs; the curved part goes by its leading power."""
        import numpy as np

        size = np.sqrt(self.variance[t] * self.variance[: t + 1])
        rho = np.divide(covariance[: t + 1], size, out=np.zeros(t + 1), where=size > 0)
        out: Array = (
            self.mean[t] * self.mean[: t + 1]
            + self.linear[t] * self.linear[: t + 1] * rho
            + self.rest[t] * self.rest[: t + 1] * rho**self.power
        )
        return out

    @property
    def turned(self) -> Array:
        """E[(1 − φ)²]."""
        out: Array = 1 - 2 * self.mean + self.second
        return out

    @property
    def both(self) -> Array:
        """E[φ(1 − φ)]."""
        out: Array = self.mean - self.second
        return out


def _same(a: Expr, b: Expr) -> bool:
    return all(abs(float((a - b).subs(h, x))) < 1e-9 for x in (0.3, 1.7))
