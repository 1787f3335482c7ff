"""Gradients of the terms of a sum, given a term's own value: the other terms are noise to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from varprop.networks.alike import Alike, shortened
from varprop.networks.densities import CELLS, POINTS, normal_cdf, runs, values
from varprop.networks.signal import Gradient, Part, Signal
from varprop.networks.unit_points import cells, grid, law_of
from varprop.networks.values import entered, followed

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

NODES = 7
"""Values of what the noise of two inputs has in common."""


def through_noise(gradient: Gradient, total: Signal, left: Signal, noise: Signal) -> Gradient:
    """Return the gradient of a sum as the left term's, given the left term's own value."""
    if total.parts is None or left.parts is None or noise.parts is None or left.is_gaussian:
        return replace(gradient, by=None)
    given = followed(gradient, total.parts)
    if given is None or any(part.lost for part in left.parts):
        return replace(gradient, by=None)
    import numpy as np

    found, pairs = [], []
    for i, part in enumerate(left.parts):
        own = cells(values(part.phi, grid(part)))
        mean: Any = 0.0
        rows: list[Array | None] = []
        sign = 1.0
        for j, other in enumerate(noise.parts):
            place = i * len(noise.parts) + j
            middle = cells(grid(total.parts[place]))
            chances = _chances(own, middle, float(other.variance))
            mean = mean + float(other.share) * (chances @ cells(given.at[place]))
            if given.pairs is not None:
                sign = given.pairs[place].sign
                rows += _rows(own, middle, other, given.pairs[place])
        found.append(np.repeat(mean, POINTS))
        pairs.append(_alike(part, rows, sign))
    known = [pair for pair in pairs if pair is not None]
    return entered(gradient, left.parts, found, known if len(known) == len(pairs) else None)


def _alike(part: Part, rows: list[Array | None], sign: float) -> Alike | None:
    import numpy as np

    known = [row for row in rows if row is not None]
    if not known or len(known) < len(rows):
        return None
    return Alike(1.0, 1.0, shortened(np.stack(known), law_of(part)), sign)


def _chances(a: Array, middle: Array, variance: float) -> Array:
    """Return the probability that a + n lies in each cell, for each a."""
    import numpy as np

    edges = np.concatenate([[-np.inf], (middle[1:] + middle[:-1]) / 2, [np.inf]])
    width = max(max(variance, 0.0) ** 0.5, 1e-6 * float(np.ptp(middle)))
    first = runs(a)
    found = np.diff(normal_cdf((edges - a[first, None]) / width), axis=1)
    return np.repeat(found, np.diff([*first, len(a)]), axis=0)


def _rows(a: Array, middle: Array, noise: Part, alike: Alike) -> list[Array | None]:
    """Return at_k(a + √C·u + n) averaged over n alone, for values of u that both inputs share.

    ``middle`` are the sum's values in the middle of its cells.
    """
    import numpy as np

    common = noise.covariance
    if alike.at is None or common is None or common < -1e-9 * noise.variance:
        return [None]
    root, count = max(float(common), 0.0) ** 0.5, CELLS * POINTS
    left = max(float(noise.variance) - root * root, 0.0)
    some = middle[:: max(1, min(8, int(left**0.5 / (2 * (middle[1] - middle[0])))))]
    alone = _chances(some, middle, left)
    nodes, weights = (
        np.polynomial.hermite_e.hermegauss(NODES) if root else (np.zeros(1), np.ones(1))
    )
    found: list[Array | None] = []
    for row in alike.at:
        smooth = alone @ cells(np.broadcast_to(row[:count], (count,)))
        for u, weight in zip(nodes, weights / weights.sum(), strict=True):
            moved = np.interp(a + root * u, some, smooth)
            found.append((float(noise.share) * weight) ** 0.5 * np.repeat(moved, POINTS))
    return found
