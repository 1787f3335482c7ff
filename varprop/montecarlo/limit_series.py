"""What is extrapolated to infinite width: the length and gradient of a network, or a correlation."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor

import numpy as np

from varprop.catalogue.arrays import Array
from varprop.errors import BadInput
from varprop.montecarlo.limit import Series, judge_limit
from varprop.montecarlo.marginal import block_size, simulate_marginal
from varprop.montecarlo.network import DenseNetwork
from varprop.montecarlo.pairs import marginal_overlaps
from varprop.montecarlo.ratios import Prediction
from varprop.montecarlo.replicates import Effort
from varprop.montecarlo.simulate import Trajectories
from varprop.verdict import Check

Build = Callable[[int], tuple[DenseNetwork, Prediction]]
"""The network of that width and what the theory of infinite width says of it."""

PARTS = ("forward", "gradient")
MOST = 2**17

CORRELATION = "correlation"
MOST_PAIRS = 2**16


def verify_limit(
    build: Build,
    effort: Effort,
    *,
    width: int = 128,
    stream: int = 0,
    executor: Executor | None = None,
    most: int = MOST,
) -> tuple[Check, ...]:
    """Compare a network's last q and first gradient with the theory of infinite width.

    Gaussian networks of ``width`` and twice as wide are sampled without their weights. Raises
    BadInput for a network with data or of another law than the normal one.
    """
    narrow, wide = (
        SignalSeries(*build(units), (effort.seed, stream, units), executor)
        for units in (width, 2 * width)
    )
    return judge_limit(narrow, wide, PARTS, effort, most)


def verify_correlation_limit(
    build: Callable[[int], DenseNetwork],
    predicted: float,
    effort: Effort,
    *,
    width: int = 128,
    stream: int = 0,
    executor: Executor | None = None,
    most: int = MOST_PAIRS,
) -> tuple[Check, ...]:
    """Compare the correlation of two inputs at the last pre-activation with that of infinite width.

    Raises BadInput for a predicted correlation of 0, which nothing can be relative to.
    """
    narrow, wide = (
        PairSeries(build(units), predicted, (effort.seed, stream, units), executor)
        for units in (width, 2 * width)
    )
    return judge_limit(narrow, wide, (CORRELATION,), effort, most)


class SignalSeries(Series):
    """Gaussian networks sampled without their weights, both ways."""

    how = ", sampled without weights"

    def __init__(
        self,
        network: DenseNetwork,
        prediction: Prediction,
        seed: tuple[int, ...],
        executor: Executor | None,
    ) -> None:
        prediction.check(network)
        if not network.feed.has_level:
            raise BadInput("the limit of wide layers is taken from a first pre-activation on.")
        self.network, self.prediction = network, prediction
        self._seed, self._executor = seed, executor
        self._runs: Trajectories | None = None

    @property
    def count(self) -> int:
        """The number of networks so far."""
        return 0 if self._runs is None else self._runs.networks

    def extend(self, count: int) -> None:
        """Add whole blocks until there are at least ``count`` networks."""
        size = block_size(self.network)
        wanted = -(-count // size) * size
        if wanted > self.count:
            new = simulate_marginal(
                self.network,
                wanted - self.count,
                seed=self._seed,
                first=self.count,
                dtype="float32",
                executor=self._executor,
            )
            self._runs = new if self._runs is None else Trajectories.join([self._runs, new])

    def ratios(self, part: str) -> Array:
        """Return each network's end-to-end ratio to the prediction, averaged over its inputs."""
        assert self._runs is not None
        assert self._runs.deltas is not None
        with np.errstate(all="ignore"):
            if part == "forward":
                last = self._runs.preactivations[:, -1].mean(axis=-1)
                return np.asarray(last / self.prediction.q[-1])
            first = self._runs.deltas[:, 0].mean(axis=-1)
            return np.asarray(first / math.prod(self.prediction.gradient))


class DrawnSeries(Series):
    """Networks drawn in parts, each under a seed of its own: abstract."""

    def __init__(self, network: DenseNetwork, seed: tuple[int, ...]) -> None:
        self.network = network
        self._seed = seed
        self._found: list[Array] = []

    @property
    def count(self) -> int:
        """The number of networks so far."""
        return sum(len(part) for part in self._found)

    def extend(self, count: int) -> None:
        """Add networks until there are ``count``."""
        if count > self.count:
            seed = (*self._seed, len(self._found))
            self._found.append(self.drawn(count - self.count, seed))

    @abstractmethod
    def drawn(self, count: int, seed: tuple[int, ...]) -> Array:
        """Return what ``count`` further networks give, a row each."""


class PairSeries(DrawnSeries):
    """Gaussian networks with two inputs each, sampled without their weights."""

    how = ", sampled without weights"

    def __init__(
        self,
        network: DenseNetwork,
        predicted: float,
        seed: tuple[int, ...],
        executor: Executor | None,
    ) -> None:
        if not predicted:
            raise BadInput("a correlation of 0 has no relative error: predict another one.")
        super().__init__(network, seed)
        self._predicted, self._executor = predicted, executor

    def drawn(self, count: int, seed: tuple[int, ...]) -> Array:
        """Return each network's correlation at the last pre-activation."""
        new = marginal_overlaps(self.network, count, seed=seed, executor=self._executor)
        with np.errstate(all="ignore"):
            return np.asarray(new.covariances()[:, -1] / new.second_moments()[:, -1])

    def ratios(self, part: str) -> Array:  # noqa: ARG002
        """Return each network's correlation at the last pre-activation against the predicted one."""
        return np.concatenate(self._found) / self._predicted
