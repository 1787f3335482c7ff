"""Two designs of an experiment: all layers in a row, or every layer on its own."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from varprop.catalogue.arrays import Dtype
from varprop.errors import BadInput
from varprop.montecarlo.budget import cost
from varprop.montecarlo.network import DataInput, DenseNetwork, Feed, GaussianPreactivation, Seed
from varprop.montecarlo.ratios import Prediction, Ratios, Theory
from varprop.montecarlo.simulate import Progress, Trajectories, simulate

NARROW = 32
"""Below this width single networks die or explode too often for averages over ratios."""

LARGEST_LOG_Q = 290 * math.log(10)
FLOAT32_LOG_Q = 30 * math.log(10)


Simulator = Callable[..., Trajectories]
"""``simulate``, or what takes the same arguments."""


@dataclass(frozen=True)
class Machine:
    """Where and until when to compute: executor, the clock's deadline, progress, and how."""

    executor: Executor | None = None
    deadline: float | None = None
    progress: Progress | None = None
    simulator: Simulator = simulate


class Design(ABC):
    """A growing number of replicates and the ratios that they give.

    ``cost`` is the seconds per replicate.
    """

    cost: float

    @property
    @abstractmethod
    def note(self) -> str | None:
        """What is unusual about the design or its networks."""

    @property
    @abstractmethod
    def parts(self) -> tuple[str, ...]:
        """Which of forward and backward can be judged."""

    @property
    @abstractmethod
    def networks(self) -> int:
        """The number of replicates so far."""

    @abstractmethod
    def extend(self, count: int, machine: Machine) -> bool:
        """Add replicates until there are ``count``; False when the clock stopped it."""

    @abstractmethod
    def ratios(self, part: str) -> Ratios:
        """Return the ratios of one part."""


class InARow(Design):
    """Each replicate is the network as it is."""

    def __init__(
        self, network: DenseNetwork, prediction: Prediction, seed: Seed, dtype: Dtype
    ) -> None:
        self.network = network
        self.theory = Theory(network, prediction)
        self.cost = cost(network, dtype)
        self._seed = seed
        self._dtype = dtype
        self._runs: Trajectories | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """Backward needs two levels."""
        return ("forward", "backward") if self.theory.responses else ("forward",)

    @property
    def networks(self) -> int:
        """Sampled networks."""
        return 0 if self._runs is None else self._runs.networks

    def extend(self, count: int, machine: Machine) -> bool:
        """Simulate the networks that are missing."""
        if count > self.networks:
            new = machine.simulator(
                self.network,
                count - self.networks,
                seed=self._seed,
                first=self.networks,
                backward=bool(self.theory.responses),
                dtype=self._dtype,
                executor=machine.executor,
                progress=machine.progress,
                deadline=machine.deadline,
            )
            self._runs = new if self._runs is None else Trajectories.join([self._runs, new])
        return self.networks == count

    def ratios(self, part: str) -> Ratios:
        """Return the ratios of all layers of all networks so far."""
        assert self._runs is not None
        method = self.theory.forward if part == "forward" else self.theory.backward
        return method(self._runs)

    @property
    def note(self) -> str | None:
        """The first layer at which a sampled network overflowed."""
        row = None if self._runs is None else self._runs.exploded_at()
        return None if row is None else f"exploded at layer {row + self.network.first_level}"

    @property
    def narrow(self) -> bool:
        """Whether a hidden layer is too narrow, heavier weight tails asking for more width."""
        hidden = self.network.widths[self.network.first_level : -1]
        needed = NARROW * max(1.0, (self.theory.excess + 2) / 2)
        return min(hidden, default=math.inf) < needed and len(self.theory.responses) > 1

    def distorted(self, tolerance: float) -> bool:
        """Whether the networks so far show a finite-width effect above tolerance / 4."""
        return any(abs(self.ratios(part).effect) > tolerance / 4 for part in self.parts)


