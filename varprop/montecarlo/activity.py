"""Activations of sampled networks, unit by unit: moments and histogram of every layer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from varprop.catalogue.arrays import Array, Dtype, multiply
from varprop.errors import BadInput
from varprop.montecarlo.memory import check_simulation
from varprop.montecarlo.network import Block, DenseNetwork, Seed
from varprop.montecarlo.simulate import block_size

MOST_VALUES = 2**21
"""Activations of one layer that are kept for its histogram."""

OUTSIDE = 0.001
"""The share of values at either end that a histogram's range leaves out."""


@dataclass(frozen=True, eq=False)
class Activity:
    """One layer's activations over units, inputs and networks.

    ``second_moment`` is E[x²] with the standard error over networks; ``zeros`` the share that is
    exactly 0, ``lost`` the share that is not finite. ``counts`` are the other values between
    ``edges``; ``outside`` is their share beyond these.
    """

    mean: float
    second_moment: float
    standard_error: float
    zeros: float
    lost: float
    edges: Array
    counts: Array
    outside: float

    @property
    def std(self) -> float:
        """The standard deviation over units, inputs and networks together."""
        return math.sqrt(max(0.0, self.second_moment - self.mean**2))


def activity(
    network: DenseNetwork,
    networks: int,
    *,
    seed: Seed = 0,
    bins: int = 40,
    dtype: Dtype = "float32",
) -> tuple[Activity, ...]:
    """Sample networks and return the activity of level 0, the input, and of every layer.

    Raises BadInput for less than 2 networks or bins, and for what doesn't fit in memory.
    """
    if networks < 2 or bins < 2:
        raise BadInput(f"{networks} networks and {bins} bins make no picture: 2 of each or more.")
    size = block_size(network)
    check_simulation(network, size, dtype, kept=False, backward=False)
    blocks = -(-networks // size)
    levels: list[list[Array]] = [[] for _ in network.widths]
    for index in range(blocks):
        block = Block(network, seed, index, size, dtype)
        for level, values in enumerate(_levels(block)):
            levels[level].append(values)
    return tuple(_summary(np.concatenate(parts)[:networks], bins) for parts in levels)


def _levels(block: Block) -> list[Array]:
    """Run one block forward and return its activations, at most a fixed number of each layer."""
    network = block.network
    with np.errstate(all="ignore"):
        x = block.feed()
        found = [x]
        for layer in range(1, network.depth + 1):
            h = multiply(block.weights(layer), x)
            h *= network.scale(layer)
            biases = block.biases(layer)
            if biases is not None:
                h += biases
            x = np.broadcast_to(np.asarray(network.activation(h), dtype=h.dtype), h.shape)
            found.append(x)
    return [values[..., : max(1, MOST_VALUES // values.shape[1])] for values in found]


def _summary(values: Array, bins: int) -> Activity:
    """Return the moments and the histogram of an array (networks, units, inputs)."""
    wide = values.astype(np.float64)
    finite = wide[np.isfinite(wide)]
    with np.errstate(all="ignore"):
        each = (wide**2).mean(axis=(1, 2))
        mean, second = float(wide.mean()), float(each.mean())
        error = float(each.std(ddof=1)) / math.sqrt(len(each))
    lost = 1 - finite.size / wide.size
    other = finite[finite != 0]
    zeros = 1 - other.size / max(1, finite.size)
    if not other.size:
        return Activity(mean, second, error, zeros, lost, np.zeros(bins + 1), np.zeros(bins), 0.0)
    low, high = np.quantile(other, [OUTSIDE, 1 - OUTSIDE])
    if low == high:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(other, bins, (float(low), float(high)))
    outside = 1 - float(counts.sum()) / other.size
    return Activity(mean, second, error, zeros, lost, edges, counts, outside)
