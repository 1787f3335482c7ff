"""Drawn recurrent layers: forward over the steps, and exact back-propagation through time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from varprop.networks.layer import Sampled
from varprop.networks.recurrent import GRU, LSTM, RNN, Recurrent

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing
    from varprop.networks.shape import Shape


def drawn(layer: Recurrent, shape: Shape, drawing: Drawing) -> Sampled:
    """Return one drawn layer; weights are taken in the order of the rule."""
    import numpy as np

    pairs = [(drawing.weight(w), drawing.bias(w)) for w in layer.weights(shape)]
    half = len(pairs) // 2
    into, back = (np.concatenate([m for m, _ in part]) for part in (pairs[:half], pairs[half:]))
    held = [b for _, b in pairs[:half] if b is not None]
    bias: Array = np.concatenate(held) if held else np.zeros(len(into))
    step = _STEPS[type(layer)](layer, back)

    def forward(x: Array) -> Array:
        driven = x.reshape(-1, x.shape[-1]) @ into.T + bias
        return step.forward(driven.reshape(*x.shape[:-1], -1))

    def backward(delta: Array) -> Array:
        gates = step.backward(delta)
        out: Array = (gates.reshape(-1, gates.shape[-1]) @ into).reshape(*gates.shape[:-1], -1)
        return out

    return Sampled(forward, backward)


def _sigmoid(x: Array) -> Array:
    from scipy.special import expit

    out: Array = expit(x)
    return out


class Steps(ABC):
    """A cell whose input has been multiplied by its weights; ``back`` multiplies the hidden state."""

    def __init__(self, layer: Any, back: Array) -> None:
        self.layer = layer
        self.back = back
        self.kept: list[tuple[Array, ...]] = []

    def forward(self, driven: Array) -> Array:
        """Return h_t of every step; ``driven`` is (inputs, steps, gates·hidden)."""
        import numpy as np

        state = self.start(np.zeros((len(driven), self.back.shape[1])))
        self.kept, out = [], []
        for t in range(driven.shape[1]):
            state = self.step(driven[:, t], state)
            out.append(state[0])
        return np.stack(out, axis=1)

    def backward(self, delta: Array) -> Array:
        """Return the gradient at ``driven``."""
        import numpy as np

        below = self.start(np.zeros_like(delta[:, 0]))
        out = []
        for t in reversed(range(delta.shape[1])):
            gates, below = self.pull((below[0] + delta[:, t], *below[1:]), self.kept[t])
            out.append(gates)
        return np.stack(out[::-1], axis=1)

    @staticmethod
    def start(zero: Array) -> tuple[Array, ...]:
        """Return the state, hidden first, before the first step."""
        return (zero,)

    @abstractmethod
    def step(self, driven: Array, state: tuple[Array, ...]) -> tuple[Array, ...]:
        """Return the next state and keep what the way back needs."""

    @abstractmethod
    def pull(
        self, above: tuple[Array, ...], kept: tuple[Array, ...]
    ) -> tuple[Array, tuple[Array, ...]]:
        """Return the gradient at ``driven`` of one step, and at the state before it."""


class _Plain(Steps):
    """h = φ(x + U h)."""

    def step(self, driven: Array, state: tuple[Array, ...]) -> tuple[Array, ...]:
        from varprop.networks.drawing import Drawing

        phi, slope = Drawing.pointwise(self.layer.act)
        a = driven + state[0] @ self.back.T
        self.kept.append((slope(a),))
        return (phi(a),)

    def pull(
        self, above: tuple[Array, ...], kept: tuple[Array, ...]
    ) -> tuple[Array, tuple[Array, ...]]:
        gate = above[0] * kept[0]
        return gate, (gate @ self.back,)


class _Long(Steps):
    """The LSTM's step: gates in the order input, forget, cell, output."""

    @staticmethod
    def start(zero: Array) -> tuple[Array, ...]:
        return (zero, zero)

    def step(self, driven: Array, state: tuple[Array, ...]) -> tuple[Array, ...]:
        import numpy as np

        hidden, cell = state
        i, f, g, o = np.split(driven + hidden @ self.back.T, 4, axis=-1)
        i, f, o = _sigmoid(i), _sigmoid(f + float(self.layer.forget_bias)), _sigmoid(o)
        g = np.tanh(g)
        after = f * cell + i * g
        top = np.tanh(after)
        self.kept.append((i, f, g, o, cell, top))
        return (o * top, after)

    def pull(
        self, above: tuple[Array, ...], kept: tuple[Array, ...]
    ) -> tuple[Array, tuple[Array, ...]]:
        import numpy as np

        i, f, g, o, cell, top = kept
        hidden, state = above
        state = state + hidden * o * (1 - top * top)
        gates = np.concatenate(
            [
                state * g * i * (1 - i),
                state * cell * f * (1 - f),
                state * i * (1 - g * g),
                hidden * top * o * (1 - o),
            ],
            axis=-1,
        )
        return gates, (gates @ self.back, state * f)


class _Gated(Steps):
    """The GRU's step: gates in the order reset, update, new."""

    def step(self, driven: Array, state: tuple[Array, ...]) -> tuple[Array, ...]:
        import numpy as np

        (hidden,) = state
        ar, az, an = np.split(driven, 3, axis=-1)
        br, bz, bn = np.split(hidden @ self.back.T, 3, axis=-1)
        r, z = _sigmoid(ar + br), _sigmoid(az + bz)
        n = np.tanh(an + r * bn)
        self.kept.append((r, z, n, bn, hidden))
        return ((1 - z) * n + z * hidden,)

    def pull(
        self, above: tuple[Array, ...], kept: tuple[Array, ...]
    ) -> tuple[Array, tuple[Array, ...]]:
        import numpy as np

        r, z, n, bn, hidden = kept
        (delta,) = above
        new = delta * (1 - z) * (1 - n * n)
        reset = new * bn * r * (1 - r)
        update = delta * (hidden - n) * z * (1 - z)
        gates = np.concatenate([reset, update, new], axis=-1)
        behind = np.concatenate([reset, update, new * r], axis=-1)
        return gates, (delta * z + behind @ self.back,)


_STEPS: dict[type[Recurrent], type[Steps]] = {RNN: _Plain, LSTM: _Long, GRU: _Gated}
