"""Hermite's coefficients of a smooth φ(√q z) at many variances at once, and the c-map they make.

With φ(√q z) = Σ a_k He_k(z)/√k! Mehler's formula gives, for two inputs of variance q and correlation c,

    ½ E[(φ(u) − φ(v))²] = Σ_k a_k² (1 − c^k),

a sum of positive terms for c ≥ 0: nothing cancels as c → 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from sympy import Expr, Symbol

from varprop.moments.numbers.prepared import prepared

if TYPE_CHECKING:
    import numpy as np

TERMS, NODES = 128, 256
LAST = 16
FADED = 5e-13
SAME = 1e-10
"""Parseval: Σ a_k² must be E[φ²] as computed by panels, up to this relative difference."""


def squared_coefficients(
    phi: Expr, h: Symbol, q: Sequence[float], second_moments: Sequence[float]
) -> np.ndarray:
    """Return a_k² for k = 0 … 127, one row per variance; nan where the series has not converged.

    A row counts as converged where the last terms, weighted by k as they act near c = 1, have faded
    and the sum agrees with E[φ²].
    """
    import numpy as np

    points, table = _table()
    variances = np.asarray(q, dtype=float)
    at = np.sqrt(variances)[:, None] * points
    with np.errstate(all="ignore"):
        raw = np.asarray(prepared(phi, h).vector(at)[0], dtype=float)
        squares = (np.broadcast_to(raw, at.shape) @ table) ** 2
        total = squares.sum(axis=1)
        steep = squares * np.arange(TERMS)
        faded = steep[:, -LAST:].sum(axis=1) <= FADED * squares[:, 1:].sum(axis=1)
        whole = np.abs(total - np.asarray(second_moments)) <= SAME * total
    squares[~(faded & whole)] = np.nan
    return squares


@lru_cache(maxsize=1)
def _table() -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss-Hermite nodes and weight·He_k/√k!, columns k."""
    import numpy as np

    points, weights = np.polynomial.hermite_e.hermegauss(NODES)
    columns = [np.ones(NODES), points]
    for k in range(1, TERMS - 1):
        following = (points * columns[k] - math.sqrt(k) * columns[k - 1]) / math.sqrt(k + 1)
        columns.append(following)
    return points, np.stack(columns, axis=1) * (weights / math.sqrt(2 * math.pi))[:, None]


def mean_product(squares: np.ndarray, c: float) -> float:
    """Return E[φ(u)φ(v)] = Σ a_k² c^k."""
    return float(squares @ c ** _orders())


def half_squared_difference(squares: np.ndarray, distance: float) -> float:
    """Return ½ E[(φ(u) − φ(v))²] = Σ a_k² (1 − c^k) at 1 − c = ``distance`` < 1."""
    import numpy as np

    return float(squares @ -np.expm1(_orders() * math.log1p(-distance)))


@lru_cache(maxsize=1)
def _orders() -> np.ndarray:
    import numpy as np

    return np.arange(TERMS)


def coactivation(squares: np.ndarray, c: float, distance: float) -> float:
    """Return κ = E[φ'(u)φ'(v)]/E[φ'²] = Σ k a_k² c^(k−1)/Σ k a_k² at c = 1 − ``distance``.

    nan for a constant.
    """
    import numpy as np

    steep = _orders()[1:] * squares[1:]
    whole = float(np.sum(steep))
    if not whole > 0:
        return math.nan
    if c <= 0.5:
        return float(np.sum(steep * float(c) ** _orders()[:-1])) / whole
    return 1 + float(np.sum(steep * np.expm1(_orders()[:-1] * math.log1p(-distance)))) / whole
