"""Activations of several pre-activations: CReLU with its looks-linear pairing, maxout, gated units."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sympy import Expr, Integer, Max, Rational

from varprop.catalogue.activations import activation
from varprop.catalogue.combined import COMBINED, GatedPair
from varprop.catalogue.combined_moments import CombinedMoments, combined_moments
from varprop.catalogue.combined_text import combined
from varprop.errors import BadInput
from varprop.networks.arithmetic import Value, slope_pair
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting, Weight
from varprop.networks.shape import Shape, size
from varprop.networks.signal import Gradient, Part, Signal, times
from varprop.notation import h, q

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing


def feature_axis(shape: Shape) -> int:
    """Return the array axis of the features, examples first."""
    return -1 if shape.tokens is not None or not shape.space else 1


def _gaussian_only(signal: Signal, what: str) -> Part:
    if not signal.is_gaussian or signal.parts is None or len(signal.parts) != 1:
        raise BadInput(
            f"{what} needs a Gaussian pre-activation, but {signal.words} arrives: put a Dense or Conv "
            "layer before it."
        )
    return signal.parts[0]


@dataclass(frozen=True)
class CReLU(Layer):
    """(relu(h), relu(−h)): twice the features. Source: Shang et al. 2016; Balduzzi et al. 2017."""

    def output(self, shape: Shape) -> Shape:
        """Return twice the features."""
        return shape.with_features(2 * shape.features)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Each half has E[x²] = q/2; E[δ²] comes back from exactly one of them."""
        part = _gaussian_only(signal, "CReLU")
        arithmetic = setting.arithmetic
        phi = Max(0, h)
        second = arithmetic.moment(phi, "second_moment", part.variance)
        mean = arithmetic.moment(phi, "mean", part.variance)
        half = arithmetic.value(Rational(1, 2))

        def pair(covariance: Value | None) -> Value | None:
            return None if covariance is None else arithmetic.pair(phi, part.variance, covariance)

        out = replace(
            signal,
            shape=self.output(signal.shape),
            second=second,
            mean=mean,
            cross=pair(part.covariance),
            between=pair(part.between),
            parts=tuple(replace(part, share=half, phi=Max(0, sign * h)) for sign in (1, -1)),
            words=f"CReLU({signal.words})",
        )
        same = (
            None
            if part.covariance is None
            else 2 * slope_pair(arithmetic, phi, part.variance, part.covariance)
        )

        def back(gradient: Gradient) -> Gradient:
            return Gradient(gradient.second, times(gradient.cross, same), gradient.profile)

        return out, setting.mark(out, back, preactivation=False, elementwise=True)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return both halves."""
        import numpy as np

        axis = feature_axis(shape)
        kept: list[Array] = []

        def forward(x: Array) -> Array:
            kept[:] = [x > 0]
            return np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)], axis=axis)

        def backward(delta: Array) -> Array:
            up, down = np.split(delta, 2, axis=axis)
            return np.where(kept[0], up, -down)

        return Sampled(forward, backward)


@dataclass(frozen=True)
class Mirrored(Layer):
    """A weight layer whose kernel is [W, −W] on CReLU's two halves: exactly W h, "looks linear".

    ``layer`` is a Dense or Conv layer; its fan_in counts both halves, as its array does.
    Source: Balduzzi et al. 2017, section 4.2.
    """

    layer: Layer

    def output(self, shape: Shape) -> Shape:
        """Return the layer's shape; raises BadInput for an odd number of features."""
        if shape.features.is_Integer and int(shape.features) % 2:
            raise Misfit(f"{self} needs CReLU's two halves, but {shape} arrives.")
        return self.layer.output(shape)

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return the layer's tensors."""
        return self.layer.weights(shape)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """W(relu(h) − relu(−h)) = W h: moments of the pair are those of h, not of relu."""
        base = self._base(signal)
        half = setting.arithmetic.value(Rational(1, 2))
        paired = replace(
            signal, cross=times(base.covariance, half), between=times(base.between, half)
        )
        return self.layer.forward(paired, setting)

    @staticmethod
    def _base(signal: Signal) -> Part:
        parts = signal.parts or ()
        if len(parts) != 2 or {p.phi for p in parts} != {Max(0, h), Max(0, -h)}:
            raise BadInput(
                f"Mirrored needs CReLU right before it, but {signal.words} arrives: write CReLU() >> "
                "Mirrored(Dense(n))."
            )
        return parts[0]

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw the layer on one half and pair it."""
        return self.layer.sample(shape, _Mirrored(drawing))  # type: ignore[arg-type]


class _Mirrored:
    """A drawing whose kernels are [W, −W] along their input axis."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self.rng = drawing.rng

    def weight(self, weight: Weight) -> Array:
        import numpy as np

        full = self._drawing.weight(weight)
        first = full[:, : full.shape[1] // 2]
        return np.concatenate([first, -first], axis=1)

    def bias(self, weight: Weight) -> Array | None:
        return self._drawing.bias(weight)


@dataclass(frozen=True)
class Maxout(Layer):
    """The largest of k pre-activations: features/k leave. Source: Goodfellow et al. 2013."""

    pieces: Expr = Integer(2)

    def __post_init__(self) -> None:
        """Read the number of pieces."""
        object.__setattr__(
            self, "pieces", size(self.pieces, "the pieces of Maxout", least=2, symbolic=False)
        )

    def output(self, shape: Shape) -> Shape:
        """Return a k-th of the features; raises BadInput where k doesn't divide them."""
        return _divided(shape, self.pieces, str(self))

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[max²] = q·E[k z² Φ(z)^(k−1)]; the gradient reaches one piece of k."""
        part = _gaussian_only(signal, "Maxout")
        arithmetic = setting.arithmetic
        moments = _maxout(self.pieces)
        second, mean = (
            combined_value(moments, name, part.variance, setting)
            for name in ("second_moment", "mean")
        )
        share = arithmetic.value(1 / self.pieces)
        out = Signal(
            self.output(signal.shape), second, mean, None, None, None, signal.slope * share,
            f"Maxout({signal.words})", signal.reference,
        )  # fmt: skip

        def back(gradient: Gradient) -> Gradient:
            return Gradient(gradient.second * share, None, gradient.profile)

        return out, setting.mark(out, back, preactivation=False, elementwise=True)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the maximum over groups of neighbouring features."""
        import numpy as np

        k, axis = int(self.pieces), feature_axis(shape)
        kept: list[Array] = []

        def groups(x: Array) -> Array:
            moved = np.moveaxis(x, axis, -1)
            return moved.reshape(*moved.shape[:-1], -1, k)

        def forward(x: Array) -> Array:
            grouped = groups(x)
            top = grouped.max(axis=-1, keepdims=True)
            kept[:] = [grouped == top]
            return np.moveaxis(top[..., 0], -1, axis)

        def backward(delta: Array) -> Array:
            moved = np.moveaxis(delta, axis, -1)[..., None] * kept[0]
            flat = moved.reshape(*moved.shape[:-2], -1)
            return np.moveaxis(flat, -1, axis)

        return Sampled(forward, backward)


def _divided(shape: Shape, pieces: Expr, what: str) -> Shape:
    if shape.features.is_Integer and int(shape.features) % int(pieces):
        raise Misfit(f"{what}: {shape.features} features can't be split into groups of {pieces}.")
    return shape.with_features(shape.features / pieces)


def _maxout(pieces: Expr) -> CombinedMoments:
    entry = combined(f"maxout({pieces})")
    assert entry is not None
    return combined_moments(entry)


def combined_value(moments: CombinedMoments, name: str, variance: Value, setting: Setting) -> Value:
    """Return a moment of a combined activation in the setting's arithmetic."""
    if setting.arithmetic.symbolic:
        closed = moments.closed(name)
        if closed is not None:
            return closed.subs(q, variance)
        raise BadInput("no closed form is known for this maxout: give numbers instead of symbols.")
    number = moments.number(name, float(variance))
    return math.inf if number is None or number.value is None else number.value


@dataclass(frozen=True)
class Gated(Layer):
    """x = value(h)·gate(g) of two independent halves of the features: GLU, GEGLU, SwiGLU, ReGLU."""

    kind: str = "glu"

    def __post_init__(self) -> None:
        """Resolve the name; raises UnknownName."""
        entry = COMBINED[self.kind]
        if not isinstance(entry, GatedPair):
            raise BadInput(
                f"{self.kind} isn't a gated pair. Try glu, geglu, swiglu, reglu or bilinear."
            )
        object.__setattr__(self, "kind", entry.name)

    def __str__(self) -> str:
        """Return the catalogue's name."""
        return self.kind

    @property
    def factors(self) -> tuple[Expr, Expr]:
        """Both factors as expressions in h."""
        entry = COMBINED[self.kind]
        assert isinstance(entry, GatedPair)
        return activation(entry.value).phi, activation(entry.gate).phi

    def output(self, shape: Shape) -> Shape:
        """Return half the features."""
        return _divided(shape, Integer(2), str(self))

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Moments are products; E[δ²] is shared by both halves."""
        part = _gaussian_only(signal, str(self))
        a, b = self.factors
        to = setting.arithmetic

        def both(name: str) -> tuple[Value, Value]:
            return to.moment(a, name, part.variance), to.moment(b, name, part.variance)

        (a2, b2), (a1, b1) = both("second_moment"), both("mean")
        (da, db) = both("derivative_second_moment")

        def pair(covariance: Value | None) -> Value | None:
            if covariance is None:
                return None
            return to.pair(a, part.variance, covariance) * to.pair(b, part.variance, covariance)

        factor = (da * b2 + a2 * db) / 2
        out = Signal(
            self.output(signal.shape), a2 * b2, a1 * b1, pair(part.covariance), pair(part.between),
            None, signal.slope * factor, f"{self.kind}({signal.words})", signal.reference,
        )  # fmt: skip
        crossed = self._crossed(part, setting)

        def back(gradient: Gradient) -> Gradient:
            return gradient.scaled(factor) if crossed is None else gradient.scaled(factor, crossed)

        return out, setting.mark(out, back, preactivation=False, elementwise=True)

    def _crossed(self, part: Part, setting: Setting) -> Value | None:
        if part.covariance is None:
            return None
        to, (a, b) = setting.arithmetic, self.factors
        v, k = part.variance, part.covariance
        first = slope_pair(to, a, v, k) * to.pair(b, v, k)
        return (first + to.pair(a, v, k) * slope_pair(to, b, v, k)) / 2

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the product of the two halves."""
        import numpy as np

        from varprop.catalogue.activations import Activation

        axis = feature_axis(shape)
        entry = COMBINED[self.kind]
        assert isinstance(entry, GatedPair)
        names: tuple[Activation, Activation] = (activation(entry.value), activation(entry.gate))
        (f, df), (g, dg) = (drawing.pointwise(act) for act in names)
        kept: list[Array] = []

        def forward(x: Array) -> Array:
            left, right = np.split(x, 2, axis=axis)
            kept[:] = [left, right]
            return f(left) * g(right)

        def backward(delta: Array) -> Array:
            left, right = kept
            return np.concatenate(
                [delta * df(left) * g(right), delta * f(left) * dg(right)], axis=axis
            )

        return Sampled(forward, backward)
