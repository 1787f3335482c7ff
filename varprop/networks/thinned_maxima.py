"""The largest of a window whose units are dropped one by one: of j kept values, j binomial.

Where φ is never below what dropped units hold (relu over 0), the largest kept value is the window's, and
only a window without any kept one holds what is dropped.
"""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

from varprop.networks.densities import Density, on_grid, values
from varprop.networks.largest_laws import largest_of
from varprop.networks.signal import Part
from varprop.networks.unit_points import grid

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

FLOOR = 1e-8


def is_floor(part: Part) -> bool:
    """Whether dropped units hold one value, and kept ones nothing below it."""
    held = {float(value) for _, value in part.lost}
    if not held:
        return True
    highest = max(held)
    return highest - min(held) <= FLOOR and bool(
        values(part.phi, grid(part)).min() >= highest - FLOOR
    )


def largest_kept(
    count: int, own: float, shared: float, dropped: float
) -> tuple[float, float, Density]:
    """Return mean, variance and law of the largest kept of ``count``, where one is kept."""

    import numpy as np

    if not dropped:
        return largest_of(count, own, shared)
    laws = [largest_of(j, own, shared) for j in range(1, count + 1)]
    chances = [
        comb(count, j) * (1 - dropped) ** j * dropped ** (count - j) for j in range(1, count + 1)
    ]
    total = sum(chances)
    shares = [chance / total for chance in chances]
    mean = sum(w * m for w, (m, _, _) in zip(shares, laws, strict=True))
    second = sum(w * (v + m * m) for w, (m, v, _) in zip(shares, laws, strict=True))
    ends = [m + v**0.5 * law.points[[0, -1]] for m, v, law in laws]

    def cdf(edges: Array) -> Array:
        each = [w * _below(m, v, law, edges) for w, (m, v, law) in zip(shares, laws, strict=True)]
        return np.asarray(np.sum(each, axis=0))

    lowest, highest = min(float(e[0]) for e in ends), max(float(e[1]) for e in ends)
    return mean, second - mean * mean, on_grid(lowest, highest, cdf)


def _below(mean: float, variance: float, law: Density, edges: Array) -> Array:
    import numpy as np

    sums = np.cumsum(law.masses) - law.masses / 2
    return np.asarray(np.interp((edges - mean) / variance**0.5, law.points, sums, 0.0, 1.0))
