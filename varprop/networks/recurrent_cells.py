"""Each cell's moments from step to step, and its gradient back through time: RNN, LSTM, GRU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import tanh

from varprop.networks.arithmetic import Arithmetic
from varprop.networks.recurrent import GRU, LSTM, RNN, Recurrent
from varprop.networks.recurrent_cell import (
    SIGMOID,
    Cell,
    Inputs,
    carried_alike,
    driven,
    keep,
    shifted_once,
)
from varprop.networks.recurrent_gates import Gate
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


class PlainCell(Cell):
    """h_t = φ(a_t)."""

    def _gates(self, layer: Recurrent, arithmetic: Arithmetic) -> list[Gate]:
        assert isinstance(layer, RNN)
        return [Gate(layer.act.phi, self.steps, arithmetic)]

    def _step(self, t: int, inputs: Inputs) -> None:
        (gate,) = self.gates
        covariance = self._settle(t, 0, inputs)
        keep(self.state, t, gate.products(t, covariance), float(gate.second[t]))
        self.mean[t] = gate.mean[t]

    def _cross(self, t: int, inputs: Inputs) -> None:
        pairs = self._both(t, 0, inputs)
        keep(self.crossed, t, pairs[:t], float(pairs[t]))

    def pull(self, arriving: Array, near: float = 0.0) -> Array:
        """Return E[δ²] at the pre-activations: U between two steps leaves nothing to add up."""
        import numpy as np

        out = np.zeros((1, self.steps))
        above = 0.0
        for t in reversed(range(self.steps)):
            out[0, t] = (arriving[t] + above) * self.gates[0].steepness[t]
            above = self.drives[0].back * out[0, t]
        return out


class LongCell(Cell):
    """The LSTM: ``memory[t, s]`` is E[c_t c_s], ``fresh`` E[g_t g_s], ``memories`` E[c_t c̃_s]."""

    def _gates(self, layer: Recurrent, arithmetic: Arithmetic) -> list[Gate]:
        import numpy as np

        assert isinstance(layer, LSTM)
        self.memory, self.memories, self.fresh = np.zeros((3, self.steps, self.steps))
        self.fourth = np.zeros(self.steps)
        self.top = Gate(tanh(h), self.steps, arithmetic)
        shapes = ((SIGMOID, 0), (SIGMOID, layer.forget_bias), (tanh(h), 0), (SIGMOID, 0))
        return [Gate(phi, self.steps, arithmetic, shift) for phi, shift in shapes]

    def _step(self, t: int, inputs: Inputs) -> None:
        i, f, g, o = self.gates
        ai, _, ag, ao = (self._settle(t, k, inputs) for k in range(4))
        fresh = i.second[t] * g.second[t]
        before = self.memory[max(t - 1, 0), max(t - 1, 0)]
        self.fresh[t, :t] = self.fresh[:t, t] = g.products(t, ag)
        said = self._remember(self.memory, t, i.products(t, ai) * g.products(t, ag))
        own = f.second[t] * before + fresh + 2 * f.mean[t] * said
        self.memory[t, t] = own
        self.fourth[t] = (
            f.fourth[t] * self.fourth[max(t - 1, 0)] + 6 * f.second[t] * before * fresh
            + i.fourth[t] * g.fourth[t]
        )  # fmt: skip
        excess = self.fourth[t] / (3 * own * own) - 1 if own > 0 else 0.0
        self.top.settle(t, float(own), min(max(excess, 0.0), 1.0) ** 0.5)
        row = o.products(t, ao) * self.top.products(t, self.memory[t])
        keep(self.state, t, row, float(o.second[t] * self.top.second[t]))

    def _cross(self, t: int, inputs: Inputs) -> None:
        i, f, g, o = (self._both(t, k, inputs) for k in range(4))
        before = self.memories[t - 1, t - 1] if t else 0.0
        said = self._remember(self.memories, t, (i * g)[:t])
        self.memories[t, t] = f[t] * before + (i * g)[t] + 2 * self.gates[1].mean[t] * said
        row = o * self.top.pairs(t, self.memories[t, : t + 1])
        keep(self.crossed, t, row[:t], float(row[t]))

    def _remember(self, memory: Array, t: int, new: Array) -> float:
        """Fill E[c_t c_s] for s < t; return E[(i g)_t c_{t−1}]."""
        f = self.gates[1].mean
        said = driven(new, f)
        memory[t, :t] = memory[:t, t] = f[t] * memory[max(t - 1, 0), :t] + said
        return float(said[-1]) if t else 0.0

    def pull(self, arriving: Array, near: float = 0.0) -> Array:
        """Return E[δ²] at input, forget, cell and output gates."""
        import numpy as np

        i, f, g, o = self.gates
        out = np.zeros((4, self.steps))
        own, met = np.zeros((2, self.steps))
        above = carried = alike = 0.0
        for t in reversed(range(self.steps)):
            hidden, root = arriving[t] + above, arriving[t] ** 0.5
            through = o.mean[t] * self.top.slope[t]
            cell = carried + hidden * o.second[t] * self.top.steepness[t]
            cell += 2 * root * through * alike
            own[t], met[t] = cell, near * root * through + alike
            alike = f.mean[t] * met[t]
            before = self.memory[t - 1, t - 1] if t else 0.0
            out[:, t] = (
                cell * g.second[t] * i.steepness[t],
                cell * before * f.steepness[t],
                cell * i.second[t] * g.steepness[t],
                hidden * self.top.second[t] * o.steepness[t],
            )
            carried = cell * f.second[t]
            above = sum(d.back * at for d, at in zip(self.drives, out[:, t], strict=True))
        roots = arriving**0.5 * o.mean * self.top.slope
        both, slope = carried_alike(roots, f.mean, met, own), i.mean * g.slope
        seen = near * np.outer(arriving, arriving) ** 0.5 * np.outer(o.slope, o.slope)
        top = np.zeros_like(both)
        for t in range(1, self.steps):
            top[t, :t] = top[:t, t] = self.top.products(t, self.memory[t])
        kept = shifted_once(self.memory) * np.outer(f.slope, f.slope)
        new = self.fresh * np.outer(i.slope, i.slope)
        self._remember_alike(
            {0: both * new, 1: both * kept, 2: both * np.outer(slope, slope), 3: seen * top}
        )
        return out


class GatedCell(Cell):
    """The GRU: ``heard[t]`` is E[n_t h_{t−1}], ``recalled[t]`` E[(U h_{t−1})²]."""

    def _gates(self, layer: Recurrent, arithmetic: Arithmetic) -> list[Gate]:
        import numpy as np

        assert isinstance(layer, GRU)
        self.heard, self.recalled = np.zeros((2, self.steps))
        return [Gate(phi, self.steps, arithmetic) for phi in (SIGMOID, SIGMOID, tanh(h))]

    def _step(self, t: int, inputs: Inputs) -> None:
        import numpy as np

        r, z, n = self.gates
        ar, _ = self._settle(t, 0, inputs), self._settle(t, 1, inputs)
        into, back = self.drives[2].covariances(t, self.state, inputs)
        opened = into + back * np.append(r.products(t, ar), r.second[t])
        varied = max(r.fourth[t] - r.second[t] ** 2, 0.0) ** 0.5 * back[t]
        n.settle(t, float(opened[t]), varied / opened[t] if opened[t] > 0 else 0.0)
        self.recalled[t] = back[t]
        row, self.heard[t] = self._mixed(self.state, t, n.products(t, opened))
        before = self.state[t - 1, t - 1] if t else 0.0
        own = z.turned[t] * n.second[t] + z.second[t] * before + 2 * z.both[t] * self.heard[t]
        keep(self.state, t, row, float(own))

    def _cross(self, t: int, inputs: Inputs) -> None:
        z, n = self.gates[1], self.gates[2]
        kept = self._both(t, 1, inputs)[t]
        into, back = self.drives[2].covariances(t, self.crossed, inputs)
        new = n.pairs(t, into + self._both(t, 0, inputs) * back)
        row, heard = self._mixed(self.crossed, t, new[:t])
        before = self.crossed[t - 1, t - 1] if t else 0.0
        left = 1 - 2 * z.mean[t] + kept
        own = left * new[t] + kept * before + 2 * (z.mean[t] - kept) * heard
        keep(self.crossed, t, row, float(own))

    def _mixed(self, state: Array, t: int, new: Array) -> tuple[Array, float]:
        """Return E[h_t h_s] for s < t from E[n_t n_s], and E[n_t h_{t−1}]."""
        z = self.gates[1].mean
        said = driven((1 - z[:t]) * new, z)
        row: Array = (1 - z[t]) * said + z[t] * state[max(t - 1, 0), :t]
        return row, float(said[-1]) if t else 0.0

    def pull(self, arriving: Array, near: float = 0.0) -> Array:
        """Return E[δ²] at reset, update and new."""
        import numpy as np

        r, z, n = self.gates
        out = np.zeros((3, self.steps))
        own, met = np.zeros((2, self.steps))
        above = alike = 0.0
        for t in reversed(range(self.steps)):
            root = arriving[t] ** 0.5
            delta = arriving[t] + above + 2 * root * alike
            own[t], met[t] = delta, near * root + alike
            alike = z.mean[t] * met[t]
            before = self.state[t - 1, t - 1] if t else 0.0
            new = delta * z.turned[t] * n.steepness[t]
            apart = before + n.second[t] - 2 * self.heard[t]
            out[:, t] = (
                new * self.recalled[t] * r.steepness[t], delta * apart * z.steepness[t], new,
            )  # fmt: skip
            behind = (out[0, t], out[1, t], new * r.second[t])
            above = delta * z.second[t]
            above += sum(d.back * at for d, at in zip(self.drives, behind, strict=True))
        both, slope = carried_alike(arriving**0.5, z.mean, met, own), (1 - z.mean) * n.slope
        kept = shifted_once(self.state) * np.outer(z.slope, z.slope)
        self._remember_alike({1: both * kept, 2: both * np.outer(slope, slope)})
        return out


CELLS: dict[type[Recurrent], type[Cell]] = {RNN: PlainCell, LSTM: LongCell, GRU: GatedCell}
