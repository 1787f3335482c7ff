"""Skip paths: skip·x + scale·branch(x)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sympy import Expr, S, sympify

from varprop.errors import BadInput
from varprop.networks.containers import INDEPENDENT, Identity, as_layer, has_weights
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting, Weight
from varprop.networks.shape import Shape
from varprop.networks.signal import Gradient, Part, Signal, plus, scaled

if TYPE_CHECKING:
    from varprop.networks.drawing import Drawing


@dataclass(frozen=True)
class Residual(Layer):
    """skip·x + scale·branch(x); ``path`` is what the skip path applies (Identity, or a projection).

    Source: He et al. 2016; scale: De & Smith 2020, Zhang, Dauphin & Ma 2019 (Fixup).
    """

    branch: Layer
    scale: Expr = S.One
    skip: Expr = S.One
    path: Layer = Identity()

    def __post_init__(self) -> None:
        """Read the branch and the factors."""
        for name in ("branch", "path"):
            object.__setattr__(self, name, as_layer(getattr(self, name)))
        for name in ("scale", "skip"):
            object.__setattr__(self, name, sympify(getattr(self, name)))

    def output(self, shape: Shape) -> Shape:
        """Return the stream's shape; raises BadInput where branch and skip path differ."""
        after, kept = self.branch.output(shape), self.path.output(shape)
        if after != kept:
            raise Misfit(mismatch("Residual", after, kept))
        return kept

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return the branch's tensors, then the projection's."""
        return (*self.branch.weights(shape), *self.path.weights(shape))

    def parameters(self, shape: Shape) -> Expr:
        """Return those of the branch and of the projection."""
        return self.branch.parameters(shape) + self.path.parameters(shape)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """skip²·E[x²] + scale²·E[f²] + 2·skip·scale·E[x]·E[f], and the same for the gradient."""
        self.output(signal.shape)
        to = setting.arithmetic.value
        if not has_weights(self.branch, signal.shape):
            raise BadInput(
                f"Residual({self.branch}) has no weights in its branch, which therefore depends on the "
                "skip path: no rule. Write the sum as one activation with --define instead."
            )
        setting.assume(INDEPENDENT)
        branch, back = self.branch.forward(signal, setting)
        kept, back_path = self.path.forward(signal, setting)
        a, b = to(self.skip), to(self.scale)
        left, right = scaled(kept, a), scaled(branch, b)
        out = added(left, right)

        def through(gradient: Gradient) -> Gradient:
            one, other = back_path(gradient.scaled(a * a)), back(gradient.scaled(b * b))
            return Gradient(one.second + other.second, plus(one.cross, other.cross))

        return out, setting.mark(out, through, preactivation=False)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw branch and projection."""
        branch = self.branch.sample(shape, drawing)
        path = self.path.sample(shape, drawing)
        a, b = float(self.skip), float(self.scale)
        return Sampled(
            lambda x: b * branch.forward(x) + a * path.forward(x),
            lambda delta: branch.backward(b * delta) + path.backward(a * delta),
        )


def mismatch(what: str, branch: Shape, skip: Shape) -> str:
    """Say how two shapes differ that should agree, and what to add."""
    if branch.space == skip.space and branch.tokens == skip.tokens:
        unit = "Conv2d" if branch.space else "Dense"
        extra = ", 1" if branch.space else ""
        return (
            f"{what}: the branch returns {branch.features} features, the skip carries {skip.features}. "
            f"Add {unit}({skip.features}{extra}) at the end of the branch."
        )
    return (
        f"{what}: the branch returns {branch}, the skip carries {skip}. Give the skip a projection of "
        "the same stride: path=Conv2d(…, 1, stride=…)."
    )


def added(left: Signal, right: Signal) -> Signal:
    """Return the sum of two independent signals; Gaussian where both are."""
    parts = None
    if left.is_gaussian and right.is_gaussian:
        assert left.parts is not None
        assert right.parts is not None
        parts = tuple(_sum_part(a, b) for a in left.parts for b in right.parts)
    both = 2 * left.mean * right.mean
    second = left.second + right.second + both
    return Signal(
        left.shape,
        second,
        left.mean + right.mean,
        plus(plus(left.cross, right.cross), both),
        plus(plus(left.between, right.between), both),
        parts,
        1,
        "the stream",
        second,
    )


def _sum_part(a: Part, b: Part) -> Part:
    return replace(
        a,
        share=a.share * b.share,
        variance=a.variance + b.variance,
        covariance=plus(a.covariance, b.covariance),
        between=plus(a.between, b.between),
    )
