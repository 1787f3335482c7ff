"""Depthwise convolution: each channel by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr, S

from varprop.frozen import frozen
from varprop.networks.convolution import Conv2d, Ints
from varprop.networks.layer import Forward, Layer, Sampled, Setting, Weight
from varprop.networks.shape import Shape, scalar, size
from varprop.networks.signal import Signal

if TYPE_CHECKING:
    from varprop.networks.drawing import Drawing


@frozen
class DepthwiseConv2d(Layer):
    """A 2-d convolution of each channel by itself: fan_in is the kernel alone."""

    by_itself = True

    kernel: Ints
    stride: Ints = 1
    padding: Ints | str = 0
    dilation: Ints = 1
    multiplier: Expr = S.One
    bias: bool = True
    scale: Expr = S.One

    def __post_init__(self) -> None:
        """Read every size; raises BadInput."""
        super().__post_init__()
        object.__setattr__(self, "multiplier", size(self.multiplier, "the multiplier", such_as="1"))
        object.__setattr__(self, "scale", scalar(self.scale, f"the scale of {type(self).__name__}"))
        self.as_groups(self.multiplier)

    @property
    def fresh(self) -> bool:
        """Every output is a sum with weights."""
        return True

    def mixes(self, shape: Shape) -> bool:
        """Every channel stays by itself."""
        return False

    def as_groups(self, channels: Expr) -> Conv2d:
        """Return the same as a convolution with one channel in each group."""
        return Conv2d(
            channels * self.multiplier, self.kernel, self.stride, self.padding, self.dilation,
            channels, self.bias, self.scale,
        )  # fmt: skip

    def output(self, shape: Shape) -> Shape:
        """Return the channels times the multiplier."""
        return self.as_groups(shape.features).output(shape)

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return the kernel of shape (channels·multiplier, 1, *kernel)."""
        return self.as_groups(shape.features).weights(shape)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """As a convolution with one channel in each group."""
        return self.as_groups(signal.shape.features).forward(signal, setting)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw kernel and bias."""
        return self.as_groups(shape.features).sample(shape, drawing)
