"""Cells with gates, followed at points: a unit's exact path through time, and its gradient's.

Only the average over units is Gaussian again: what the recurrent weights bring to the next step has the
covariance of the states, and what they bring back that of the gates' gradients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from varprop.networks.recurrent_cell import Cell, Drive, Pulled, keep
from varprop.networks.recurrent_points import Field, points

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.recurrent import Recurrent

FAR = 1e-6
"""Correlation of gradients at two steps below which steps further apart are left out."""


class SiteCell(Cell):
    """A cell whose state is followed at points. Abstract.

    A gradient d_t = ``weight[t]``·γ_t + ``kept[t + 1]``·d_{t+1} is carried from step to step, where γ_t
    arrives at h_t; gate k has δ = ``factors[k][t]``·d_t, or ·γ_t where k is ``direct``. ``behind`` holds
    the factors of what goes through the recurrent weights, where they are others.
    """

    fields: ClassVar[int]
    odd: ClassVar[tuple[int, ...]]
    direct: ClassVar[int | None] = None

    def __init__(
        self,
        layer: Recurrent,
        drives: list[Drive],
        own: Array,
        two: Array | None = None,
        known: Array | None = None,
    ) -> None:
        """Follow one input, then two whose own states are ``known`` from the first."""
        self._known = known
        super().__init__(layer, drives, own, None if known is None else two)
        if known is None and two is not None:
            self.two, drive = two, drives[self.odd[0]]
            if drive.bias or (drive.into * two).any():
                self.crossed = type(self)(layer, drives, own, two, self.state).crossed

    def _start(self) -> None:
        import numpy as np

        if self._known is not None:
            self.state[:] = self._known
        copies = 1 if self.two is None else 2
        made = points(self.fields, self.odd, self.steps, copies)
        size = made.shape[-1]
        self._processes = [[Field(normal) for normal in each] for each in made]
        self._states = np.zeros((self.steps, copies, size))
        self.weight, self.kept = np.zeros((2, self.steps, size))
        self.factors = np.zeros((len(self.drives), self.steps, size))
        self.behind: dict[int, Array] = {}

    def _driven(self, t: int, field: int, row: Array, both: Array | None) -> Array:
        """Return a process at step t, (inputs, points); sum and difference of two are independent."""
        import numpy as np

        if both is None:
            return self._processes[0][field].at(t, row)[None]
        total = self._processes[0][field].at(t, row + both)
        apart = self._processes[1][field].at(t, row - both)
        return np.stack([total + apart, total - apart]) / 2**0.5

    def _gate(self, t: int, k: int) -> Array:
        """Return gate k's pre-activation, of input and state together."""
        return self._driven(t, k, self._own(t, k), self._two(t, k))

    def _keep(self, t: int, state: Array) -> None:
        self._states[t] = state
        size, seen = state.shape[-1], self._states[: t + 1]
        if self._known is None:
            keep(self.state, t, seen[:, 0] @ state[0] / size)
        else:
            keep(self.crossed, t, (seen[:, 0] @ state[1] + seen[:, 1] @ state[0]) / 2 / size)

    def pull(self, arriving: Array) -> Pulled:
        """Return the gradient at the gates, averaged over what arrives for each path of the unit."""
        import numpy as np

        seen, carried = arriving.copy(), np.zeros_like(self.weight)
        out = np.zeros((len(self.drives), self.steps, self.steps))
        end, alone = self.steps, _is_diagonal(arriving)
        for t in reversed(range(self.steps)):
            self._carry(t, end, carried, seen[t])
            for k in range(len(out)):
                out[k, t, t:end] = out[k, t:end, t] = self._met(t, end, k, carried, seen[t])
            if t:
                more = self._returned(t, end, carried, out[:, t, t:end])
                seen[t - 1, t - 1 : end - 1] += more
            if alone:
                end = min(end, _reach(t, end, out.sum(axis=0)))
        return Pulled(out)

    def _carry(self, t: int, end: int, carried: Array, seen: Array) -> None:
        """Turn E[d_{t+1} d_s] of every path into E[d_t d_s], for t ≤ s < end."""
        weight = self.weight[t]
        if t + 1 == self.steps:
            carried[t] = weight**2 * seen[t]
            return
        carried[t + 1 : end] *= self.kept[t + 1]
        carried[t] = self.kept[t + 1] * carried[t + 1] + weight**2 * seen[t]
        if not seen[t + 1 : end].any():
            return
        met = 0.0 * weight
        for s in reversed(range(t + 1, end)):
            met *= self.kept[s + 1] if s + 1 < self.steps else 0.0
            met += self.weight[s] * seen[s]
            carried[s] += weight * met
        carried[t] += 2 * self.kept[t + 1] * weight * met

    def _met(self, t: int, end: int, k: int, carried: Array, seen: Array) -> Array:
        """Return E[δ_t δ_s] at gate k."""
        factors = self.factors[k]
        if k == self.direct:
            found: Array = (factors[t:end] @ factors[t]) * seen[t:end] / factors.shape[-1]
            return found
        return _averaged(factors, t, end, carried)

    def _returned(self, t: int, end: int, carried: Array, met: Array) -> Array:
        """Return what the gates' gradients bring back to the states one step before."""
        total = 0.0 * met[0]
        for k, drive in enumerate(self.drives):
            there = self.behind.get(k)
            both = met[k] if there is None else _averaged(there, t, end, carried)
            total += drive.back * both
        return total


def _averaged(factors: Array, t: int, end: int, carried: Array) -> Array:
    out: Array = (factors[t:end] * carried[t:end]) @ factors[t] / factors.shape[-1]
    return out


def _is_diagonal(matrix: Array) -> bool:
    import numpy as np

    return not np.any(matrix - np.diag(matrix.diagonal()))


def _reach(t: int, end: int, both: Array) -> int:
    """Return the step behind the last one whose gradient still resembles that of step t."""
    import numpy as np

    own = np.sqrt(both.diagonal()[t:end] * both[t, t])
    near = np.flatnonzero(np.abs(both[t, t:end]) > FAR * own)
    return t + 2 + int(near[-1]) if len(near) else end
