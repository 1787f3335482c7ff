"""Layers that mix features: Dense, Bias, Bilinear, Embedding."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from sympy import Expr, Integer, S

from varprop.frozen import frozen
from varprop.networks.arithmetic import Value
from varprop.networks.layer import (
    Forward,
    Layer,
    Misfit,
    Sampled,
    Setting,
    Weight,
    needs_features_only,
)
from varprop.networks.shape import Shape, scalar, size
from varprop.networks.signal import Gradient, Signal, gaussian, plus, times
from varprop.networks.token_pairs import through_weights
from varprop.networks.token_places import weighted_places
from varprop.propagation.dense import gradient_factor, length_map

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing

WIDE = "wide layers: a sum over many inputs is Gaussian"
FRESH = "weights independent of the signal, of the gradient, and of each other"


@frozen
class Dense(Layer):
    """h = W x + b over the features; with tokens, the same W for each token.

    ``scale`` multiplies the standard deviation of W. Source: Glorot & Bengio 2010; He et al. 2015.
    """

    by_itself = True

    features: Expr
    bias: bool = True
    scale: Expr = S.One

    def __post_init__(self) -> None:
        """Read the width; raises BadInput."""
        super().__post_init__()
        object.__setattr__(self, "features", size(self.features, "the width of Dense"))
        object.__setattr__(self, "scale", scalar(self.scale, f"the scale of {type(self).__name__}"))

    @property
    def fresh(self) -> bool:
        """Every output is a sum with weights."""
        return True

    def output(self, shape: Shape) -> Shape:
        """Return the shape with the new number of features."""
        needs_features_only(shape, self)
        return shape.with_features(self.features)

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return W of shape (out, in)."""
        bias = self.features if self.bias else None
        return (_matrix(self.features, shape.features, self.scale, bias),)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """q' = fan_in·Var(w)·E[x²] + σ_b², and E[δ²] = fan_out·Var(w)·E[δ'²]."""
        shape = self.output(signal.shape)
        return weighted(self.weights(signal.shape)[0], shape, signal, setting)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw W and b."""
        (weight,) = self.weights(shape)
        matrix, bias = drawing.weight(weight), drawing.bias(weight)

        def forward(x: Array) -> Array:
            out: Array = x @ matrix.T
            return out if bias is None else out + bias

        def backward(delta: Array) -> Array:
            out: Array = delta @ matrix
            return out

        return Sampled(forward, backward)


@lru_cache(maxsize=1024)
def _matrix(out: Expr, into: Expr, scale: Expr, bias: Expr | None) -> Weight:
    return Weight(into, out, str(into), (out, into), scale, bias=bias)


def weighted(
    weight: Weight,
    shape: Shape,
    signal: Signal,
    setting: Setting,
    *,
    reach: Expr = S.One,
    ratio: Expr = S.One,
) -> Forward:
    """Return Σ_j w_j x_j + b for one tensor and its way back.

    ``reach`` is the share of fan_in that meets a value and not the padding, averaged over outputs;
    ``ratio`` is outputs·fan_in·reach/(inputs·fan_out), 1 without a border.
    """
    to, tidy = setting.arithmetic.value, setting.arithmetic.tidy
    v, bias = setting.variance(weight, signal), setting.bias_variance(weight)
    setting.assume(FRESH)
    setting.assume(WIDE)
    fan_in = to(weight.fan_in) * to(reach)
    factor = gradient_factor(to(weight.fan_out) * to(ratio), v, 1)

    def image(moment: Value | None) -> Value | None:
        return None if moment is None else tidy(length_map(fan_in, v, moment, bias))

    out = gaussian(shape, image(signal.second), image(signal.cross), image(signal.between), "h")
    places = weighted_places(signal, setting.arithmetic, fan_in * v, bias)
    if places is not None and out.parts is not None:
        out = replace(out, parts=(replace(out.parts[0], space=places),))
    out = through_weights(out, signal, setting.arithmetic, image)

    def back(gradient: Gradient) -> Gradient:
        return gradient.scaled(factor)

    return out, setting.mark(out, back, preactivation=True)


@frozen
class Bias(Layer):
    """x + b with b of the biases' variance; 0 leaves the signal as it is."""

    by_itself = True

    def output(self, shape: Shape) -> Shape:
        """Return the same shape."""
        return shape

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[x²] + σ_b²."""
        weight = self._weight(signal.shape)
        setting.variance(weight, signal)
        bias = setting.bias_variance(weight)
        parts = signal.parts
        if parts is not None and bias != 0:
            parts = (
                tuple(
                    replace(
                        p,
                        variance=p.variance + bias,
                        covariance=plus(p.covariance, bias),
                        between=plus(p.between, bias),
                    )
                    for p in parts
                )
                if all(p.is_gaussian for p in parts)
                else None
            )
        out = replace(
            signal,
            second=signal.second + bias,
            cross=plus(signal.cross, bias),
            between=plus(signal.between, bias),
            parts=parts,
        )
        return out, lambda gradient: gradient

    @staticmethod
    def _weight(shape: Shape) -> Weight:
        none = (Integer(0), Integer(0))
        return Weight(Integer(1), Integer(1), "1", none, S.One, "bias", shape.features, "bias")

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return the biases as a tensor without weights."""
        return (self._weight(shape),)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw b."""
        weight = self._weight(shape)
        drawing.weight(weight)
        bias = drawing.bias(weight)
        if bias is not None and shape.space:
            bias = bias.reshape(-1, *(1,) * len(shape.space))
        return Sampled(lambda x: x if bias is None else x + bias, lambda delta: delta)


@frozen
class Bilinear(Layer):
    """h_k = xᵀ W_k x̃ with two independent halves of the features, as torch.nn.Bilinear takes two inputs.

    Every output sums in1·in2 products, so q' = in1·in2·Var(w)·E[x²]·E[x̃²].
    """

    features: Expr
    bias: bool = True
    scale: Expr = S.One

    def __post_init__(self) -> None:
        """Read the width; raises BadInput."""
        super().__post_init__()
        object.__setattr__(self, "features", size(self.features, "the width of Bilinear"))
        object.__setattr__(self, "scale", scalar(self.scale, f"the scale of {type(self).__name__}"))

    @property
    def fresh(self) -> bool:
        """Every output is a sum with weights."""
        return True

    def output(self, shape: Shape) -> Shape:
        """Return the new features; the input splits in halves."""
        needs_features_only(shape, self)
        if shape.features.is_Integer and shape.features % 2:
            raise Misfit(
                f"{self} splits its input in two halves, but {shape.features} features arrive: "
                "make it an even number."
            )
        return shape.with_features(self.features)

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return W of shape (out, in1, in2)."""
        half = shape.features / 2
        return (
            Weight(
                half * half,
                self.features * half,
                f"{half}·{half}",
                (self.features, half, half),
                self.scale,
                bias=self.features if self.bias else None,
                layout="bilinear",
            ),
        )

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """q' = in1·in2·Var(w)·E[x²]²; one half's gradient sees the other half's values."""
        (weight,) = self.weights(signal.shape)
        shape = self.output(signal.shape)
        setting.assume("the two inputs of Bilinear are independent of each other")
        squared = replace(
            signal,
            second=signal.second**2,
            cross=times(signal.cross, signal.cross),
            between=times(signal.between, signal.between),
        )
        out, back = weighted(weight, shape, squared, setting)
        second, cross = signal.second, signal.cross

        def through(gradient: Gradient) -> Gradient:
            return back(gradient).scaled(second, cross)

        return out, through

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw W and b."""
        import numpy as np

        (weight,) = self.weights(shape)
        tensor, bias = drawing.weight(weight), drawing.bias(weight)
        half = int(shape.features) // 2
        kept: list[Array] = []

        def forward(x: Array) -> Array:
            kept[:] = [x]
            mixed = np.tensordot(x[..., :half], tensor, axes=(-1, 1))
            out: Array = (mixed @ x[..., half:, None])[..., 0]
            return out if bias is None else out + bias

        def backward(delta: Array) -> Array:
            (x,) = kept
            above = np.tensordot(delta, tensor, axes=(-1, 0))
            first = (above @ x[..., half:, None])[..., 0]
            last = (x[..., None, :half] @ above)[..., 0, :]
            return np.concatenate([first, last], axis=-1)

        return Sampled(forward, backward)
