"""How many networks are sampled, from the network and the budget alone: never from the clock."""

from __future__ import annotations

import math
from dataclasses import dataclass

from varprop.catalogue.arrays import Dtype
from varprop.errors import BadInput
from varprop.montecarlo.network import DenseNetwork
from varprop.montecarlo.simulate import block_size

SECONDS_PER_DRAW = 4e-9
SECONDS_PER_PRODUCT = 1.2e-10
SECONDS_PER_UNIT = 1.5e-8
SECONDS_PER_BLOCK_LAYER = 1e-4
"""Costs on a processor of 2024, forward and backward together; they only fix the size of a run."""

FEWEST = 16
MOST = 2**14

SAFETY = 10
"""A run is stopped by the clock after this many times its budget; the numbers then depend on it."""


def cost(network: DenseNetwork, dtype: Dtype = "float32") -> float:
    """Return the seconds that one network takes, forward and backward, on a typical machine."""
    draws = network.weights * SECONDS_PER_DRAW * network.law.draw_cost
    products = 2 * network.weights * network.inputs * SECONDS_PER_PRODUCT
    units = sum(network.widths) * network.inputs * SECONDS_PER_UNIT
    overhead = network.depth * SECONDS_PER_BLOCK_LAYER / block_size(network)
    return (draws + products + units) * (2 if dtype == "float64" else 1) + overhead


@dataclass(frozen=True)
class Budget:
    """A number of samples, or the seconds that they may take on a typical machine.

    Raises BadInput for less than two samples and for seconds that aren't positive.
    """

    samples: int | None = None
    seconds: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what no experiment can be made of."""
        if self.samples is not None and self.samples < 2:
            raise BadInput(f"{self.samples} samples give no standard error: ask for 2 or more.")
        if not 0 < self.seconds < math.inf:
            raise BadInput(
                f"a budget of {self.seconds:g} seconds can't be used: give a positive number."
            )

    def replicates(self, seconds_each: float) -> int:
        """Return how many replicates of that cost are drawn at most."""
        if self.samples is not None:
            return self.samples
        return max(FEWEST, min(MOST, int(self.seconds / seconds_each)))

    def depth(self, network: DenseNetwork, dtype: Dtype) -> int:
        """Return how many layers leave room for FEWEST networks; all where samples are given."""
        if self.samples is not None:
            return network.depth
        fitting = int(network.depth * self.seconds / (FEWEST * cost(network, dtype)))
        return max(1, min(network.depth, fitting))

    def deadline(self, started: float) -> float | None:
        """Return when the clock stops a run that takes far longer than it should."""
        return None if self.samples is not None else started + SAFETY * self.seconds
