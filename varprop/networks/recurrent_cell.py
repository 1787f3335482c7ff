"""What recurrent cells share: what drives a gate, and the matrices over steps that each cell fills.

``state[t, s]`` is E[h_t h_s]. Gates of one unit at different steps meet in products whose factors are
taken as independent, except that inputs, states and new values keep their covariance over time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sympy import exp

from varprop.networks.arithmetic import Arithmetic
from varprop.networks.recurrent_gates import Gate
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.recurrent import Recurrent

SIGMOID = 1 / (1 + exp(-h))


@dataclass(frozen=True)
class Drive:
    """What drives one gate: fan_in·Var(w) on input and on state, and σ_b²."""

    into: float
    back: float
    bias: float

    def covariances(self, t: int, state: Array, inputs: Inputs) -> tuple[Array, Array]:
        """Return E[a_t a_s] for s ≤ t from the input, and from the state one step before."""
        import numpy as np

        into = np.full(t + 1, self.into * inputs.between + self.bias)
        into[t] = self.into * inputs.same + self.bias
        back = np.zeros(t + 1)
        back[1:] = self.back * state[t - 1, :t] if t else 0.0
        return into, back


@dataclass(frozen=True)
class Inputs:
    """E[x_t x_t] and E[x_t x_s], of one input or of two."""

    same: float
    between: float


class Cell(ABC):
    """A recurrent cell followed over ``steps``: ``state`` of one input, ``crossed`` of two. Abstract.

    ``alike`` is Σ fan_in·Var(w)·E[δ_s δ_t] over the gates, averaged over two steps, of the last ``pull``.
    """

    def __init__(
        self,
        layer: Recurrent,
        drives: list[Drive],
        steps: int,
        arithmetic: Arithmetic,
        own: Inputs,
        two: Inputs | None = None,
    ) -> None:
        import numpy as np

        self.drives, self.steps = drives, steps
        self.state, self.crossed = np.zeros((2, steps, steps))
        self.mean = np.zeros(steps)
        self.alike = 0.0
        self.gates = self._gates(layer, arithmetic)
        for t in range(steps):
            self._step(t, own)
            if two is not None:
                self._cross(t, two)

    @abstractmethod
    def _gates(self, layer: Recurrent, arithmetic: Arithmetic) -> list[Gate]:
        """Return the gates in the layer's order."""

    @abstractmethod
    def _step(self, t: int, inputs: Inputs) -> None:
        """Take the gates' moments at step t and fill row t of the state."""

    @abstractmethod
    def _cross(self, t: int, inputs: Inputs) -> None:
        """Fill row t of E[h_t h̃_s] of two inputs; the gates' moments are known."""

    @abstractmethod
    def pull(self, arriving: Array, near: float = 0.0) -> Array:
        """Return E[δ²] at each gate's pre-activation, (gates, steps), for that at every h_t.

        ``near`` is how alike the gradients that arrive at two steps are: what a gate carries from step
        to step adds them up.
        """

    def _settle(self, t: int, gate: int, inputs: Inputs) -> Array:
        into, back = self.drives[gate].covariances(t, self.state, inputs)
        self.gates[gate].settle(t, float(into[t] + back[t]))
        out: Array = into + back
        return out

    def _both(self, t: int, gate: int, inputs: Inputs) -> Array:
        """Return E[φ_t φ̃_s] of a gate for two inputs and s ≤ t."""
        into, back = self.drives[gate].covariances(t, self.crossed, inputs)
        return self.gates[gate].pairs(t, into + back)

    def _remember_alike(self, both: dict[int, Array]) -> None:
        """Keep what the gates' gradients at two steps share, given for each gate that has any."""
        pairs = max(self.steps * (self.steps - 1), 1)
        total = 0.0
        for gate, matrix in both.items():
            total += self.drives[gate].into * float(matrix.sum() - matrix.trace()) / pairs
        self.alike = total

    def between(self) -> float:
        """Return E[h_t h_s] averaged over different steps."""
        if self.steps == 1:
            return float(self.mean[0] ** 2)
        count = self.steps * (self.steps - 1)
        return float((self.state.sum() - self.state.trace()) / count)


def keep(matrix: Array, t: int, row: Array, own: float) -> None:
    """Fill row and column t of a symmetric matrix up to t."""
    matrix[t, :t] = matrix[:t, t] = row
    matrix[t, t] = own


def driven(terms: Array, kept: Array) -> Array:
    """Return m_s = kept_s·m_{s−1} + terms_s, from m_{−1} = 0."""
    out = terms.copy()
    for s in range(1, len(out)):
        out[s] += kept[s] * out[s - 1]
    return out


def carried_alike(roots: Array, kept: Array, arriving: Array, own: Array) -> Array:
    """Return E[d_s d_t] for d_s = δ_s + kept_{s+1}·d_{s+1}, 0 on the diagonal.

    ``roots[s]·arriving[t]`` is E[δ_s d_t] for s < t and ``own`` E[d_t²].
    """
    import numpy as np

    count = len(own)
    found = np.zeros((count, count))
    row = np.zeros(count)
    for s in reversed(range(count)):
        if s + 1 < count:
            row = kept[s + 1] * row
            row[s + 1 :] += roots[s] * arriving[s + 1 :]
            found[s, s + 1 :] = found[s + 1 :, s] = row[s + 1 :]
        row[s] = own[s]
    return found


def shifted_once(matrix: Array) -> Array:
    """Return the same of one step before, 0 before the first."""
    import numpy as np

    out = np.zeros_like(matrix)
    out[1:, 1:] = matrix[:-1, :-1]
    return out
