"""Run sampled networks forward and backward and keep one number per network, level and input."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from varprop.catalogue.arrays import Array, Dtype, multiply, multiply_transposed
from varprop.montecarlo.memory import check_simulation
from varprop.montecarlo.network import Block, DenseNetwork, Seed

MOST_NETWORKS_PER_BLOCK = 64
WEIGHTS_PER_BLOCK = 2**16
KEPT_WEIGHTS = 2**23
"""Above this many weights a block draws them again on the way back instead of keeping them."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Mean squares over the units of a layer, each of shape (networks, levels, inputs).

    ``preactivations`` and ``deltas`` (∂loss/∂h, unit variance at the last level; None if not asked
    for) start at the network's first pre-activation, ``activations`` at level 0.
    """

    preactivations: Array
    activations: Array
    deltas: Array | None

    @property
    def networks(self) -> int:
        """The number of networks."""
        return len(self.preactivations)

    def head(self, networks: int) -> Trajectories:
        """Return the first ``networks`` networks."""
        return Trajectories(
            self.preactivations[:networks],
            self.activations[:networks],
            None if self.deltas is None else self.deltas[:networks],
        )

    @staticmethod
    def join(parts: Sequence[Trajectories]) -> Trajectories:
        """Concatenate along the networks, in the order given."""
        deltas = [part.deltas for part in parts if part.deltas is not None]
        return Trajectories(
            np.concatenate([part.preactivations for part in parts]),
            np.concatenate([part.activations for part in parts]),
            np.concatenate(deltas) if deltas else None,
        )

    def exploded_at(self) -> int | None:
        """The first row of ``preactivations`` where any network left the range of its numbers."""
        broken = ~np.isfinite(self.preactivations).all(axis=(0, 2))
        return int(np.argmax(broken)) if broken.any() else None


def block_size(network: DenseNetwork) -> int:
    """Return how many networks are drawn together, which depends on the widths alone."""
    pairs = zip(network.widths, network.widths[1:], strict=False)
    largest = max(a * b for a, b in pairs)
    fitting = max(1, min(MOST_NETWORKS_PER_BLOCK, WEIGHTS_PER_BLOCK // largest))
    return 2 ** (fitting.bit_length() - 1)


def simulate(
    network: DenseNetwork,
    networks: int,
    *,
    seed: Seed = 0,
    first: int = 0,
    backward: bool = True,
    dtype: Dtype = "float32",
    executor: Executor | None = None,
    progress: Progress | None = None,
    deadline: float | None = None,
) -> Trajectories:
    """Sample networks number ``first`` … ``first + networks − 1`` of this seed and run them.

    Network number k is the same to the bit whatever the other arguments are: ``first`` must be a
    multiple of ``block_size(network)``, and ``executor`` only decides where blocks are computed.
    Overflow gives inf or NaN in the result and no warning. Once ``time.monotonic()`` passes
    ``deadline`` no further block is collected, and the result has fewer networks.

    Raises BadInput for a block that doesn't fit in memory, before anything is drawn.
    """
    size = block_size(network)
    kept = backward and size * network.weights <= KEPT_WEIGHTS
    check_simulation(network, size, dtype, kept=kept, backward=backward)
    indices = range(first // size, -(-(first + networks) // size))
    task = partial(_run_block, network, seed, size, dtype, backward)
    results: Iterator[Trajectories] = (executor.map if executor else map)(task, indices)
    parts = []
    for done, part in enumerate(results, start=1):
        parts.append(part)
        if progress:
            progress(first + min(done * size, networks), first + networks)
        if deadline is not None and time.monotonic() > deadline:
            break
    return Trajectories.join(parts).head(networks)


def _run_block(
    network: DenseNetwork, seed: Seed, size: int, dtype: Dtype, backward: bool, index: int
) -> Trajectories:
    block = Block(network, seed, index, size, dtype)
    keep: dict[int, Array] | None = (
        {} if backward and size * network.weights <= KEPT_WEIGHTS else None
    )
    with np.errstate(all="ignore"):
        before, after, slopes = _forward(block, keep, backward)
        deltas = _backward(block, keep, slopes) if backward else None
    return Trajectories(before, after, deltas)


def _forward(
    block: Block, keep: dict[int, Array] | None, backward: bool
) -> tuple[Array, Array, list[Array]]:
    """Return mean squares of pre-activations and activations, and the slopes φ'(h) per level."""
    network = block.network
    before: list[Array] = []
    slopes: list[Array] = []

    def activate(h: Array, last: bool = False) -> Array:
        before.append(mean_square(h))
        if backward and not last:
            slopes.append(_compact(_pointwise(network.derivative, h)))
        return _pointwise(network.activation, h)

    fed = block.feed()
    x = activate(fed) if network.feed.has_level else fed
    after = [mean_square(x)]
    for layer in range(1, network.depth + 1):
        weights = block.weights(layer)
        if keep is not None:
            keep[layer] = weights
        h = multiply(weights, x)
        h *= network.scale(layer)
        biases = block.biases(layer)
        if biases is not None:
            h += biases
        x = activate(h, layer == network.depth)
        after.append(mean_square(x))
    return np.stack(before, axis=1), np.stack(after, axis=1), slopes


def _backward(block: Block, keep: dict[int, Array] | None, slopes: list[Array]) -> Array:
    """Return mean squares of δ per level, first level first: δ_l = φ'(h_l) · W_{l+1}ᵀ δ_{l+1}."""
    network = block.network
    delta = block.readout()
    squares = [mean_square(delta)]
    for layer in range(network.depth, network.first_level, -1):
        weights = block.weights(layer) if keep is None else keep.pop(layer)
        delta = multiply_transposed(weights, delta)
        delta *= network.scale(layer)
        delta *= slopes.pop()
        squares.append(mean_square(delta))
    return np.stack(squares[::-1], axis=1)


def mean_square(values: Array) -> Array:
    """Return the mean over units (axis 1) of the squares, summed in double precision."""
    return np.einsum("nui,nui->ni", values, values, dtype=np.float64) / values.shape[1]


def _compact(slopes: Array) -> Array:
    """Return slopes that are all 0 or 1, as those of relu, in one byte each."""
    mask = slopes != 0
    return mask if (slopes == mask).all() else slopes


def _pointwise(function: Callable[[Array], Array], h: Array) -> Array:
    """Apply an elementwise function; one that returns a constant is spread over the array."""
    return np.broadcast_to(np.asarray(function(h), dtype=h.dtype), h.shape)
