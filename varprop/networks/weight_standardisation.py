"""Weight standardisation: each filter is centred and scaled, whatever it was drawn with."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

from sympy import Expr

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.arithmetic import Arithmetic, Numeric, Value
from varprop.networks.convolution import Convolution
from varprop.networks.dense import Dense
from varprop.networks.depthwise import DepthwiseConv2d
from varprop.networks.layer import Forward, Layer, Sampled, Setting, Weight
from varprop.networks.residual import added
from varprop.networks.shape import Shape
from varprop.networks.signal import Part, Signal
from varprop.networks.spatial import moved, relative, space_of
from varprop.networks.spatial_pairs import near_in, space_after
from varprop.networks.spatial_sums import everywhere
from varprop.networks.transposed import ConvTranspose

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing

PADDED = (
    "weight standardisation with zero padding: a filter cut off at the border doesn't sum to 0, so that a "
    "little of the mean passes there (4 % of E[x²] at 8 by 8 positions behind relu). With numbers Conv "
    "layers are followed"
)

ONE_CHANNEL = (
    "standardised filters of one channel: the gradients of neighbouring positions count as independent, "
    "though such a filter's weights sum to 0; below an overlapping average pool they come out up to 1.8 "
    "times too large. With zero padding E[x²] and E[x x̃] are 3 to 9 % too small"
)


@frozen
class WeightStandardised(Layer):
    """A Dense or Conv layer whose filters have mean 0 and variance 1/fan_in, times ``scale``².

    The scale that W is drawn with cancels. A filter that sums to 0 doesn't see what its inputs have
    in common: q' = E[x²] − E[x]² + σ_b². Source: Qiao et al. 2019, section 3.
    """

    layer: Layer

    def __post_init__(self) -> None:
        """Refuse anything but a Dense or Conv layer."""
        super().__post_init__()
        kinds = (Dense, Convolution, DepthwiseConv2d)
        if not isinstance(self.layer, kinds) or isinstance(self.layer, ConvTranspose):
            raise BadInput(
                f"WeightStandardised takes a Dense or Conv layer, not {self.layer}. Try "
                "WeightStandardised(Dense(64))."
            )

    @property
    def fresh(self) -> bool:
        """Every output is a sum with weights."""
        return True

    def mixes(self, shape: Shape) -> bool:
        """Whether the layer does."""
        return self.layer.mixes(shape)

    def output(self, shape: Shape) -> Shape:
        """Return the layer's shape."""
        return self.layer.output(shape)

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return the layer's tensor."""
        return self.layer.weights(shape)

    def parameters(self, shape: Shape) -> Expr:
        """Return the layer's number."""
        return self.layer.parameters(shape)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Var(w) = 1/fan_in, and only the deviations from the mean count."""
        square, both = self._in_common(signal, setting.arithmetic)
        inner = Signal(
            signal.shape,
            signal.second - square,
            0 * signal.mean,
            None if signal.cross is None else signal.cross - both,
            None if signal.between is None else signal.between - both,
            None,
            signal.slope,
            signal.words,
            signal.reference,
            moved(space_after(signal, setting.arithmetic), signal.cross, both),
        )
        out, back = self.layer.forward(inner, _Standardising(setting))  # type: ignore[arg-type]
        conv = self._convolution(signal.shape)
        if conv is not None and not conv.mixes(signal.shape):
            setting.approximate(ONE_CHANNEL)
        if conv is None or conv.padding in (0, "valid") or not setting.borders:
            return out, back
        if setting.arithmetic.symbolic:
            setting.approximate(PADDED)
            return out, back
        return self._passing(conv, out, (float(square), float(both)), signal.shape), back

    def _in_common(self, signal: Signal, arithmetic: Arithmetic) -> tuple[Value, Value]:
        """Return what two terms of a filter have in common, of one input and of two inputs.

        A filter that sums to 0 cancels it. Terms of different channels share the square of the mean,
        those of one channel E[x(p)x(p')]; one in many channels counts as different.
        """
        square = signal.mean * signal.mean
        conv = self._convolution(signal.shape)
        if conv is None or conv.groups == 1 or signal.cross is None:
            return square, square
        (weight,) = conv.weights(signal.shape)
        kernel = prod(weight.dims[2:])
        same = arithmetic.value((kernel - 1) / (weight.fan_in - 1)) if kernel > 1 else 0
        own, shared = near_in(conv.window, signal, arithmetic) if kernel > 1 else (0, 0)
        far = square + same * (shared - square)
        return far + same * own, far

    def _convolution(self, shape: Shape) -> Convolution | None:
        if isinstance(self.layer, DepthwiseConv2d):
            return self.layer.as_groups(shape.features)
        return self.layer if isinstance(self.layer, Convolution) else None

    def _passing(
        self, conv: Convolution, out: Signal, common: tuple[float, float], shape: Shape
    ) -> Signal:
        """Return the output with what passes a filter that is cut off at the border.

        Where a share t of a filter's terms is inside, their weights sum to a variance of t(1 − t).
        """
        inside = conv.ways(shape, out.shape).forward(everywhere(shape))
        passed = inside * (1 - inside) * float(conv.scale) ** 2
        size, both = (float(passed.mean()) * c for c in common)
        part = Part(1, size, both, space=space_of(relative(passed), relative(passed)))
        total = added(out, Signal(out.shape, size, 0.0, both, None, (part,), 1, ""), Numeric())
        return replace(total, words=out.words, slope=out.slope, reference=total.second)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw the layer and standardise its filters."""
        return self.layer.sample(shape, _Standardised(drawing))  # type: ignore[arg-type]


class _Standardising:
    """A setting in which every tensor has variance 1/fan_in; the rest is the outer setting's."""

    def __init__(self, outer: Setting) -> None:
        self._outer = outer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outer, name)

    def variance(self, weight: Weight, feed: Signal) -> Value:
        self._outer.variance(weight, feed)
        self._outer.cancelled("WeightStandardised")
        return self._outer.arithmetic.value(weight.scale**2 / weight.fan_in)


class _Standardised:
    """A drawing whose filters are centred and scaled."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self.rng = drawing.rng

    def weight(self, weight: Weight) -> Array:
        drawn = self._drawing.weight(weight)
        filters = drawn.reshape(len(drawn), -1)
        moved = filters - filters.mean(axis=1, keepdims=True)
        std = moved.std(axis=1, keepdims=True) * filters.shape[1] ** 0.5
        out: Array = (moved / std * float(weight.scale)).reshape(drawn.shape)
        return out

    def bias(self, weight: Weight) -> Array | None:
        return self._drawing.bias(weight)
