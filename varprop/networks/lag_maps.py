"""Sums over pairs of positions by their lag: which pairs of windows meet which pairs of positions."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from varprop.networks.spatial import Window

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


def pair_counts(lags: tuple[int, ...]) -> Array:
    """Return the number of pairs of positions at each lag."""
    import numpy as np

    out = np.ones(())
    for count in lags:
        n = (count + 1) // 2
        out = np.multiply.outer(out, n - np.abs(np.arange(count) - (n - 1)))
    return np.asarray(out)


def over_lags(near: Array, window: Window, into: tuple[int, ...], out: tuple[int, ...], *, same: bool
) -> Array:  # fmt: skip
    """Return Σ E[δ(w)δ(w̃)] over pairs of windows and of their taps that meet positions d apart.

    ``same`` pairs a tap with itself alone, for weights that are independent between taps. The sum
    is over all positions; padding is left out.
    """
    import numpy as np

    found = near
    for axis, (n, count) in enumerate(zip(into, out, strict=True)):
        moved = np.moveaxis(found, axis, 0)
        taps = (
            window.kernel[axis],
            window.stride[axis],
            window.padding[axis],
            window.dilation[axis],
        )
        made = np.tensordot(_lag_map(*taps, n, count, same), moved, axes=(1, 0))
        found = np.moveaxis(made, 0, axis)
    return np.asarray(found)


@lru_cache(maxsize=256)
def _lag_map(k: int, s: int, p: int, step: int, n: int, count: int, same: bool) -> Array:
    """Return how often windows L apart meet positions d apart, (2n − 1, 2·count − 1).

    The window has k taps ``step`` apart, s is its stride and p the padding of the n positions.
    """
    import numpy as np

    made = np.zeros((2 * n - 1, 2 * count - 1))
    lags = np.arange(-(count - 1), count)
    for a in range(k):
        for b in (a,) if same else range(k):
            first, second = a * step - p, b * step - p
            least = np.maximum(
                np.maximum(0, -lags), np.maximum(-(first // s), -(second // s) - lags)
            )
            most = np.minimum(
                np.minimum(count - 1, count - 1 - lags),
                np.minimum((n - 1 - first) // s, (n - 1 - second) // s - lags),
            )
            away, met = lags * s + second - first, np.maximum(most - least + 1, 0)
            held = met > 0
            made[away[held] + n - 1, np.arange(len(lags))[held]] += met[held]
    return made


def normalised(total: Array) -> tuple[float, Array]:
    """Return the sum at lag 0, and each lag's average over its pairs as a share of that at lag 0."""
    import numpy as np

    pairs = pair_counts(total.shape)
    own = float(total[tuple(n // 2 for n in total.shape)])
    if not own:
        return 0.0, np.zeros(total.shape)
    return own, np.asarray(total / pairs * (pairs.max() / own))
