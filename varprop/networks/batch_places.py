"""What a norm over the batch leaves of the differences between positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from varprop.networks.arithmetic import Value
from varprop.networks.phases import Phases, shared_with_all
from varprop.networks.signal import Part
from varprop.networks.spatial_kinds import variances

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


PHASED = (
    "{norm} behind a transposed convolution of a stride above 1: the variance over a channel's phases is "
    "random, and counts as its mean. With {few}, E[x x̃] up to 36 % too large and the gradient up to 35 % too "
    "small where two inputs have a correlation of 0.74 before, 14 % and 10 % at 0.32 and stride 2 by 2; more "
    "where they are nearer to each other"
)


def part_places(part: Part) -> tuple[Array, Array | None] | None:
    """Return Var g and the covariance of two inputs at every position, None where they are alike."""
    if part.space is None or not part.space.varies or part.covariance is None:
        return None
    return variances(part), part.space.profile(0.0, part.covariance)


def own_spread(part: Part) -> Value:
    """Return the variance over the data that a norm over the batch takes off a Gaussian part."""
    apart = None if part.space is None else part.space.phases
    kept = beyond_mean(part_places(part), apart)
    common: Value = part.covariance
    if apart is not None:
        common = common * apart.average()
    return part.variance - (common if kept is None else kept[0])


def beyond_flat(
    found: tuple[Array, Array | None] | None, mean: Array | None, apart: Phases | None
) -> tuple[float, Array] | None:
    """Return the same for a signal whose mean differs between positions: two share the product of theirs."""
    if found is None or found[1] is None or mean is None:
        return beyond_mean(found, apart)
    kept = beyond_mean((found[0], found[1] - mean * mean), apart)
    if kept is None:
        return None
    flat = float(mean.mean())
    return kept[0] + flat * flat, kept[1] + (mean - flat) ** 2


def beyond_mean(
    found: tuple[Array, Array | None] | None, apart: Phases | None = None
) -> tuple[float, Array] | None:
    """Return what all positions of all examples share, and what those of one position share beyond it.

    Only the mean over positions is taken off, while a unit next to a border has another: two positions
    share the smaller of their covariances C, their average with all others r(p), so that
    C(p) − 2r(p) + mean(r) is left.
    """
    import numpy as np

    if found is None or found[1] is None or np.ndim(found[1]) == 0:
        return None
    if apart is not None:
        shared = shared_with_all(found[1], apart)
        mean = float(shared.mean())
        return mean, np.maximum(found[1] - 2 * shared + mean, 0.0)
    flat = found[1].ravel()
    order = np.argsort(flat)
    rising = flat[order]
    shared = np.empty_like(flat)
    shared[order] = (np.cumsum(rising) + rising * np.arange(len(flat))[::-1]) / len(flat)
    mean = float(shared.mean())
    left = np.maximum(flat - 2 * shared + mean, 0.0)
    return mean, left.reshape(found[1].shape)
