"""What a norm over the batch leaves of the differences between positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from varprop.networks.arithmetic import Value
from varprop.networks.signal import Part
from varprop.networks.spatial_moments import variances

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


def part_places(part: Part) -> tuple[Array, Array | None] | None:
    """Return Var g and the covariance of two inputs at every position, None where they are alike."""
    if part.space is None or not part.space.varies or part.covariance is None:
        return None
    return variances(part), part.space.profile(0.0, part.covariance)


def own_spread(part: Part) -> Value:
    """Return the variance over the data that a norm over the batch takes off a Gaussian part."""
    kept = beyond_mean(part_places(part))
    return part.variance - (part.covariance if kept is None else kept[0])


def beyond_flat(
    found: tuple[Array, Array | None] | None, mean: Array | None
) -> tuple[float, Array] | None:
    """Return the same for a signal whose mean differs between positions: two share the product of theirs."""
    if found is None or found[1] is None or mean is None:
        return beyond_mean(found)
    kept = beyond_mean((found[0], found[1] - mean * mean))
    if kept is None:
        return None
    flat = float(mean.mean())
    return kept[0] + flat * flat, kept[1] + (mean - flat) ** 2


def beyond_mean(found: tuple[Array, Array | None] | None) -> tuple[float, Array] | None:
    """Return what all positions of all examples share, and what those of one position share beyond it.

    Only the mean over positions is taken off, while a unit next to a border has another: two positions
    share the smaller of their covariances C, their average with all others r(p), so that
    C(p) − 2r(p) + mean(r) is left.
    """
    import numpy as np

    if found is None or found[1] is None or np.ndim(found[1]) == 0:
        return None
    flat = found[1].ravel()
    order = np.argsort(flat)
    rising = flat[order]
    shared = np.empty_like(flat)
    shared[order] = (np.cumsum(rising) + rising * np.arange(len(flat))[::-1]) / len(flat)
    mean = float(shared.mean())
    left = np.maximum(flat - 2 * shared + mean, 0.0)
    return mean, left.reshape(found[1].shape)
