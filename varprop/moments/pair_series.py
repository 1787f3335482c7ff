"""E[φ(u)φ(v)] as a power series in the correlation, for many correlations at one variance.

With φ(√q z) = Σ a_k He_k(z)/√k! Mehler's formula gives E[φ(u)φ(v)] = Σ a_k² c^k. By Parseval what is
left after K terms is below |c|^(K+1)·(E[φ²] − Σ a_k²), a bound that needs no smoothness of φ.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sympy import Expr, Symbol

from varprop.frozen import frozen
from varprop.moments.plane import gaussian_rule, kinks_alone
from varprop.moments.source import array_function

if TYPE_CHECKING:
    import numpy as np

TERMS = 96
COARSE, FINE = 20, 28
"""Points per panel: He_95 turns some ten times in the widest panel that carries mass."""

ROUNDING = 1e-15


@frozen
class PairSeries:
    """a_k² for k = 0 … 95, how far each may be off, and E[φ²] beyond them."""

    squares: np.ndarray
    errors: np.ndarray
    rest: float

    @property
    def whole(self) -> float:
        """E[φ²], the scale of every error."""
        return float(self.squares.sum()) + self.rest

    def at(self, c: float) -> tuple[float, float]:
        """Return (Σ a_k² c^k, error bound) for −1 < c < 1."""
        import numpy as np

        powers = c ** np.arange(TERMS)
        value = float(self.squares @ powers)
        bound = float(self.errors @ np.abs(powers)) + self.rest * abs(c) ** TERMS
        return value, bound + ROUNDING * float(self.squares @ np.abs(powers))


def pair_series(phi: Expr, h: Symbol, variance: float) -> PairSeries | None:
    """Return the series of φ at this variance; None where φ leaves double range."""
    import numpy as np

    function, sigma = array_function(phi, h), math.sqrt(variance)
    cuts = [k / sigma for k in kinks_alone(phi, h)]
    found = []
    for order in (COARSE, FINE):
        z, weights = gaussian_rule(cuts, order)
        with np.errstate(all="ignore"):
            values = np.broadcast_to(np.asarray(function(sigma * z), dtype=float), z.shape)
            found.append((_orthonormal(z) @ (weights * values), weights @ (values * values)))
    (rough, _), (fine, whole) = found
    if not (np.isfinite(fine).all() and math.isfinite(whole)):
        return None
    gap = np.abs(fine - rough)
    squares = fine * fine
    errors = gap * (2 * np.abs(fine) + gap)
    rest = max(float(whole - squares.sum()), 0.0) + float(errors.sum()) + ROUNDING * float(whole)
    return PairSeries(squares, errors, rest)


def _orthonormal(z: np.ndarray) -> np.ndarray:
    """Return He_k(z)/√k!, a row per k."""
    import numpy as np

    rows = [np.ones_like(z), z]
    for k in range(1, TERMS - 1):
        rows.append((z * rows[k] - math.sqrt(k) * rows[k - 1]) / math.sqrt(k + 1))
    return np.stack(rows)
