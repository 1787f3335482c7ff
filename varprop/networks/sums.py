"""Branches of one input added or multiplied unit by unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from varprop.frozen import frozen
from varprop.networks.aligned import aligned, pulled_back, shares_of, side_by_side
from varprop.networks.concatenation import Concat
from varprop.networks.containers import INDEPENDENT, entered
from varprop.networks.gradient_places import total
from varprop.networks.layer import Forward, Sampled, Setting
from varprop.networks.noise_values import through_noise
from varprop.networks.paths import refuse_shared
from varprop.networks.residual import added
from varprop.networks.shape import Shape
from varprop.networks.signal import Gradient, Signal
from varprop.networks.spreading import fits, sampled_everywhere, spread, widest

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing


def _beside_noise(gradient: Gradient, out: Signal, signals: list[Signal], place: int) -> Gradient:
    """Return the gradient of one of two terms, which meets the other's values as noise."""
    return through_noise(gradient, out, signals[place], signals[1 - place])


@frozen
class Sum(Concat):
    """Branches of one input added up, as ``Add`` in a spec; each needs weights, one may be Identity."""

    __init__ = Concat.__init__
    kind = "Add"
    label = "Add"
    instead: ClassVar[str] = ", or write the sum as one Residual(…, skip=…, scale=…)"

    def copied(self, entering: bool) -> bool:
        """Ask the branches."""
        asked = [branch.copied(entering) for branch in self.branches]
        return any(asked)

    def output(self, shape: Shape) -> Shape:
        """Return the common shape; raises BadInput where branches differ.

        A branch of features alone stands at every position or token of the others.
        """
        found = [branch.output(shape) for branch in self.branches]
        whole = widest(found)
        for branch, here in zip(self.branches, found, strict=True):
            if not fits(here, whole):
                alone = not here.space and here.tokens is None
                beside = Shape(whole.features) if alone else whole
                raise self.differing((branch, here), (self.branches[found.index(whole)], beside))
        return whole

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[(Σ x_i)²] = Σ E[x_i²] + 2 Σ E[x_i]E[x_j]."""
        passed = self._passed(signal, setting)
        signals = [s for s, _ in passed]
        out = self._added(signals, setting)
        each = aligned(str(self), self.branches, signal.shape, signals, setting) or []
        outs = [self._added(one, setting) for one in each]
        if outs:
            out = side_by_side(out, outs, shares_of(signals))

        def through(gradient: Gradient) -> Gradient:
            if len(signals) > 2 or setting.arithmetic.symbolic:
                return total([back(gradient) for _, back in passed])
            return pulled_back(gradient, passed, out, (outs, each), _beside_noise)

        return out, setting.mark(out, through, preactivation=False)

    @staticmethod
    def _added(signals: list[Signal], setting: Setting) -> Signal:
        out = signals[0]
        for one in signals[1:]:
            out = added(out, one, setting.arithmetic)
        return out

    def _passed(self, signal: Signal, setting: Setting) -> list[Forward]:
        whole = self.output(signal.shape)
        setting.assume(INDEPENDENT)
        refuse_shared(str(self), self.branches, self.instead)
        passed = [entered(branch, signal, setting) for branch in self.branches]
        return [spread(one, whole, setting) for one in passed]

    def _drawn(self, shape: Shape, drawing: Drawing) -> list[Sampled]:
        whole, found = self.output(shape), []
        for branch in self.branches:
            one = branch.sample(shape, drawing)
            alone = branch.output(shape) != whole
            found.append(sampled_everywhere(one, whole) if alone else one)
        return found

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw every branch."""
        drawn = self._drawn(shape, drawing)

        def forward(x: Array) -> Array:
            total: Array = sum(d.forward(x) for d in drawn)  # type: ignore[assignment]
            return total

        def backward(delta: Array) -> Array:
            total: Array = sum(d.backward(delta) for d in drawn)  # type: ignore[assignment]
            return total

        return Sampled(forward, backward)
