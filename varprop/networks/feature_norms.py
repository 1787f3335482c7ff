"""Normalisations of each example: over the features, over groups of channels."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, ClassVar

from sympy import Expr

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.affine_units import affine_parts
from varprop.networks.arithmetic import Value
from varprop.networks.beside_mean import rejoined_values
from varprop.networks.few_features import TOLD, few_features, say_few, shrunk
from varprop.networks.layer import Forward, Layer, Sampled, Setting
from varprop.networks.norm_sample import normalised
from varprop.networks.shape import Shape
from varprop.networks.shared_length import Length, length_of, unequal
from varprop.networks.signal import Gradient, Signal, placeless, times
from varprop.networks.spatial import moved
from varprop.networks.spatial_moments import varying
from varprop.networks.token_pairs import (
    far_of,
    features_of,
    overlap_of,
    relative_pairs,
    with_pairs,
)
from varprop.networks.token_places import alike_places, at_places, each_normalised, inverse_places
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
    by_place: ClassVar[bool] = True
    """Whether each position of a map is normalised by itself, as each token is."""

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
        own = self._by_own_place(signal, setting)
        if own is not None:
            signal = own[0]
        centre = signal.mean if self.centred else 0
        square = centre * centre
        alike, alike_two = self._shared(signal, setting)
        spread = signal.second - square - alike
        refuse_nothing(spread, self)
        root = setting.arithmetic.sqrt(spread)
        removed = square + alike
        each = _tokens(signal) or (self.by_place and bool(signal.shape.space))
        apart = inverse_places(signal, setting.arithmetic, removed) if each else None
        apart = apart if own is None else own[1]

        def pair(value: Value | None, shared: Value = 0) -> Value | None:
            return None if value is None else (value - square - shared) / spread

        out = Signal(
            signal.shape,
            spread / spread,
            (signal.mean - centre) / root,
            pair(signal.cross, alike_two),
            pair(signal.between),
            affine_parts(
                placeless(signal) if _tokens(signal) else signal,
                centre,
                spread,
                root,
                (alike, alike_two),
                self.centred,
            ),
            1,
            f"{type(self).__name__}'s output",
            spread / spread,
            None
            if _tokens(signal) or signal.parts is not None
            else moved(signal.space, signal.cross, square + alike_two),
        )
        if apart is not None:
            out = each_normalised(out, signal, setting.arithmetic, removed)
        out = self._paired(out, signal, setting, pair(far_of(signal, setting.arithmetic)))

        one, two = self._inverse(signal, setting)
        if one is not None and two is not None:
            out = unequal(out, signal, one, two)

        def back(gradient: Gradient) -> Gradient:
            by = rejoined_values(gradient.by, signal.parts, out.parts)
            found = replace(gradient.times(1 / spread), by=by)
            if one is not None:
                cross = times(gradient.cross, one.both)
                found = replace(found, second=gradient.second * one.inverse, cross=cross)
            return found if apart is None else replace(at_places(found, apart), by=found.by)

        return out, setting.mark(out, back, preactivation=False)

    def _by_own_place(self, signal: Signal, setting: Setting) -> tuple[Signal, Array] | None:
        """Return units of a map by their position's own mean and spread, where a norm takes each alone."""
        if setting.arithmetic.symbolic or _tokens(signal) or not self.by_place:
            return None
        if signal.is_gaussian or not varying(signal.parts):
            return None
        return alike_places(signal, setting.arithmetic, centred=self.centred)

    def _shared(self, signal: Signal, setting: Setting) -> tuple[Value, Value]:
        """Return the covariance of two features that centring removes, and that of two inputs."""
        found = features_of(signal, setting.arithmetic)
        if self.centred:
            return found
        if found[0] != 0 and (setting.arithmetic.symbolic or signal.shape.tokens is None):
            setting.approximate(UNCENTRED)
        return 0, 0

    def _inverse(self, signal: Signal, setting: Setting) -> tuple[Length | None, Value | None]:
        """Return what a length that differs between tokens does, and the shared part of two inputs."""
        if self.centred or setting.arithmetic.symbolic or signal.shape.tokens is None:
            return None, None
        alike, alike_two = features_of(signal, setting.arithmetic)
        if float(alike) <= 0:
            return None, None
        return length_of(float(signal.second), float(alike), float(alike_two)), float(alike_two)

    def _paired(self, out: Signal, signal: Signal, setting: Setting, far: Value | None) -> Signal:
        """Return the output with the pairs that no constant factor changes."""
        if signal.shape.tokens is None or setting.arithmetic.symbolic:
            return out
        features: tuple[Value, Value] = (0, 0)
        if not self.centred:
            one, two = features_of(signal, setting.arithmetic)
            features = one / signal.second, two / signal.second
        found = relative_pairs(
            out,
            overlap=overlap_of(signal, setting.arithmetic),
            far=far,
            features=features,
            two=overlap_of(signal, setting.arithmetic, two=True),
        )
        found = replace(found, level=True)
        gaussian = out.parts is None or all(part.phi == h for part in out.parts)
        return with_pairs(out, found) if gaussian else replace(out, pairs=found)

    def _axes(self, ndim: int, tokens: bool) -> tuple[int, ...]:
        """Return the axes over which statistics are taken: the features."""
        return (-1,) if tokens else (1,)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the normalisation by the sample's own statistics."""

        def axes(x: Array) -> tuple[int, ...]:
            return self._axes(x.ndim, shape.tokens is not None)

        return normalised(axes, centred=self.centred)


def _tokens(signal: Signal) -> bool:
    return signal.shape.tokens is not None


def say_cancelled(signal: Signal, norm: Layer, setting: Setting) -> None:
    """Say that the scale of the weights right before a norm is divided out."""
    if signal.words == "h":
        setting.cancelled(type(norm).__name__)


def refuse_nothing(spread: Value, layer: Layer) -> None:
    """Raise BadInput where the variance that a norm divides by is 0, or no number."""
    if isinstance(spread, float) and not isfinite(spread):
        raise BadInput(
            f"{layer} divides by a standard deviation that is beyond double range here: what arrives "
            "explodes. Take smaller weights, or put a norm earlier."
        )
    if spread == 0:
        raise BadInput(
            f"{layer} divides by a standard deviation that is 0 here: every unit has the same value."
        )


@frozen
class LayerNorm(Norm):
    """Normalise each example (each token, each position of a map) over its features.

    Source: Ba, Kiros & Hinton 2016; over the channels of a position as in ConvNeXt (Liu et al. 2022).
    """

    by_itself = True

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """As a norm over all features; few of them lie on a sphere."""
        count = signal.shape.features
        if setting.arithmetic.symbolic or shrunk(int(count), 2) <= TOLD:
            return super().forward(signal, setting)
        found = None
        if signal.shape.dims == (count,):
            found = few_features(self, int(count), signal, setting)
        else:
            say_few(self, int(count), 2, setting)
        return found or super().forward(signal, setting)


@frozen
class RMSNorm(Norm):
    """Divide by the root mean square over the features, no centring. Source: Zhang & Sennrich 2019."""

    by_itself = True

    centred: ClassVar[bool] = False

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """As a norm over all features."""
        if not setting.arithmetic.symbolic:
            say_few(self, int(signal.shape.features), 1, setting)
        return super().forward(signal, setting)

    def parameters(self, shape: Shape) -> Expr:
        """Return a scale per feature."""
        return shape.features
