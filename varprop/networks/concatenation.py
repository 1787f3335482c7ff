"""Branches side by side: Concat."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from sympy import Add, Expr

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.arithmetic import Value
from varprop.networks.containers import INDEPENDENT, entered, inner
from varprop.networks.gradient_places import total
from varprop.networks.layer import LONGEST_NAME, Forward, Layer, Misfit, Sampled, Setting, Weight
from varprop.networks.paths import free_of
from varprop.networks.residual import mismatch
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
    kind: ClassVar[str] = "Concat"

    def __init__(self, *separate: Any, branches: Any = ()) -> None:
        """Read the branches, one by one as in a spec or in one tuple."""
        given: Any = separate or (branches,)
        if len(given) == 1 and isinstance(given[0], tuple | list):
            given = given[0]
        found = tuple(inner(branch, self.kind) for branch in given)
        if len(found) < 2:
            only = f", not {found[0]} alone" if found else ""
            raise BadInput(
                f"{self.kind} needs at least two branches{only}: {self.kind}(Identity(), Dense(32))."
            )
        object.__setattr__(self, "branches", found)

    def __str__(self) -> str:
        """Return Concat(a, b)."""
        return f"{self.kind}({', '.join(str(b) for b in self.branches)})"

    @property
    def fresh(self) -> bool:
        """Whether all branches are."""
        return all(branch.fresh for branch in self.branches)

    def mixes(self, shape: Shape) -> bool:
        """Whether all branches do."""
        return all(branch.mixes(shape) for branch in self.branches)

    def copied(self, entering: bool) -> bool:
        """Ask the branches; two paths without weights put the same values side by side."""
        asked = [branch.copied(entering) for branch in self.branches]
        return any(asked) or len(free_of(self.branches)) > 1

    def shapes(self, shape: Shape) -> list[Shape]:
        """Return the branches' shapes; raises BadInput where positions differ."""
        found = [branch.output(shape) for branch in self.branches]
        for branch, here in zip(self.branches, found, strict=True):
            if (here.space, here.tokens) != (found[0].space, found[0].tokens):
                raise self.differing((branch, here), (self.branches[0], found[0]))
        return found

    def differing(self, branch: tuple[Layer, Shape], beside: tuple[Layer, Shape]) -> Misfit:
        """Return the refusal of a branch whose shape differs from that of the one beside it."""
        one, other = (
            text if len(text) <= LONGEST_NAME else f"the branch … >> {b.last_name()}"
            for b, text in ((b, str(b)) for b in (beside[0], branch[0]))
        )
        named = (f"{other} returns {{}}", branch[0].last_name())
        words = mismatch(self.kind, named, branch[1], f"{one} returns {{}}", beside[1])
        return Misfit(words, named=True)

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
        passed = [entered(branch, signal, setting) for branch in self.branches]
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
            mixed(shares, [s.slope for s in signals]),
            "a concatenation",
            mixed(shares, [_reference(s) for s in signals]),
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


def _reference(signal: Signal) -> Value:
    """Return the second moment that a branch keeps: of data that of the values before activations."""
    if signal.reference != 0 or signal.parts is None:
        return signal.reference if signal.reference != 0 else signal.second
    return mixed(
        [part.share for part in signal.parts],
        [part.variance + part.mean * part.mean for part in signal.parts],
    )


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
