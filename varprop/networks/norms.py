"""Normalisations: over the batch, over the features, over groups; weight standardisation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from sympy import Expr, Integer, sympify

from varprop.errors import BadInput
from varprop.networks.arithmetic import Value
from varprop.networks.batch_places import beyond_mean, own_spread, part_places
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting
from varprop.networks.norm_sample import normalised
from varprop.networks.shape import Shape, size
from varprop.networks.signal import Gradient, Part, Signal, placeless, times
from varprop.networks.spatial import relative, space_of
from varprop.networks.spatial_moments import profiles
from varprop.networks.token_places import at_places, inverse_places
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing

LARGE_BATCH = (
    "BatchNorm: a large batch of independent examples; statistics are those of the data at fixed "
    "weights"
)
WIDE_NORM = "{name}: many features, so that their mean and variance are those of the ensemble"


@dataclass(frozen=True)
class Norm(Layer):
    """x → (x − centre)/√spread with trained scale 1 and shift 0 at the start. Abstract."""

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
        _say_cancelled(signal, self, setting)
        centre = signal.mean if self.centred else 0
        square = centre * centre
        spread = signal.second - square
        _refuse_nothing(spread, self)
        root = setting.arithmetic.sqrt(spread)
        apart = None
        if signal.shape.tokens is not None:
            apart = inverse_places(signal, setting.arithmetic, square)
            signal = placeless(signal)

        def pair(value: Value | None) -> Value | None:
            return None if value is None else (value - square) / spread

        out = Signal(
            signal.shape,
            spread / spread,
            (signal.mean - centre) / root,
            pair(signal.cross),
            pair(signal.between),
            _affine_parts(signal, centre, root, spread),
            1,
            f"{type(self).__name__}'s output",
            spread / spread,
        )

        def back(gradient: Gradient) -> Gradient:
            found = gradient.scaled(1 / spread)
            return found if apart is None else at_places(found, apart)

        return out, setting.mark(out, back, preactivation=False)

    def _axes(self, ndim: int, tokens: bool) -> tuple[int, ...]:
        """Return the axes over which statistics are taken."""
        return (-1,) if tokens or ndim == 2 else tuple(range(1, ndim))

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the normalisation by the sample's own statistics."""

        def axes(x: Array) -> tuple[int, ...]:
            return self._axes(x.ndim, shape.tokens is not None)

        return normalised(axes, centred=self.centred)


def _affine_parts(
    signal: Signal, centre: Value, root: Value, spread: Value
) -> tuple[Part, ...] | None:
    """Return the parts of (x − centre)/root."""
    if signal.parts is None:
        return None
    found = []
    for part in signal.parts:
        if part.phi == h and part.dropped == 0:
            found.append(
                replace(
                    part,
                    mean=(part.mean - centre) / root,
                    variance=part.variance / spread,
                    covariance=times(part.covariance, 1 / spread),
                    between=times(part.between, 1 / spread),
                )
            )
        elif part.dropped == 0:
            found.append(replace(part, phi=(part.phi - sympify(centre)) / sympify(root)))
        else:
            return None
    return tuple(found)


def _say_cancelled(signal: Signal, norm: Layer, setting: Setting) -> None:
    if signal.words == "h":
        setting.cancelled(type(norm).__name__)


def _refuse_nothing(spread: Value, layer: Layer) -> None:
    if spread == 0:
        raise BadInput(
            f"{layer} divides by a standard deviation that is 0 here: every unit has the same value."
        )


@dataclass(frozen=True)
class LayerNorm(Norm):
    """Normalise each example (or token) over its features. Source: Ba, Kiros & Hinton 2016."""


@dataclass(frozen=True)
class RMSNorm(Norm):
    """Divide by the root mean square over the features, no centring. Source: Zhang & Sennrich 2019."""

    centred: ClassVar[bool] = False

    def parameters(self, shape: Shape) -> Expr:
        """Return a scale per feature."""
        return shape.features


@dataclass(frozen=True)
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
                f"{self}: {shape.features} channels can't be split into {self.groups} equal groups."
            )
        return shape

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


@dataclass(frozen=True)
class BatchNorm(Norm):
    """Normalise every unit over the data: x → (x − E_data x)/std_data x.

    The variance over the data at fixed weights is E[x²] − E[x x̃], q(1 − c) and not q; a gradient
    grows by its inverse. ReLU networks without skips: π/(π − 1) a layer in large batches.
    Source: Ioffe & Szegedy 2015; Yang et al. 2019, A mean field theory of batch normalization.
    """

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[x²] = 1, two examples uncorrelated; E[δ²]/(E[x²] − E[x x̃])."""
        setting.assume(LARGE_BATCH)
        _say_cancelled(signal, self, setting)
        if signal.cross is None:
            raise BadInput(
                "BatchNorm needs E[x x̃] of two examples, which isn't followed through what comes before "
                f"({signal.words}). Put it behind a weight layer."
            )
        kept = (
            None
            if setting.arithmetic.symbolic
            else beyond_mean(profiles(signal, setting.arithmetic))
        )
        common = signal.cross if kept is None else kept[0]
        spread = signal.second - common
        _refuse_nothing(spread, self)
        one, none = spread / spread, 0 * spread
        between = None
        if signal.between is not None:
            between = (signal.between - signal.cross) / spread
        out = Signal(
            signal.shape,
            one,
            none,
            none if kept is None else float(kept[1].mean()) / spread,
            between,
            self._parts(signal),
            1,
            "BatchNorm's output",
            one,
        )

        inverse = self._inverse(signal, spread)

        def back(gradient: Gradient) -> Gradient:
            return gradient.scaled(inverse)

        return out, setting.mark(out, back, preactivation=False)

    @staticmethod
    def _inverse(signal: Signal, spread: Value) -> Value:
        """Return the mean of 1/spread over units whose spreads differ."""
        if not signal.is_gaussian or signal.parts is None or len(signal.parts) == 1:
            return 1 / spread
        total: Value = 0
        for part in signal.parts:
            total = total + part.share / own_spread(part)
        return total

    @staticmethod
    def _parts(signal: Signal) -> tuple[Part, ...] | None:
        """Return N(0, 1) for every Gaussian unit: each is normalised by its own spread."""
        if not signal.is_gaussian or signal.parts is None:
            return None
        found = []
        for part in signal.parts:
            assert part.covariance is not None
            kept, spread = beyond_mean(part_places(part)), own_spread(part)
            between = None if part.between is None else (part.between - part.covariance) / spread
            left, space = 0 * spread, part.space
            if kept is not None and space is not None:
                left = float(kept[1].mean()) / spread
                space = space_of(space.own, relative(kept[1]), space.excess)
            found.append(
                replace(
                    part, variance=spread / spread, covariance=left, between=between, space=space
                )
            )
        return tuple(found)

    def _axes(self, ndim: int, tokens: bool) -> tuple[int, ...]:
        """Return the batch axis and the positions."""
        if tokens:
            return (0, 1)
        return (0, *range(2, ndim))
