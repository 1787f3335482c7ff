"""A gate's law over the steps of a recurrent layer, and its products at two steps."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sympy import Expr

from varprop.networks.arithmetic import Arithmetic
from varprop.networks.densities import values
from varprop.propagation.feed import moments_of

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

ORDER = 48
"""Hermite polynomials that are followed; what is left of E[φ²] counts as one of the next order."""

CELLS, REACH = 1200, 9.0


class Gate:
    """φ(a_t) at every step, with a_t centred of variance ``variance[t]``, by its Hermite series.

    E[φ(u)φ(v)] = Σ_k a_k b_k ρ^k holds for two variances as for one. ``second`` is E[φ²].
    """

    def __init__(self, phi: Expr, steps: int, arithmetic: Arithmetic) -> None:
        import numpy as np

        self.phi, self.arithmetic = phi, arithmetic
        self.variance, self.second, self.rest = np.zeros((3, steps))
        self.terms = np.zeros((ORDER, steps))

    def settle(self, t: int, variance: float) -> None:
        """Take the moments of step t."""
        points, weighted = _hermite()
        self.variance[t] = variance
        self.second[t] = float(self.arithmetic.moment(self.phi, "second_moment", variance))
        self.terms[:, t] = weighted @ values(self.phi, variance**0.5 * points)
        left = self.second[t] - float(self.terms[:, t] @ self.terms[:, t])
        self.rest[t] = max(left, 0.0) ** 0.5

    def pairs(self, t: int, covariance: Array) -> Array:
        """Return E[φ_t φ̃_s] for s ≤ t from the covariances of a_t and a_s."""
        import numpy as np

        size = np.sqrt(self.variance[t] * self.variance[: t + 1])
        rho = np.divide(covariance[: t + 1], size, out=np.zeros(t + 1), where=size > 0)
        rho = np.clip(rho, -1.0, 1.0)
        out = self.rest[t] * self.rest[: t + 1]
        for k in reversed(range(ORDER)):
            out = out * rho + self.terms[k, t] * self.terms[k, : t + 1]
        return np.asarray(out)

    @property
    def mean(self) -> Array:
        """E[φ]."""
        out: Array = self.terms[0]
        return out

    def derivative(self) -> Gate:
        """Return φ' at the same steps."""
        found = Gate(moments_of(self.phi).derivative, len(self.variance), self.arithmetic)
        for t, variance in enumerate(self.variance):
            found.settle(t, float(variance))
        return found


@cache
def _hermite() -> tuple[Array, Array]:
    """Return points and, for every order, the normalised polynomial times the normal mass there."""
    import numpy as np

    width = 2 * REACH / CELLS
    points = (np.arange(CELLS) + 0.5) * width - REACH
    rows = [np.ones(CELLS), points]
    for k in range(1, ORDER - 1):
        rows.append((points * rows[k] - k**0.5 * rows[k - 1]) / (k + 1) ** 0.5)
    masses = np.exp(-points * points / 2) * width / (2 * np.pi) ** 0.5
    return points, np.array(rows) * masses
