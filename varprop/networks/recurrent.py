"""Recurrent layers over the tokens of a sequence: RNN, LSTM, GRU. All steps share their weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sympy import Expr, S

from varprop.catalogue.activations import Activation, activation
from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting, Weight
from varprop.networks.shape import Shape, scalar, size
from varprop.networks.signal import Signal

if TYPE_CHECKING:
    from varprop.networks.drawing import Drawing


@frozen
class Recurrent(Layer):
    """h_t from x_t and h_{t−1}, h_0 = 0, with weights on both; every step's h_t leaves. Abstract.

    A condition gives input and recurrent weights half of a gate's variance each. ``packed`` stores
    the gates' weights as one tensor, as libraries do, whose fan_out counts them all. ``biases`` is
    the number of stored bias vectors per gate (2 in PyTorch, 1 in Keras); only their sum acts, and
    σ_b² is that of the sum.
    """

    hidden: Expr
    packed: bool = True
    biases: int = 2
    scale: Expr = S.One

    gates: ClassVar[tuple[str, ...]] = ("",)

    def __post_init__(self) -> None:
        """Read the width; raises BadInput."""
        super().__post_init__()
        name = type(self).__name__
        object.__setattr__(self, "hidden", size(self.hidden, f"the width of {name}"))
        object.__setattr__(self, "scale", scalar(self.scale, f"the scale of {type(self).__name__}"))
        if isinstance(self.biases, bool) or self.biases not in (0, 1, 2):
            raise BadInput(f"{name}: biases must be 0, 1 or 2, not {self.biases}.")

    @property
    def fresh(self) -> bool:
        """Every output is a sum with weights."""
        return True

    def output(self, shape: Shape) -> Shape:
        """Return the hidden state at every token; raises BadInput without tokens."""
        if shape.tokens is None:
            raise Misfit(
                f"{self} takes tokens, one per step, but {shape} arrives: write Input(128, tokens=32)."
            )
        return shape.with_features(self.hidden)

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return the tensors on the input, gate by gate, then those on the hidden state."""
        count = len(self.gates)
        roles = [f"{gate} gate " if gate else "" for gate in self.gates]
        wide = self.hidden if not self.packed else count * self.hidden
        if self.packed:
            roles = [""]
        into = [self._tensor(shape.features, wide, f"{r}input", self.biases > 0) for r in roles]
        return (*into, *(self._tensor(self.hidden, wide, f"{r}recurrent", False) for r in roles))

    def _tensor(self, fan_in: Expr, out: Expr, role: str, bias: bool) -> Weight:
        held = out if bias else None
        return Weight(fan_in, out, str(fan_in), (out, fan_in), self.scale, role, held)

    def parameters(self, shape: Shape) -> Expr:
        """Return the weights and all stored bias vectors."""
        count = len(self.gates) * self.hidden
        return count * (shape.features + self.hidden + self.biases)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Follow E[h_t h_s] from step to step, and the gradient back through time."""
        from varprop.networks.recurrent_rule import followed

        return followed(self, signal, setting)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw the weights once for all steps; the gradient goes through time exactly."""
        from varprop.networks.recurrent_sample import drawn

        return drawn(self, shape, drawing)


@frozen
class RNN(Recurrent):
    """h_t = φ(W x_t + U h_{t−1} + b). Source: Elman 1990; torch.nn.RNN."""

    act: Activation = activation("tanh")

    def __post_init__(self) -> None:
        """Read the width and the activation (an entry, a name or a formula); raises UnknownName."""
        super().__post_init__()
        if not isinstance(self.act, Activation):
            object.__setattr__(self, "act", activation(str(self.act)))


@frozen
class LSTM(Recurrent):
    """c_t = σ(f) c_{t−1} + σ(i) tanh(g), h_t = σ(o) tanh(c_t). Source: Hochreiter & Schmidhuber 1997.

    ``forget_bias`` is added to f; 1 keeps the state longer (Gers et al. 2000; Jozefowicz et al. 2015).
    """

    forget_bias: Expr = S.Zero
    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "cell", "output")

    def __post_init__(self) -> None:
        """Read the width and the forget bias."""
        super().__post_init__()
        forget_bias = scalar(self.forget_bias, "the forget bias")
        if not (forget_bias.is_number and forget_bias.is_real):
            raise BadInput(
                f"the forget bias of LSTM is a number here, not {forget_bias}. Try forget_bias=1."
            )
        object.__setattr__(self, "forget_bias", forget_bias)


@frozen
class GRU(Recurrent):
    """h_t = (1 − z) n + z h_{t−1}, n = tanh(W x + r·(U h_{t−1})), z and r sigmoid gates.

    The reset gate acts behind the recurrent weights, as in cuDNN, PyTorch and Keras; the bias stands on
    the input's side. Source: Cho et al. 2014.
    """

    gates: ClassVar[tuple[str, ...]] = ("reset", "update", "new")
