"""Branches of one input added or multiplied unit by unit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from varprop.errors import BadInput
from varprop.networks.arithmetic import Value
from varprop.networks.concatenation import Concat
from varprop.networks.containers import INDEPENDENT, has_weights
from varprop.networks.layer import Forward, Misfit, Sampled, Setting
from varprop.networks.residual import added, mismatch
from varprop.networks.shape import Shape
from varprop.networks.signal import Gradient, Signal, times

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing


@dataclass(frozen=True)
class Sum(Concat):
    """Branches of one input added up, as ``Add`` in a spec; each needs weights, one may be Identity."""

    def __str__(self) -> str:
        """Return Add(a, b)."""
        return f"Add({', '.join(str(b) for b in self.branches)})"

    def output(self, shape: Shape) -> Shape:
        """Return the common shape; raises BadInput where branches differ."""
        found = self.shapes(shape)
        for branch, here in zip(self.branches, found, strict=True):
            if here != found[0]:
                raise Misfit(mismatch(f"{self.kind} ({branch})", here, found[0]))
        return found[0]

    kind = "Add"
    label = "Add"

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[(Σ x_i)²] = Σ E[x_i²] + 2 Σ E[x_i]E[x_j]."""
        passed = self._passed(signal, setting)
        out = passed[0][0]
        for one, _ in passed[1:]:
            out = added(out, one, setting.arithmetic)

        def through(gradient: Gradient) -> Gradient:
            pulled = [back(gradient) for _, back in passed]
            total = pulled[0]
            for one in pulled[1:]:
                total = total.joined(one)
            return total

        return out, setting.mark(out, through, preactivation=False)

    def _passed(self, signal: Signal, setting: Setting) -> list[Forward]:
        self.output(signal.shape)
        setting.assume(INDEPENDENT)
        idle = [b for b in self.branches if not has_weights(b, signal.shape)]
        if len(idle) > 1:
            raise BadInput(
                f"{self}: {idle[0]} and {idle[1]} have no weights, so they depend on each other: no rule. "
                "Give one of them a Dense or Conv layer."
            )
        return [branch.forward(signal, setting) for branch in self.branches]

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw every branch."""
        drawn = [branch.sample(shape, drawing) for branch in self.branches]

        def forward(x: Array) -> Array:
            total: Array = sum(d.forward(x) for d in drawn)  # type: ignore[assignment]
            return total

        def backward(delta: Array) -> Array:
            total: Array = sum(d.backward(delta) for d in drawn)  # type: ignore[assignment]
            return total

        return Sampled(forward, backward)


@dataclass(frozen=True)
class Multiply(Sum):
    """Branches of one input multiplied unit by unit: E[(x y)²] = E[x²]·E[y²] for independent ones."""

    kind = "Multiply"
    label = "Multiply"

    def __str__(self) -> str:
        """Return Multiply(a, b)."""
        return f"Multiply({', '.join(str(b) for b in self.branches)})"

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Products of the moments; each branch's gradient sees the product of the others."""
        passed = self._passed(signal, setting)
        signals = [s for s, _ in passed]
        out = signals[0]
        for one in signals[1:]:
            out = _product(out, one)

        def through(gradient: Gradient) -> Gradient:
            total: Gradient | None = None
            for place, (_, back) in enumerate(passed):
                second: Value = 1
                cross: Value | None = 1
                for other, s in enumerate(signals):
                    if other != place:
                        second, cross = second * s.second, times(cross, s.cross)
                crossed = times(gradient.cross, cross)
                one = back(replace(gradient.scaled(second), cross=crossed))
                total = one if total is None else total.joined(one)
            assert total is not None
            return total

        return out, setting.mark(out, through, preactivation=False)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw every branch."""
        drawn = [branch.sample(shape, drawing) for branch in self.branches]
        kept: list[Array] = []

        def forward(x: Array) -> Array:
            import numpy as np

            kept[:] = [d.forward(x) for d in drawn]
            total: Array = np.prod(np.stack(kept), axis=0)
            return total

        def backward(delta: Array) -> Array:
            import numpy as np

            total: Array = sum(  # type: ignore[assignment]
                d.backward(delta * np.prod(np.stack(kept[:k] + kept[k + 1 :]), axis=0))
                for k, d in enumerate(drawn)
            )
            return total

        return Sampled(forward, backward)


def _product(a: Signal, b: Signal) -> Signal:
    second = a.second * b.second
    return Signal(
        a.shape,
        second,
        a.mean * b.mean,
        times(a.cross, b.cross),
        times(a.between, b.between),
        None,
        a.slope * b.second + b.slope * a.second,
        f"{a.words}·{b.words}",
        a.reference if a.reference == b.reference else second,
    )
