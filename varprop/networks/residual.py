"""Skip paths: skip·x + scale·branch(x)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Expr, S

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.containers import INDEPENDENT, Identity, entered, has_weights, inner
from varprop.networks.gradient_places import total
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting, Weight
from varprop.networks.noise_values import through_noise
from varprop.networks.shape import Shape, scalar
from varprop.networks.signal import DATA, Gradient, Part, Signal, plus, scaled
from varprop.networks.spatial import joined_space
from varprop.networks.spatial_pairs import flattened
from varprop.networks.token_pairs import added_pairs
from varprop.networks.token_places import joined_places

if TYPE_CHECKING:
    from varprop.networks.drawing import Drawing


@frozen
class Residual(Layer):
    """skip·x + scale·branch(x); ``path`` is what the skip path applies (Identity, or a projection).

    Source: He et al. 2016; scale: De & Smith 2020, Zhang, Dauphin & Ma 2019 (Fixup).
    """

    by_itself = True

    branch: Layer
    scale: Expr = S.One
    skip: Expr = S.One
    path: Layer = Identity()

    def __post_init__(self) -> None:
        """Read the branch and the factors."""
        super().__post_init__()
        for name in ("branch", "path"):
            object.__setattr__(self, name, inner(getattr(self, name), "a Residual"))
        for name in ("scale", "skip"):
            object.__setattr__(
                self, name, scalar(getattr(self, name), f"the {name} of {type(self).__name__}")
            )

    @property
    def silent(self) -> bool:
        """The skip path passes even where the branch is 0."""
        return False

    @property
    def fresh(self) -> bool:
        """Whether the branch and the skip path are."""
        return self.branch.fresh and self.path.fresh

    def mixes(self, shape: Shape) -> bool:
        """Whether both do."""
        return self.branch.mixes(shape) and self.path.mixes(shape)

    def copied(self, entering: bool) -> bool:
        """Ask both."""
        return any([self.branch.copied(entering), self.path.copied(entering)])

    def output(self, shape: Shape) -> Shape:
        """Return the stream's shape; raises BadInput where branch and skip path differ."""
        after, kept = self.branch.output(shape), self.path.output(shape)
        if after != kept:
            skip = "the skip carries {}"
            if not isinstance(self.path, Identity):
                skip += f" from {self.path.last_name()}"
            branch = ("the branch returns {}", self.branch.last_name())
            raise Misfit(mismatch("Residual", branch, after, skip, kept))
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
        if not self.branch.fresh and not self.path.fresh:
            raise BadInput(self._shared(signal.shape))
        setting.assume(INDEPENDENT)
        carried = signal if signal.words == DATA else replace(signal, words="the stream")
        branch, back = entered(self.branch, carried, setting)
        kept, back_path = entered(self.path, signal, setting)
        a, b = to(self.skip), to(self.scale)
        left, right = scaled(kept, a), scaled(branch, b)
        out = added(left, right, setting.arithmetic)
        setting.stream(kept.second, out.second)

        def through(gradient: Gradient) -> Gradient:
            kept_by = through_noise(gradient, out, left, right).by
            skipped = replace(gradient.scaled(a * a), by=kept_by)
            moved_by = through_noise(gradient, out, right, left).by
            added_on = replace(gradient.scaled(b * b), by=moved_by)
            return total([back_path(skipped), back(added_on)])

        return out, setting.mark(out, through, preactivation=False)

    def _shared(self, shape: Shape) -> str:
        """Say which path through the branch carries what the skip path does, and what to write instead."""
        if not has_weights(self.branch, shape):
            return (
                f"Residual({self.branch}) has no weights in its branch, which therefore depends on the "
                "skip path: no rule. Write the sum as one activation with --define instead."
            )
        inner = self.branch
        advice = "Put a Dense or Conv layer on every path of the branch"
        if isinstance(inner, Residual) and inner.branch.fresh and self.path == inner.path:
            skip, scale = self.skip + self.scale * inner.skip, self.scale * inner.scale
            merged = replace(inner, skip=skip, scale=scale)
            advice = f"Write both as one, {merged}, which is the same"
        return (
            f"{self}: a path without weights leads through the branch {inner}, which therefore depends on "
            f"the skip path: no rule. {advice}."
        )

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw branch and projection."""
        branch = self.branch.sample(shape, drawing)
        path = self.path.sample(shape, drawing)
        a, b = float(self.skip), float(self.scale)
        return Sampled(
            lambda x: b * branch.forward(x) + a * path.forward(x),
            lambda delta: branch.backward(b * delta) + path.backward(a * delta),
        )


def mismatch(what: str, branch: tuple[str, str], after: Shape, skip: str, kept: Shape) -> str:
    """Say how two shapes differ that should agree, and what to add.

    ``branch`` are words about the one that may change, with {} for its shape, and its last layer.
    """
    words, last = branch
    if after.space == kept.space and after.tokens == kept.tokens:
        unit = f"Conv2d({kept.features}, 1)" if after.space else f"Dense({kept.features})"
        first, second = f"{after.features} features", str(kept.features)
        advice = f"Add {unit} at the end of the branch, behind {last}."
    else:
        first, second = str(after) if last in words else f"{after} from {last}", str(kept)
        advice = _other_positions(after, kept, what)
    return f"{what}: {words.format(first)}, {skip.format(second)}. {advice}"


def _other_positions(after: Shape, kept: Shape, what: str) -> str:
    if after.tokens != kept.tokens:
        return (
            "Both need the same tokens: what changes their number (LastToken(), GlobalAvgPool(), Flatten(), "
            f"Tokens()) belongs before {what} or behind it."
        )
    if len(after.space) != len(kept.space):
        return (
            "Both need the same positions: what removes them (Flatten(), GlobalAvgPool()) belongs before "
            f"{what} or behind it."
        )
    if what == "Residual":
        return "Give the skip a projection of the same stride: path=Conv2d(…, 1, stride=…)."
    return "Positions must agree: match strides and padding."


def added(left: Signal, right: Signal, arithmetic: Arithmetic) -> Signal:
    """Return the sum of two independent signals.

    Its law is Gaussian where both are; with numbers, any law plus a Gaussian one is followed, too.
    """
    parts = _sum_parts(left, right, arithmetic) or _sum_parts(right, left, arithmetic)
    both = 2 * left.mean * right.mean
    second = left.second + right.second + both
    out = Signal(
        left.shape,
        second,
        left.mean + right.mean,
        plus(plus(left.cross, right.cross), both),
        plus(plus(left.between, right.between), both),
        parts,
        1,
        "the stream",
        second,
        joined_places([1, 1], [left, right], arithmetic) if parts is None else None,
    )
    return added_pairs(out, left, right, arithmetic)


def _sum_parts(any_law: Signal, noise: Signal, arithmetic: Arithmetic) -> tuple[Part, ...] | None:
    """Return the law of any unit plus an independent Gaussian one, None where it isn't followed."""
    if any_law.parts is None or noise.parts is None or not noise.is_gaussian:
        return None
    pairs = [(a, b) for a in any_law.parts for b in noise.parts]
    if any_law.is_gaussian:
        return tuple(_sum_part(a, b) for a, b in pairs)
    if arithmetic.symbolic or any(a.dropped != 0 for a, _ in pairs):
        return None
    return tuple(_sum_part(flattened(a, b.variance, arithmetic), b) for a, b in pairs)


def _sum_part(a: Part, b: Part) -> Part:
    return replace(
        a,
        share=a.share * b.share,
        variance=a.variance + b.variance,
        covariance=plus(a.covariance, b.covariance),
        between=plus(a.between, b.between),
        space=joined_space(a.space, b.space, _own(a, b), _shared(a, b)),
    )


def _own(*parts: Part) -> tuple[Value, ...]:
    """Return V − C of each, V where C isn't followed."""
    return tuple(p.variance - (0 if p.covariance is None else p.covariance) for p in parts)


def _shared(*parts: Part) -> tuple[Value, ...]:
    return tuple(0 if p.covariance is None else p.covariance for p in parts)
