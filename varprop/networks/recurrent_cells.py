"""Each cell's steps and what its gradient is multiplied by: RNN, LSTM, GRU."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from varprop.networks.arithmetic import Numeric
from varprop.networks.recurrent import GRU, LSTM, RNN, Recurrent
from varprop.networks.recurrent_cell import Cell, Pulled, keep
from varprop.networks.recurrent_gates import Gate
from varprop.networks.recurrent_sites import SiteCell

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


class PlainCell(Cell):
    """h_t = φ(a_t): nothing but the recurrent weights stands between two steps."""

    def _start(self) -> None:
        assert isinstance(self.layer, RNN)
        self.gate = Gate(self.layer.act.phi, self.steps, Numeric())
        self.covariance: list[Array] = []

    def _step(self, t: int) -> None:
        row = self._own(t, 0)
        self.covariance.append(row)
        self.gate.settle(t, float(row[t]))
        pairs = self.gate.pairs(t, row)
        pairs[t], self.mean[t] = self.gate.second[t], self.gate.mean[t]
        keep(self.state, t, pairs)
        both = self._two(t, 0)
        if both is not None:
            keep(self.crossed, t, self.gate.pairs(t, both))

    def pull(self, arriving: Array) -> Pulled:
        """Return the gradient at the pre-activations."""
        import numpy as np

        slope, seen, alike = self.gate.derivative(), arriving.copy(), np.zeros_like(arriving)
        for t, row in enumerate(self.covariance):
            pairs = slope.pairs(t, row)
            pairs[t] = slope.second[t]
            keep(alike, t, pairs)
        out = np.zeros_like(arriving)
        for t in reversed(range(self.steps)):
            out[t, t:] = out[t:, t] = alike[t, t:] * seen[t, t:]
            if t:
                seen[t - 1, t - 1 : -1] += self.drives[0].back * out[t, t:]
        return Pulled(out[None])


class LongCell(SiteCell):
    """The LSTM: input, forget, cell and output gates."""

    fields: ClassVar[int] = 4
    odd: ClassVar[tuple[int, ...]] = (2,)
    direct: ClassVar[int | None] = 3

    def _start(self) -> None:
        import numpy as np

        assert isinstance(self.layer, LSTM)
        super()._start()
        self._shift = float(self.layer.forget_bias)
        self._memory = np.zeros_like(self._states[0])

    def _step(self, t: int) -> None:
        import numpy as np
        from scipy.special import expit

        i, f, g, o = (self._gate(t, k) for k in range(4))
        i, f, g, o = expit(i), expit(f + self._shift), np.tanh(g), expit(o)
        before = self._memory
        self._memory = f * before + i * g
        top = np.tanh(self._memory)
        self._keep(t, o * top)
        self.weight[t], self.kept[t] = (o * (1 - top * top))[0], f[0]
        factors = (g * i * (1 - i), before * f * (1 - f), i * (1 - g * g), top * o * (1 - o))
        self.factors[:, t] = [each[0] for each in factors]


class GatedCell(SiteCell):
    """The GRU: reset, update and new; a fourth process is U h_{t−1}, behind the reset gate."""

    fields: ClassVar[int] = 4
    odd: ClassVar[tuple[int, ...]] = (2, 3)

    def _start(self) -> None:
        import numpy as np

        assert isinstance(self.layer, GRU)
        super()._start()
        self.weight.fill(1.0)
        self.behind = {2: np.zeros_like(self.weight)}

    def _step(self, t: int) -> None:
        import numpy as np
        from scipy.special import expit

        r, z = (expit(self._gate(t, k)) for k in range(2))
        into, recalled = self._opened(t)
        self.variance[2, t] = float(np.mean((into + r * recalled) ** 2))
        n = np.tanh(into + r * recalled)
        before = self._states[t - 1] if t else np.zeros_like(n)
        self._keep(t, (1 - z) * n + z * before)
        new = (1 - z) * (1 - n * n)
        self.kept[t] = z[0]
        factors = (new * recalled * r * (1 - r), (before - n) * z * (1 - z), new)
        self.factors[:, t] = [each[0] for each in factors]
        self.behind[2][t] = (new * r)[0]

    def _opened(self, t: int) -> list[Array]:
        """Return what the new value takes from the input, and from the state behind the reset gate."""
        rows, both = self._rows(t, 2), self._both(t, 2)
        return [
            self._driven(t, 2 + k, rows[k], None if both is None else both[k]) for k in range(2)
        ]


CELLS: dict[type[Recurrent], type[Cell]] = {RNN: PlainCell, LSTM: LongCell, GRU: GatedCell}
