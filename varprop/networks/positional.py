"""Positions of tokens: a vector for each is added."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Expr, S

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.layer import Forward, Layer, Sampled, Setting
from varprop.networks.misfits import no_tokens
from varprop.networks.shape import Shape, scalar
from varprop.networks.signal import Signal, plus
from varprop.networks.token_pairs import moved_by

if TYPE_CHECKING:
    from varprop.networks.drawing import Drawing


@frozen
class Positional(Layer):
    """x + p with p the position's vector of the given second moment (1/2 for sines and cosines).

    ``learned`` counts p as parameters. Source: Vaswani et al. 2017, section 3.5.
    """

    by_itself = True

    second: Expr = S.Half
    learned: bool = False

    def __post_init__(self) -> None:
        """Read the second moment."""
        super().__post_init__()
        second = scalar(self.second, "the second moment of Positional")
        if second.is_negative or second.is_real is False:
            raise BadInput(
                f"the second moment of Positional is 0 or more, not {second}. Try 1/2, that of sines and "
                "cosines."
            )
        object.__setattr__(self, "second", second)

    def output(self, shape: Shape) -> Shape:
        """Return the same shape; raises BadInput without tokens."""
        if shape.tokens is None:
            raise no_tokens("Positional", shape)
        return shape

    def parameters(self, shape: Shape) -> Expr:
        """Return tokens·features where p is learned."""
        return shape.units if self.learned else S.Zero

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[x²] + E[p²]; both inputs get the same p."""
        setting.assume("positions' vectors are independent of the signal and centred")
        extra = setting.arithmetic.value(self.second)
        second = signal.second + extra
        out = replace(
            signal, second=second, cross=plus(signal.cross, extra), parts=None, reference=second,
            slope=1, words="embedding + position",
        )  # fmt: skip
        return moved_by(signal, out, setting.arithmetic), lambda gradient: gradient

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw Gaussian position vectors of that second moment."""
        p = drawing.rng.standard_normal(shape.concrete()) * float(self.second) ** 0.5
        return Sampled(lambda x: x + p, lambda delta: delta)
