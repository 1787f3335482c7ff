"""Weight standardisation: each filter is centred and scaled, whatever it was drawn with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sympy import Expr

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.arithmetic import Numeric, Value
from varprop.networks.convolution import Convolution
from varprop.networks.dense import Dense
from varprop.networks.depthwise import DepthwiseConv2d
from varprop.networks.layer import Forward, Layer, Sampled, Setting, Weight
from varprop.networks.residual import added
from varprop.networks.shape import Shape
from varprop.networks.signal import Part, Signal
from varprop.networks.spatial import moved, relative, space_of
from varprop.networks.spatial_pairs import space_after
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


@frozen
class WeightStandardised(Layer):
    """A Dense or Conv layer whose filters have mean 0 and variance 1/fan_in, times ``scale``².

    The scale that W is drawn with cancels. A filter that sums to 0 doesn't see what its inputs have
    in common: q' = E[x²] − E[x]² + σ_b². Source: Qiao et al. 2019, section 3.
    """

    layer: Layer

    def __post_init__(self) -> None:
        """Refuse anything but a Dense or Conv layer."""
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
        square = self._in_common(signal)

        def centred(value: Value | None) -> Value | None:
            return None if value is None else value - square

        inner = Signal(
            signal.shape,
            signal.second - square,
            0 * signal.mean,
            centred(signal.cross),
            centred(signal.between),
            None,
            signal.slope,
            signal.words,
            signal.reference,
            moved(space_after(signal, setting.arithmetic), signal.cross, square),
        )
        out, back = self.layer.forward(inner, _Standardising(setting))  # type: ignore[arg-type]
        if getattr(self.layer, "padding", 0) in (0, "valid") or not setting.borders:
            return out, back
        if setting.arithmetic.symbolic or not isinstance(self.layer, Convolution):
            setting.approximate(PADDED)
            return out, back
        return self._passing(out, float(square), signal.shape), back

    def _in_common(self, signal: Signal) -> Value:
        """Return what the terms of one filter have in common, which a filter that sums to 0 cancels.

        Terms of several channels share the square of the mean, those of one channel E[x(p)x(p')].
        """
        if isinstance(self.layer, DepthwiseConv2d) and signal.cross is not None:
            return signal.cross
        return signal.mean * signal.mean

    def _passing(self, out: Signal, square: float, shape: Shape) -> Signal:
        """Return the output with what passes a filter that is cut off at the border.

        Where a share t of a filter's terms is inside, their weights sum to a variance of t(1 − t).
        """
        assert isinstance(self.layer, Convolution)
        inside = self.layer.ways(shape, out.shape).forward(everywhere(shape))
        passed = inside * (1 - inside) * square * float(self.layer.scale) ** 2
        size = float(passed.mean())
        part = Part(1, size, size, space=space_of(None, relative(passed)))
        total = added(out, Signal(out.shape, size, 0.0, size, None, (part,), 1, ""), Numeric())
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
