"""Normalisations of each example: over the features, over groups of channels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from sympy import Expr, Integer, sympify

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.arithmetic import Value
from varprop.networks.few_features import few_features, is_few
from varprop.networks.group_norm import few_channels
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting
from varprop.networks.misfits import fitting
from varprop.networks.norm_sample import normalised
from varprop.networks.shape import Shape, size
from varprop.networks.signal import Gradient, Part, Signal, placeless, plus, times
from varprop.networks.token_pairs import far_of, features_of, overlap_of, relative_pairs, with_pairs
from varprop.networks.token_places import at_places, each_normalised, inverse_places
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing

WIDE_NORM = "{name}: many features, so that their mean and variance are those of the ensemble"

UNCENTRED = (
    "RMSNorm: features that share a part within a token, as behind a token-mixing Transpose(), make the root "
    "mean square differ between tokens; its mean is taken. E[δ²] is up to a²/E[x²]² too small for a shared "
    "variance a"
)


@frozen
class Norm(Layer):
    """x → (x − centre)/√spread with trained scale 1 and shift 0 at the start. Abstract.

    Centring removes what all features of one token share: E[x_f x_f'] of two features, which is the
    squared mean where they are independent, and more behind a mixing of tokens.
    """

    centred: ClassVar[bool] = True

    def output(self, shape: Shape) -> Shape:
        """Return the same shape."""
        return shape

    def parameters(self, shape: Shape) -> Expr:
        """Return a scale and a shift per feature."""
        return 2 * shape.features

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[x²] = 1 whatever came; E[δ²] is divided by the variance that was removed."""
        setting.assume(WIDE_NORM.format(name=type(self).__name__))
        say_cancelled(signal, self, setting)
        centre = signal.mean if self.centred else 0
        square = centre * centre
        alike, alike_two = self._shared(signal, setting)
        spread = signal.second - square - alike
        refuse_nothing(spread, self)
        root = setting.arithmetic.sqrt(spread)
        removed = square + alike
        apart = inverse_places(signal, setting.arithmetic, removed) if _tokens(signal) else None

        def pair(value: Value | None, shared: Value = 0) -> Value | None:
            return None if value is None else (value - square - shared) / spread

        out = Signal(
            signal.shape,
            spread / spread,
            (signal.mean - centre) / root,
            pair(signal.cross, alike_two),
            pair(signal.between),
            _affine_parts(
                placeless(signal) if _tokens(signal) else signal,
                centre,
                spread,
                root,
                (alike, alike_two),
            ),
            1,
            f"{type(self).__name__}'s output",
            spread / spread,
            None if _tokens(signal) or signal.parts is not None else signal.space,
        )
        if apart is not None:
            out = each_normalised(out, signal, setting.arithmetic, removed)
        out = self._paired(out, signal, setting, pair(far_of(signal, setting.arithmetic)))

        def back(gradient: Gradient) -> Gradient:
            found = gradient.times(1 / spread)
            return found if apart is None else replace(at_places(found, apart), by=found.by)

        return out, setting.mark(out, back, preactivation=False)

    def _shared(self, signal: Signal, setting: Setting) -> tuple[Value, Value]:
        """Return the covariance of two features that centring removes, and that of two inputs."""
        found = features_of(signal, setting.arithmetic)
        if self.centred:
            return found
        if found[0] != 0:
            setting.approximate(UNCENTRED)
        return 0, 0

    def _paired(self, out: Signal, signal: Signal, setting: Setting, far: Value | None) -> Signal:
        """Return the output with the pairs that no constant factor changes."""
        if signal.shape.tokens is None or setting.arithmetic.symbolic:
            return out
        features: tuple[Value, Value] = (0, 0)
        if not self.centred:
            one, two = features_of(signal, setting.arithmetic)
            features = one / signal.second, two / signal.second
        found = relative_pairs(
            out, overlap=overlap_of(signal, setting.arithmetic), far=far, features=features
        )
        found = replace(found, level=True)
        gaussian = out.parts is None or all(part.phi == h for part in out.parts)
        return with_pairs(out, found) if gaussian else replace(out, pairs=found)

    def _axes(self, ndim: int, tokens: bool) -> tuple[int, ...]:
        """Return the axes over which statistics are taken."""
        return (-1,) if tokens or ndim == 2 else tuple(range(1, ndim))

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the normalisation by the sample's own statistics."""

        def axes(x: Array) -> tuple[int, ...]:
            return self._axes(x.ndim, shape.tokens is not None)

        return normalised(axes, centred=self.centred)


def _tokens(signal: Signal) -> bool:
    return signal.shape.tokens is not None


def _affine_parts(
    signal: Signal, centre: Value, spread: Value, root: Value, alike: tuple[Value, Value]
) -> tuple[Part, ...] | None:
    """Return the parts of (x − centre)/root, without what features share where they are Gaussian."""
    if signal.parts is None or (alike != (0, 0) and not signal.is_gaussian):
        return None
    return tuple(affine_part(part, centre, root, spread, alike) for part in signal.parts)


def affine_part(
    part: Part, centre: Value, root: Value, spread: Value, alike: tuple[Value, Value] = (0, 0)
) -> Part:
    """Return one part of (x − centre)/root, a Gaussian one without what features share.

    ``alike`` is that of one input and of two.
    """
    lost = tuple((chance, (value - centre) / root) for chance, value in part.lost)
    if part.phi != h:
        return replace(part, phi=(part.phi - sympify(centre)) / sympify(root), lost=lost)
    one, two = alike
    return replace(
        part,
        mean=(part.mean - centre) / root,
        variance=(part.variance - one) / spread,
        covariance=times(plus(part.covariance, -two), 1 / spread),
        between=times(part.between, 1 / spread),
        lost=lost,
    )


def say_cancelled(signal: Signal, norm: Layer, setting: Setting) -> None:
    """Say that the scale of the weights right before a norm is divided out."""
    if signal.words == "h":
        setting.cancelled(type(norm).__name__)


def refuse_nothing(spread: Value, layer: Layer) -> None:
    """Raise BadInput where the variance that a norm divides by is 0."""
    if spread == 0:
        raise BadInput(
            f"{layer} divides by a standard deviation that is 0 here: every unit has the same value."
        )


@frozen
class LayerNorm(Norm):
    """Normalise each example (or token) over its features. Source: Ba, Kiros & Hinton 2016."""

    by_itself = True


@frozen
class RMSNorm(Norm):
    """Divide by the root mean square over the features, no centring. Source: Zhang & Sennrich 2019."""

    by_itself = True

    centred: ClassVar[bool] = False

    def parameters(self, shape: Shape) -> Expr:
        """Return a scale per feature."""
        return shape.features


@frozen
class GroupNorm(Norm):
    """Normalise over groups of channels and all positions. Source: Wu & He 2018."""

    groups: Expr = Integer(32)

    def __post_init__(self) -> None:
        """Read the number of groups."""
        object.__setattr__(
            self, "groups", size(self.groups, "the groups of GroupNorm", symbolic=False)
        )

    def output(self, shape: Shape) -> Shape:
        """Return the same shape; raises BadInput where the groups don't divide the channels."""
        if shape.features.is_Integer and int(shape.features) % int(self.groups):
            raise Misfit(
                f"{self}: {shape.features} channels can't be split into {self.groups} equal groups. Take "
                f"{fitting(int(shape.features), int(self.groups))}."
            )
        return shape

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """As a norm over all features, less what the mean over a group's few values takes off."""
        if setting.arithmetic.symbolic or _tokens(signal):
            return super().forward(signal, setting)
        count = int(signal.shape.features) // int(self.groups)
        if not signal.shape.space:
            found = few_features(self, count, signal, setting) if is_few(count) else None
            return found or super().forward(signal, setting)
        if signal.cross is None:
            return super().forward(signal, setting)
        return few_channels(self, count, signal, setting)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the normalisation of each group."""
        groups = int(self.groups)
        inner = normalised(lambda x: tuple(range(2, x.ndim)), centred=True)

        def split(x: Array) -> Array:
            return x.reshape(len(x), groups, x.shape[1] // groups, *x.shape[2:])

        return Sampled(
            lambda x: inner.forward(split(x)).reshape(x.shape),
            lambda delta: inner.backward(split(delta)).reshape(delta.shape),
        )
