"""Points at which a unit's gates are followed through time, and Gaussian processes over them.

In a wide layer the pre-activations of one unit are Gaussian processes over the steps, independent for
every gate (Yang 2019, "Wide feedforward or recurrent neural networks of any architecture are Gaussian
processes"). Expectations over such a unit are averages over a fixed set of points, a Latin hypercube:
each coordinate takes the quantiles of N(0, 1) in the order of the multiples k²√p modulo 1 of the root of
a prime of its own (Weyl), and coordinates are made uncorrelated. Nothing is drawn.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

MOST, FEWEST = 16384, 2048
BUDGET = 2**19
"""Points times steps: short sequences have more points each, up to ``MOST``."""

TINY = 1e-12
ROOM = 4


def count(steps: int) -> int:
    """Return how many points are used for that many steps."""
    return max(min(MOST, BUDGET // steps), FEWEST)


@lru_cache(maxsize=2)
def points(fields: int, odd: tuple[int, ...], steps: int, copies: int) -> Array:
    """Return standard normal values, (copies, fields, steps, points).

    Each point comes once more with all fields but the ``odd`` ones turned round; a unit's state is odd
    in those, so that their own sign needs no second point.
    """
    import numpy as np

    half = count(steps) // 2
    made = _hypercube(copies * fields * steps, half).reshape(steps, copies, fields, half)
    even = [k for k in range(fields) if k not in odd]
    for group in (even, list(odd)):
        made[:, :, group] = _uncorrelated(made[:, :, group])
    normal = made.transpose(1, 2, 0, 3)
    turned = normal.copy()
    turned[:, even] *= -1
    return np.concatenate([normal, turned], axis=-1)


def _hypercube(size: int, half: int) -> Array:
    """Return the quantiles of N(0, 1), scaled to variance 1, in an order of its own for each row."""
    import numpy as np
    from scipy.special import ndtri
    from sympy import primerange

    quantiles = ndtri((np.arange(half) + 0.5) / half)
    quantiles /= np.sqrt((quantiles**2).mean())
    limit = int(size * (np.log(size + 3) + np.log(np.log(size + 3)))) + 20
    squares = np.arange(1, half + 1, dtype=float) ** 2
    out = np.empty((size, half))
    for row, prime in zip(out, primerange(2, limit), strict=False):
        row[np.argsort(prime**0.5 % 1 * squares % 1)] = quantiles
    return out


def _uncorrelated(normal: Array) -> Array:
    """Return the rows with second moments of exactly 1 and 0: all, those of each field, or as they are.

    It needs far more points than rows. Each row is changed by those of earlier steps alone, so that
    fewer steps have the same paths.
    """
    steps, half = len(normal), normal.shape[-1]
    if ROOM * normal.size <= half * half:
        return _orthogonal(normal.reshape(-1, half)).reshape(normal.shape)
    if ROOM * steps > half:
        return normal
    out = normal.copy()
    for copy in range(normal.shape[1]):
        for field in range(normal.shape[2]):
            out[:, copy, field] = _orthogonal(normal[:, copy, field])
    return out


def _orthogonal(rows: Array) -> Array:
    import numpy as np
    from scipy.linalg import solve_triangular

    root = np.linalg.cholesky(rows @ rows.T / rows.shape[1])
    return np.asarray(solve_triangular(root, rows, lower=True))


class Field:
    """A centred Gaussian process over the steps, one value per point, made row by row."""

    def __init__(self, normal: Array) -> None:
        import numpy as np

        self.normal = normal
        self.roots = np.zeros((len(normal), len(normal)))

    def at(self, t: int, row: Array) -> Array:
        """Return the values of step t from its covariances with the steps up to t."""
        from scipy.linalg import solve_triangular

        roots = self.roots
        if t:
            roots[t, :t] = solve_triangular(roots[:t, :t], row[:t], lower=True, check_finite=False)
        left = row[t] - float(roots[t, :t] @ roots[t, :t])
        roots[t, t] = max(left, TINY * row[t], TINY**2) ** 0.5
        out: Array = roots[t, : t + 1] @ self.normal[: t + 1]
        return out
