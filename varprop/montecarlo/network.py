"""Dense networks of finite width: how they are fed, and what one sampled network is made of."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from varprop.catalogue.arrays import Array, Dtype, normal
from varprop.catalogue.laws import WeightLaw
from varprop.errors import BadInput

Pointwise = Callable[[Array], Array]
Seed = int | tuple[int, ...]

READOUT = 2**31
"""Stream of the readout; layers use their own index."""


class Feed(ABC):
    """What enters the first weight layer.

    ``has_level`` says whether it is the activation of a pre-activation h₀ of its own.
    """

    has_level: bool = False

    @abstractmethod
    def draw(self, rng: np.random.Generator, shape: tuple[int, int, int], dtype: Dtype) -> Array:
        """Return an array (networks, units, inputs)."""

    def check(self, width: int) -> None:  # noqa: B027
        """Refuse a first width that doesn't fit, by raising BadInput."""


@dataclass(frozen=True)
class GaussianPreactivation(Feed):
    """h₀ ~ N(0, q) in every unit, independent between inputs; the network sees φ(h₀).

    This is a wide layer somewhere in a network. Inputs come in pairs h₀ and −h₀, which has no
    effect on any expectation and cancels the noise of odd terms.
    """

    q: float
    has_level = True

    def draw(self, rng: np.random.Generator, shape: tuple[int, int, int], dtype: Dtype) -> Array:
        """Return h₀."""
        networks, units, inputs = shape
        half = normal(rng, (networks, units, (inputs + 1) // 2), dtype)
        half *= math.sqrt(self.q)
        return np.concatenate([half, -half[..., : inputs // 2]], axis=-1)


@dataclass(frozen=True)
class GaussianInput(Feed):
    """x₀ ~ N(mean, second_moment − mean²) in every unit, independent between inputs."""

    mean: float = 0.0
    second_moment: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a second moment below the squared mean."""
        if not self.second_moment >= self.mean**2:
            raise BadInput(
                f"an input of mean {self.mean:g} can't have the second moment "
                f"{self.second_moment:g}: it is at least the squared mean, {self.mean**2:g}."
            )

    def draw(self, rng: np.random.Generator, shape: tuple[int, int, int], dtype: Dtype) -> Array:
        """Return x₀."""
        drawn = normal(rng, shape, dtype)
        drawn *= math.sqrt(self.second_moment - self.mean**2)
        drawn += self.mean
        return drawn


@dataclass(frozen=True, eq=False)
class DataInput(Feed):
    """Rows of a data set, drawn with replacement for every network; columns are features."""

    rows: Array

    def check(self, width: int) -> None:
        """Refuse rows that aren't finite or don't have ``width`` columns."""
        if self.rows.ndim != 2 or not self.rows.size:
            raise BadInput(f"data must be a non-empty table, not of shape {self.rows.shape}.")
        if self.rows.shape[1] != width:
            raise BadInput(
                f"the data has {self.rows.shape[1]} features and the network takes {width}: "
                f"make the first width {self.rows.shape[1]}."
            )
        if not np.isfinite(self.rows).all():
            raise BadInput("the data holds NaN or infinite values: remove or replace them first.")

    def draw(self, rng: np.random.Generator, shape: tuple[int, int, int], dtype: Dtype) -> Array:
        """Return the drawn rows as columns."""
        networks, units, inputs = shape
        chosen = rng.integers(0, len(self.rows), (networks, inputs))
        return np.ascontiguousarray(self.rows[chosen].swapaxes(-1, -2), dtype=dtype).reshape(
            networks, units, inputs
        )


@dataclass(frozen=True, eq=False)
class DenseNetwork:
    """h_l = W_l x_{l−1} + b_l with x_l = φ(h_l), l = 1 … depth.

    ``widths`` are n_0 … n_depth. ``weight_variances`` are Var(w) of each weight matrix (the squared
    factor of a law that isn't random), ``bias_variances`` those of its Gaussian biases, none if
    left out. ``activation`` and ``derivative`` map NumPy arrays elementwise. ``inputs`` are sent
    through each sampled network; a replicate is the network and never the input.

    Raises BadInput for numbers of layers that don't fit, widths below 1 and negative variances.
    """

    widths: tuple[int, ...]
    weight_variances: tuple[float, ...]
    law: WeightLaw
    activation: Pointwise
    derivative: Pointwise
    feed: Feed = field(default_factory=lambda: GaussianPreactivation(1.0))
    bias_variances: tuple[float, ...] = ()
    inputs: int = 16

    def __post_init__(self) -> None:
        """Check every size and variance."""
        if not self.bias_variances:
            object.__setattr__(self, "bias_variances", (0.0,) * self.depth)
        if self.depth < 1 or min(self.widths) < 1 or self.inputs < 1:
            raise BadInput("a network needs at least two widths and one input, each at least 1.")
        if self.law.tensor:
            raise BadInput(
                f"the law {self.law.name} fills convolution kernels, and these layers are dense: "
                "orthogonal and identity are its dense counterparts."
            )
        for name in ("weight_variances", "bias_variances"):
            values = getattr(self, name)
            if len(values) != self.depth:
                raise BadInput(
                    f"{len(self.widths)} widths make {self.depth} layers, but {name} has "
                    f"{len(values)} values: give one per layer."
                )
            if not all(math.isfinite(value) and value >= 0 for value in values):
                raise BadInput(f"{name} must be finite and not negative, not {values}.")
        self.feed.check(self.widths[0])

    @property
    def depth(self) -> int:
        """The number of weight layers."""
        return len(self.widths) - 1

    @property
    def first_level(self) -> int:
        """The index of the first pre-activation: 0 if the feed is one, else 1."""
        return 0 if self.feed.has_level else 1

    def scale(self, layer: int) -> float:
        """The standard deviation of the weights of a layer, which multiplies W x and not W."""
        return math.sqrt(self.weight_variances[layer - 1])

    @property
    def weights(self) -> int:
        """The number of weights of one network."""
        return sum(a * b for a, b in zip(self.widths, self.widths[1:], strict=False))


def generator(seed: Seed, *stream: int) -> np.random.Generator:
    """Return the generator of one stream of a seed, independent of all others.

    Raises BadInput for a negative seed.
    """
    if min(seed if isinstance(seed, tuple) else (seed,)) < 0:
        raise BadInput(f"the seed {seed} can't be used: give a whole number that isn't negative.")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=stream)))


@dataclass(frozen=True)
class Block:
    """A fixed number of networks that are drawn together: the unit of work and of seeding."""

    network: DenseNetwork
    seed: Seed
    index: int
    networks: int
    dtype: Dtype

    def rng(self, layer: int, part: int = 0) -> np.random.Generator:
        """Return the generator of a layer's weights (part 0) or biases (part 1)."""
        return generator(self.seed, self.index, layer, part)

    def feed(self) -> Array:
        """Draw h₀ or x₀: (networks, n_0, inputs)."""
        shape = (self.networks, self.network.widths[0], self.network.inputs)
        return self.network.feed.draw(self.rng(0), shape, self.dtype)

    def weights(self, layer: int) -> Array:
        """Draw W_layer / scale(layer): (networks, n_layer, n_{layer−1}); same at every call."""
        shape = (self.networks, self.network.widths[layer], self.network.widths[layer - 1])
        return self.network.law.sample(self.rng(layer), shape, self.dtype)

    def biases(self, layer: int) -> Array | None:
        """Draw b_layer: (networks, n_layer, 1), or None where it is zero."""
        variance = self.network.bias_variances[layer - 1]
        if not variance:
            return None
        drawn = normal(
            self.rng(layer, 1), (self.networks, self.network.widths[layer], 1), self.dtype
        )
        drawn *= math.sqrt(variance)
        return drawn

    def readout(self) -> Array:
        """Draw δ at the last pre-activation, N(0, 1): (networks, n_depth, inputs)."""
        shape = (self.networks, self.network.widths[-1], self.network.inputs)
        return normal(self.rng(READOUT), shape, self.dtype)