class LayersApart(Design):
    """Each replicate is one network per layer, fed by Gaussian pre-activations of known variance.

    E[h'²] and E[δ²] then have the predicted values at any width, for every law of independent
    zero-mean weights; what is not tested is that h is Gaussian at that width.
    """

    def __init__(
        self, network: DenseNetwork, prediction: Prediction, seed: tuple[int, int], dtype: Dtype
    ) -> None:
        self._rows: dict[int, InARow] = {}
        self._reason = "uneven inputs" if _uneven(network) else "narrow layers"
        first = network.first_level
        if first == 1:
            single = one_layer(network, 1, network.feed)
            self._rows[1] = InARow(single, Prediction(prediction.q[:1], ()), (*seed, 1), dtype)
        for row, (q, factor) in enumerate(zip(prediction.q, prediction.gradient, strict=False)):
            layer = first + row + 1
            single = one_layer(network, layer, GaussianPreactivation(q))
            predicted = Prediction(prediction.q[row : row + 2], (factor,))
            self._rows[layer] = InARow(single, predicted, (*seed, layer), dtype)
        self.cost = sum(row.cost for row in self._rows.values())

    @property
    def note(self) -> str | None:
        """Why layers were taken apart."""
        if len(self._rows) == 1:
            return None
        return f"{self._reason}: each layer was sampled on its own, where theory is exact"

    @property
    def parts(self) -> tuple[str, ...]:
        """Backward needs a layer between two levels."""
        return max((row.parts for row in self._rows.values()), key=len)

    @property
    def networks(self) -> int:
        """The number of complete replicates."""
        return min(row.networks for row in self._rows.values())

    def extend(self, count: int, machine: Machine) -> bool:
        """Simulate the single layers that are missing, one layer after another."""
        complete = [row.extend(count, machine) for row in self._rows.values()]
        return all(complete)

    def ratios(self, part: str) -> Ratios:
        """Return the ratios, one column per layer."""
        found = [row.ratios(part) for row in self._rows.values() if part in row.parts]
        common = self.networks
        return Ratios(
            np.concatenate([item.values[:common] for item in found], axis=1),
            np.concatenate([item.effects for item in found]),
            tuple(layer for layer, row in self._rows.items() if part in row.parts),
        )


def _uneven(network: DenseNetwork) -> bool:
    """Say whether wide layers are fed with inputs of unequal length."""
    hidden = network.widths[1:-1]
    return isinstance(network.feed, DataInput) and min(hidden, default=1) >= 8 * NARROW


def one_layer(network: DenseNetwork, layer: int, feed: Feed) -> DenseNetwork:
    """Return the network made of one weight layer and what feeds it."""
    return replace(
        network,
        widths=network.widths[layer - 1 : layer + 1],
        weight_variances=network.weight_variances[layer - 1 : layer],
        bias_variances=network.bias_variances[layer - 1 : layer],
        feed=feed,
    )


def choose_dtype(prediction: Prediction) -> Dtype:
    """Return float32 where every predicted amplitude is well inside its range."""
    inside = all(q > 0 and abs(math.log(q)) < FLOAT32_LOG_Q for q in prediction.q)
    return "float32" if inside else "float64"


def shorten(
    network: DenseNetwork, prediction: Prediction, depth: int
) -> tuple[DenseNetwork, Prediction, str | None]:
    """Cut the network after ``depth`` layers or where q leaves the range of doubles.

    The note is None when nothing was cut. Raises BadInput where not even the first q is usable.
    """
    first = network.first_level
    inside = 0
    for q in prediction.q:
        if not (math.isfinite(q) and q > 0 and abs(math.log(q)) < LARGEST_LOG_Q):
            break
        inside += 1
    reached = inside - 1 + first
    if inside == 0:
        raise BadInput(
            f"the predicted q is {prediction.q[0]:g} at the first layer: nothing can be compared "
            "with it."
        )
    kept = max(1, min(depth, reached))
    if kept >= network.depth:
        return network, prediction, None
    why = "beyond, q leaves double precision" if reached < depth else "the budget allows no more"
    levels = kept + 1 - first
    return (
        replace(
            network,
            widths=network.widths[: kept + 1],
            weight_variances=network.weight_variances[:kept],
            bias_variances=network.bias_variances[:kept],
        ),
        Prediction(prediction.q[:levels], prediction.gradient[: levels - 1]),
        f"layers 1 to {kept} of {network.depth}: {why}",
    )
