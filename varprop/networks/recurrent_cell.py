"""What recurrent cells share: what drives a gate, and the matrices over steps that each cell fills."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.recurrent import Recurrent


@dataclass(frozen=True)
class Drive:
    """What drives one gate: fan_in·Var(w) on input and on state, and σ_b²."""

    into: float
    back: float
    bias: float

    def covariances(self, t: int, state: Array, inputs: Array) -> tuple[Array, Array]:
        """Return E[a_t a_s] for s ≤ t from the input, and from the state one step before."""
        import numpy as np

        recalled = np.zeros(t + 1)
        recalled[1:] = self.back * state[t - 1, :t] if t else 0.0
        return self.into * inputs[t, : t + 1] + self.bias, recalled


@dataclass(frozen=True, eq=False)
class Pulled:
    """E[δ_t δ_s] at the gates' pre-activations, (gates, steps, steps)."""

    gates: Array

    @property
    def second(self) -> Array:
        """E[δ²], (gates, steps)."""
        return self.gates.diagonal(axis1=1, axis2=2)

    def below(self, drives: list[Drive]) -> Array:
        """Return Σ fan_in·Var(w)·E[δ_t δ_s] over the input's weights."""
        import numpy as np

        return np.asarray(sum(d.into * both for d, both in zip(drives, self.gates, strict=True)))


class Cell(ABC):
    """A recurrent cell followed over its steps. Abstract.

    ``state[t, s]`` is E[h_t h_s] of one input, ``crossed`` that of two; ``own`` and ``two`` are the
    same for what arrives. ``variance[k, t]`` is that of gate k's pre-activation, ``mean`` E[h_t].
    """

    def __init__(
        self, layer: Recurrent, drives: list[Drive], own: Array, two: Array | None = None
    ) -> None:
        import numpy as np

        self.layer, self.drives, self.own, self.two = layer, drives, own, two
        self.steps = len(own)
        self.state, self.crossed = np.zeros((2, self.steps, self.steps))
        self.mean = np.zeros(self.steps)
        self.variance = np.zeros((len(drives), self.steps))
        self._start()
        with np.errstate(over="ignore", invalid="ignore"):
            for t in range(self.steps):
                self._step(t)
                if not np.isfinite(self.state[t, t]):
                    self.state.fill(np.inf)
                    break

    @abstractmethod
    def _start(self) -> None:
        """Prepare what is kept from step to step."""

    @abstractmethod
    def _step(self, t: int) -> None:
        """Take step t and fill its rows of the state, of one input and of two."""

    @abstractmethod
    def pull(self, arriving: Array) -> Pulled:
        """Return the gradient at the gates for E[δ_t δ_s] of what arrives at the states."""

    def _rows(self, t: int, k: int) -> tuple[Array, Array]:
        """Return gate k's covariances from input and from state, and keep its variance."""
        into, back = self.drives[k].covariances(t, self.state, self.own)
        self.variance[k, t] = into[t] + back[t]
        return into, back

    def _own(self, t: int, k: int) -> Array:
        """Return gate k's covariances with the steps up to t."""
        into, back = self._rows(t, k)
        out: Array = into + back
        return out

    def _two(self, t: int, k: int) -> Array | None:
        """Return those of two inputs, None where only one is followed."""
        both = self._both(t, k)
        return None if both is None else both[0] + both[1]

    def _both(self, t: int, k: int) -> tuple[Array, Array] | None:
        """Return the same for two inputs, None where only one is followed."""
        if self.two is None:
            return None
        return self.drives[k].covariances(t, self.crossed, self.two)


def keep(matrix: Array, t: int, row: Array) -> None:
    """Fill row and column t of a symmetric matrix up to t."""
    matrix[t, : t + 1] = matrix[: t + 1, t] = row


def between(matrix: Array) -> float:
    """Return the average over pairs of different steps, 0 for one step."""
    pairs = len(matrix) * (len(matrix) - 1)
    if matrix[0, 0] == math.inf:
        return math.inf if pairs else 0.0
    return float((matrix.sum() - matrix.trace()) / pairs) if pairs else 0.0
