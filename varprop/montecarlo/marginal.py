"""Networks of Gaussian weights without the weights: given x, W x is Gaussian, O(n) per layer.

Forward, a layer's pre-activations for k inputs are rows of N(0, v XᵀX). Backward, W is known on
the span of the k inputs, W X = M, and independent noise beyond it:
Wᵀδ = X (XᵀX)⁻¹ Mᵀδ + (1 − P) g with g ~ N(0, v δᵀδ) and P the projection on that span. Both are
exact at every width, so the two directions are as dependent as in a network with weights.
"""

from __future__ import annotations

import math
import time
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from varprop.catalogue.arrays import Array, Dtype, normal
from varprop.errors import BadInput
from varprop.montecarlo.memory import check_marginal
from varprop.montecarlo.network import Block, DenseNetwork, Seed
from varprop.montecarlo.simulate import Progress, Trajectories, mean_square

PART = 2
"""Stream part of the marginal draws; weights have 0 and biases 1."""

UNITS_PER_BLOCK = 2**17


@dataclass(frozen=True)
class Layer:
    """What the way back needs of one layer: its inputs, their images under W, and the slopes."""

    fed: Array
    image: Array
    variance: float


def block_size(network: DenseNetwork) -> int:
    """Return how many networks are drawn together, which depends on the widths alone."""
    fitting = max(1, min(64, UNITS_PER_BLOCK // (max(network.widths) * network.inputs)))
    return 2 ** (fitting.bit_length() - 1)


def simulate_marginal(
    network: DenseNetwork,
    networks: int,
    *,
    seed: Seed = 0,
    first: int = 0,
    backward: bool = True,
    dtype: Dtype = "float64",
    executor: Executor | None = None,
    progress: Progress | None = None,
    deadline: float | None = None,
) -> Trajectories:
    """Sample networks as ``simulate`` does, for weights that are Gaussian.

    Raises BadInput for other laws, for too many inputs (at most a quarter of the narrowest width),
    and for what doesn't fit in memory.
    """
    size = checked_block(network, dtype)
    indices = range(first // size, -(-(first + networks) // size))
    task = partial(_run_block, network, seed, size, dtype, backward)
    parts = []
    for done, part in enumerate((executor.map if executor else map)(task, indices), start=1):
        parts.append(part)
        if progress:
            progress(first + min(done * size, networks), first + networks)
        if deadline is not None and time.monotonic() > deadline:
            break
    return Trajectories.join(parts).head(networks)


def checked_block(network: DenseNetwork, dtype: Dtype) -> int:
    """Return the networks of one block; raises BadInput as ``simulate_marginal`` does."""
    if network.law.name != "normal":
        raise BadInput(f"--marginal needs Gaussian weights, not {network.law.name} ones.")
    if 4 * network.inputs > min(network.widths):
        raise BadInput(
            f"--marginal with {network.inputs} inputs needs widths of {4 * network.inputs} or "
            f"more, not {min(network.widths)}."
        )
    size = block_size(network)
    check_marginal(network, size, dtype)
    return size


def _run_block(
    network: DenseNetwork, seed: Seed, size: int, dtype: Dtype, backward: bool, index: int
) -> Trajectories:
    block = Block(network, seed, index, size, dtype)
    before: list[Array] = []
    slopes: list[Array] = []
    layers: list[Layer] = []
    with np.errstate(all="ignore"):
        h = block.feed()
        x = h
        if network.feed.has_level:
            before.append(mean_square(h))
            slopes.append(_pointwise(network.derivative, h))
            x = _pointwise(network.activation, h)
        after = [mean_square(x)]
        for layer in range(1, network.depth + 1):
            image = image_of(block, layer, x)
            layers.append(Layer(x, image, network.weight_variances[layer - 1]))
            biases = block.biases(layer)
            h = image if biases is None else image + biases
            before.append(mean_square(h))
            if backward and layer < network.depth:
                slopes.append(_pointwise(network.derivative, h))
            x = _pointwise(network.activation, h)
            after.append(mean_square(x))
        deltas = _backward(block, layers, slopes) if backward else None
    return Trajectories(np.stack(before, axis=1), np.stack(after, axis=1), deltas)


def _pointwise(function: object, h: Array) -> Array:
    return np.broadcast_to(np.asarray(function(h), dtype=h.dtype), h.shape)  # type: ignore[operator]


def image_of(block: Block, layer: int, x: Array) -> Array:
    """Draw W x for all inputs at once: rows of N(0, v XᵀX)."""
    shape = (block.networks, block.network.widths[layer], x.shape[-1])
    drawn = normal(block.rng(layer, PART), shape, block.dtype)
    root = _root(gram(x, x) * block.network.weight_variances[layer - 1])
    return np.asarray(drawn @ np.swapaxes(root, -1, -2).astype(drawn.dtype))


def gram(left: Array, right: Array) -> Array:
    """Return the products of all inputs, summed over units: (networks, inputs, inputs)."""
    return np.einsum("nui,nuj->nij", left, right, dtype=np.float64)


def _root(gram: Array) -> Array:
    """Return a square root of each positive semi-definite matrix; NaN where one isn't finite."""
    if gram.shape[-1] == 1:
        return np.sqrt(gram)
    finite = np.isfinite(gram).all(axis=(-2, -1), keepdims=True)
    values, vectors = np.linalg.eigh(np.where(finite, gram, 0.0))
    root = vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]
    return np.where(finite, root, np.nan)


def _backward(block: Block, layers: list[Layer], slopes: list[Array]) -> Array:
    """Return mean squares of δ per level, first level first."""
    network = block.network
    delta = block.readout()
    squares = [mean_square(delta)]
    for layer in range(network.depth, network.first_level, -1):
        delta = _transposed(block, layer, layers[layer - 1], delta) * slopes.pop()
        squares.append(mean_square(delta))
    return np.stack(squares[::-1], axis=1)


def _transposed(block: Block, layer: int, known: Layer, delta: Array) -> Array:
    """Draw Wᵀδ given W X = M."""
    shape = (block.networks, known.fed.shape[1], delta.shape[-1])
    noise = normal(block.rng(layer, PART + 1), shape, block.dtype)
    root = math.sqrt(known.variance) * _root(gram(delta, delta))
    noise = noise @ np.swapaxes(root, -1, -2).astype(noise.dtype)
    wanted = gram(known.image, delta) - gram(known.fed, noise)
    inverse = _pseudo_inverse(gram(known.fed, known.fed))
    return np.asarray(noise + known.fed @ (inverse @ wanted).astype(noise.dtype))


def _pseudo_inverse(gram: Array) -> Array:
    """Invert where finite; inputs that are dependent or 0 span what they span."""
    if gram.shape[-1] == 1:
        return np.divide(1.0, gram, out=np.zeros_like(gram), where=gram != 0)
    finite = np.isfinite(gram).all(axis=(-2, -1), keepdims=True)
    inverse = np.linalg.pinv(np.where(finite, gram, 0.0), rcond=1e-10, hermitian=True)
    return np.where(finite, inverse, np.nan)
