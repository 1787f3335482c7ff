"""Branches side by side: Concat."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Add, Expr

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.arithmetic import Value
from varprop.networks.containers import INDEPENDENT, as_layer
from varprop.networks.gradient_places import total
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting, Weight
from varprop.networks.shape import Shape
from varprop.networks.signal import Gradient, Part, Signal
from varprop.networks.token_places import joined_places
from varprop.networks.units import mixed
from varprop.networks.values import pieces

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing


@frozen
class Concat(Layer):
    """The features of several branches of one input, side by side (DenseNet: Identity and a branch)."""

    branches: tuple[Layer, ...]

    def __post_init__(self) -> None:
        """Read the branches."""
        object.__setattr__(self, "branches", tuple(as_layer(b) for b in self.branches))
        if len(self.branches) < 2:
            raise BadInput("Concat needs at least two branches: Concat(Identity(), Dense(32)).")

    def __str__(self) -> str:
        """Return Concat(a, b)."""
        return f"{type(self).__name__}({', '.join(str(b) for b in self.branches)})"

    def shapes(self, shape: Shape) -> list[Shape]:
        """Return the branches' shapes; raises BadInput where positions differ."""
        found = [branch.output(shape) for branch in self.branches]
        for branch, here in zip(self.branches, found, strict=True):
            if (here.space, here.tokens) != (found[0].space, found[0].tokens):
                raise Misfit(
                    f"{type(self).__name__}: {self.branches[0]} returns {found[0]}, {branch} returns "
                    f"{here}. Positions must agree: match strides and padding."
                )
        return found

    def output(self, shape: Shape) -> Shape:
        """Return the sum of the features."""
        found = self.shapes(shape)
        return found[0].with_features(Add(*(s.features for s in found)))

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return all branches' tensors."""
        return tuple(w for branch in self.branches for w in branch.weights(shape))

    def parameters(self, shape: Shape) -> Expr:
        """Return the sum over the branches."""
        return Add(*(branch.parameters(shape) for branch in self.branches))

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Moments weighted by the number of features; gradients of all branches add up."""
        shape = self.output(signal.shape)
        setting.assume(INDEPENDENT)
        passed = [branch.forward(signal, setting) for branch in self.branches]
        to = setting.arithmetic.value
        shares = [to(s.features) / to(shape.features) for s in self.shapes(signal.shape)]
        signals = [s for s, _ in passed]
        parts = _all_parts(shares, signals)
        out = Signal(
            shape,
            mixed(shares, [s.second for s in signals]),
            mixed(shares, [s.mean for s in signals]),
            mixed(shares, [s.cross for s in signals]),
            mixed(shares, [s.between for s in signals]),
            parts,
            1,
            "a concatenation",
            mixed(shares, [s.second for s in signals]),
            joined_places(shares, signals, setting.arithmetic) if parts is None else None,
        )

        def through(gradient: Gradient) -> Gradient:
            own = pieces(gradient, parts, [s.parts for s in signals])
            return total([back(piece) for (_, back), piece in zip(passed, own, strict=True)])

        return out, setting.mark(out, through, preactivation=False)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw every branch."""
        import numpy as np

        drawn = [branch.sample(shape, drawing) for branch in self.branches]
        found = self.shapes(shape)
        axis = -1 if shape.tokens is not None or not found[0].space else 1
        cuts = np.cumsum([int(s.features) for s in found])[:-1]

        def backward(delta: Array) -> Array:
            pieces = np.split(delta, cuts, axis=axis)
            total: Array = sum(  # type: ignore[assignment]
                one.backward(piece) for one, piece in zip(drawn, pieces, strict=True)
            )
            return total

        return Sampled(lambda x: np.concatenate([d.forward(x) for d in drawn], axis=axis), backward)


def _all_parts(shares: list[Value], signals: list[Signal]) -> tuple[Part, ...] | None:
    """Return the laws of all units, each once."""
    found: list[Part] = []
    for share, signal in zip(shares, signals, strict=True):
        if signal.parts is None:
            return None
        for part in signal.parts:
            one = replace(part, share=share * part.share)
            same = next(
                (k for k, p in enumerate(found) if replace(p, share=one.share) == one), None
            )
            if same is None:
                found.append(one)
            else:
                found[same] = replace(one, share=found[same].share + one.share)
    return (replace(found[0], share=1),) if len(found) == 1 else tuple(found)
