"""Several inputs through one sampled network: correlations, and the variance over the data."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from varprop.catalogue.arrays import Array, Dtype, multiply, normal
from varprop.errors import BadInput
from varprop.montecarlo.marginal import checked_block, image_of
from varprop.montecarlo.memory import check_simulation
from varprop.montecarlo.network import Block, DenseNetwork, Feed, Seed
from varprop.montecarlo.simulate import block_size


@dataclass(frozen=True)
class CorrelatedPreactivation(Feed):
    """h₀ ~ N(0, q) in every unit, of correlation c between any two inputs of one network.

    Raises BadInput for a correlation that this many inputs can't have.
    """

    q: float
    c: float
    has_level = True

    def draw(self, rng: np.random.Generator, shape: tuple[int, int, int], dtype: Dtype) -> Array:
        """Return h₀."""
        inputs = shape[2]
        if not -1 / max(inputs - 1, 1) <= self.c <= 1:
            raise BadInput(f"{inputs} inputs can't all have the correlation {self.c:g}.")
        matrix = np.full((inputs, inputs), self.c)
        np.fill_diagonal(matrix, 1.0)
        values, vectors = np.linalg.eigh(matrix)
        root = vectors * np.sqrt(np.maximum(values, 0.0) * self.q)
        return np.asarray(normal(rng, shape, dtype) @ root.T.astype(dtype))


@dataclass(frozen=True)
class CorrelatedInput(CorrelatedPreactivation):
    """x₀ ~ N(0, q) in every unit, of correlation c between any two inputs: data, no layer."""

    has_level = False


@dataclass(frozen=True, eq=False)
class Overlaps:
    """Means over units of h_a h_b and x_a x_b: (networks, levels, inputs, inputs) each."""

    preactivations: Array
    activations: Array

    def second_moments(self) -> Array:
        """Return the mean of h² over inputs: (networks, levels)."""
        return np.diagonal(self.preactivations, axis1=-2, axis2=-1).mean(axis=-1)

    def covariances(self) -> Array:
        """Return the mean of h_a h_b over pairs of different inputs: (networks, levels)."""
        inputs = self.preactivations.shape[-1]
        total = self.preactivations.sum(axis=(-2, -1)) - inputs * self.second_moments()
        return np.asarray(total / (inputs * (inputs - 1)))

    def data_variances(self) -> Array:
        """Return the unbiased variance over the inputs, averaged over units: (networks, levels).

        This is what ``h.var(axis=0, ddof=1)`` measures; its mean is q(1 − c), not q.
        """
        return self.second_moments() - self.covariances()


def simulate_overlaps(
    network: DenseNetwork,
    networks: int,
    *,
    seed: Seed = 0,
    dtype: Dtype = "float32",
    executor: Executor | None = None,
) -> Overlaps:
    """Run all inputs of each sampled network forward and keep their overlaps.

    Raises BadInput for a single input and for what doesn't fit in memory.
    """
    if network.inputs < 2:
        raise BadInput("an overlap needs two inputs or more.")
    size = block_size(network)
    check_simulation(network, size, dtype, kept=False, backward=False)
    task = partial(_overlaps, network, seed, size, dtype)
    found = list((executor.map if executor else map)(task, range(-(-networks // size))))
    return Overlaps(*(np.concatenate(parts)[:networks] for parts in zip(*found, strict=True)))


def marginal_overlaps(
    network: DenseNetwork,
    networks: int,
    *,
    seed: Seed = 0,
    dtype: Dtype = "float32",
    executor: Executor | None = None,
) -> Overlaps:
    """Do as ``simulate_overlaps`` for Gaussian weights, without drawing them.

    Raises BadInput as ``simulate_marginal`` does.
    """
    size = checked_block(network, dtype)
    task = partial(_marginal_overlaps, network, seed, size, dtype)
    found = list((executor.map if executor else map)(task, range(-(-networks // size))))
    return Overlaps(*(np.concatenate(parts)[:networks] for parts in zip(*found, strict=True)))


def _marginal_overlaps(
    network: DenseNetwork, seed: Seed, size: int, dtype: Dtype, index: int
) -> tuple[Array, Array]:
    block = Block(network, seed, index, size, dtype)
    return _followed(block, lambda layer, x: image_of(block, layer, x))


def _overlaps(
    network: DenseNetwork, seed: Seed, size: int, dtype: Dtype, index: int
) -> tuple[Array, Array]:
    block = Block(network, seed, index, size, dtype)
    return _followed(
        block, lambda layer, x: multiply(block.weights(layer), x) * network.scale(layer)
    )


def _followed(block: Block, image: Callable[[int, Array], Array]) -> tuple[Array, Array]:
    """Run a block forward; ``image`` gives W x of a layer."""
    network = block.network
    before, after = [], []
    with np.errstate(all="ignore"):
        x = block.feed()
        if network.feed.has_level:
            before.append(_gram(x))
            x = np.asarray(network.activation(x), dtype=block.dtype)
        after.append(_gram(x))
        for layer in range(1, network.depth + 1):
            h = image(layer, x)
            biases = block.biases(layer)
            h = h if biases is None else h + biases
            before.append(_gram(h))
            x = np.asarray(network.activation(h), dtype=block.dtype)
            after.append(_gram(x))
    return np.stack(before, axis=1), np.stack(after, axis=1)


def _gram(values: Array) -> Array:
    return np.einsum("nui,nuj->nij", values, values, dtype=np.float64) / values.shape[1]


def singular_values(
    network: DenseNetwork, networks: int, *, seed: Seed = 0, dtype: Dtype = "float64"
) -> Array:
    """Return the singular values of the input-output Jacobian ∂h_L/∂(first level), largest first.

    One array row per sampled network, at its first input; ∂h_L/∂h₀ where the network is fed with a
    pre-activation h₀, ∂h_L/∂x₀ otherwise. A Jacobian that isn't finite gives NaN.
    """
    rows = [_singular(jacobian) for jacobian in _jacobians(network, networks, seed, dtype)]
    return np.concatenate(rows)[:networks]


def squared_singular_moments(
    network: DenseNetwork, networks: int, *, seed: Seed = 0, dtype: Dtype = "float64"
) -> Array:
    """Return the means of σ² and σ⁴ over the singular values σ of each Jacobian: (networks, 2).

    They are tr(J Jᵀ)/n and tr((J Jᵀ)²)/n, products alone: no decomposition, one thread.
    """
    rows = [_traces(jacobian) for jacobian in _jacobians(network, networks, seed, dtype)]
    return np.concatenate(rows)[:networks]


def _traces(jacobian: Array) -> Array:
    rank = min(jacobian.shape[-2:])
    transposed = np.swapaxes(jacobian, -1, -2)
    wide = jacobian.shape[-2] <= jacobian.shape[-1]
    square = multiply(jacobian, transposed) if wide else multiply(transposed, jacobian)
    first = np.einsum("nij,nij->n", jacobian, jacobian, dtype=np.float64)
    second = np.einsum("nij,nij->n", square, square, dtype=np.float64)
    return np.stack([first, second], axis=1) / rank


def _singular(jacobian: Array) -> Array:
    finite = np.asarray(np.isfinite(jacobian).all(axis=(-2, -1)))
    values = np.linalg.svd(np.where(finite[:, None, None], jacobian, 0.0), compute_uv=False)
    return np.where(finite[:, None], values, math.nan)


def _jacobians(network: DenseNetwork, networks: int, seed: Seed, dtype: Dtype) -> Iterator[Array]:
    size = block_size(network)
    check_simulation(network, size, dtype, kept=False, backward=False)
    for index in range(-(-networks // size)):
        yield _jacobian(network, seed, size, dtype, index)


def _jacobian(network: DenseNetwork, seed: Seed, size: int, dtype: Dtype, index: int) -> Array:
    block = Block(network, seed, index, size, dtype)
    with np.errstate(all="ignore"):
        x = block.feed()[:, :, :1]
        jacobian: Array | None = None
        if network.feed.has_level:
            slopes = np.asarray(network.derivative(x), dtype=dtype) * np.ones_like(x)
            jacobian = slopes * np.eye(network.widths[0], dtype=dtype)
            x = np.asarray(network.activation(x), dtype=dtype)
        for layer in range(1, network.depth + 1):
            weights = block.weights(layer) * dtype_scale(network.scale(layer), dtype)
            h = multiply(weights, x)
            biases = block.biases(layer)
            h = h if biases is None else h + biases
            jacobian = weights if jacobian is None else multiply(weights, jacobian)
            if layer < network.depth:
                jacobian = np.asarray(network.derivative(h), dtype=dtype) * jacobian
            x = np.asarray(network.activation(h), dtype=dtype)
    assert jacobian is not None
    return jacobian


def dtype_scale(value: float, dtype: Dtype) -> np.generic:
    """Return a scalar that doesn't widen the arrays it multiplies."""
    return np.dtype(dtype).type(value)
