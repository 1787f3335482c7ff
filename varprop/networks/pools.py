"""Pooling: the mean or the largest value of each window of positions, or of all of them.

Sizes follow PyTorch: the stride is the kernel unless given, an average counts padding as zeros, a
maximum ignores it, windows that don't fit are left out.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from sympy import Integer

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting
from varprop.networks.misfits import without_positions
from varprop.networks.pool_samplers import sampled_largest, sampled_mean
from varprop.networks.shape import Shape, sizes
from varprop.networks.signal import Signal
from varprop.networks.spatial import Window
from varprop.networks.spatial_maxima import maximum
from varprop.networks.spatial_means import mean

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing

Ints = int | tuple[int, ...]


@frozen
class Pooling(Layer):
    """What pools share: windows and shapes. Abstract."""

    largest: ClassVar[bool] = False

    @abstractmethod
    def window(self, shape: Shape) -> Window:
        """Return the window for an input of this shape; raises BadInput where it doesn't fit."""

    def output(self, shape: Shape) -> Shape:
        """Return the channels at the windows' positions."""
        window = self.window(shape)
        return Shape(
            shape.features,
            tuple(Integer(window.length(int(n), axis)) for axis, n in enumerate(shape.space)),
        )

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Return the windows' means or maxima."""
        window, shape = self.window(signal.shape), self.output(signal.shape)
        rule = maximum if self.largest else mean
        return rule(window, shape, signal, setting)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the pooling of arrays."""
        window = self.window(shape)
        out = tuple(int(n) for n in self.output(shape).space)
        return sampled_largest(window, out) if self.largest else sampled_mean(window, out)


@frozen
class WindowPool(Pooling):
    """Pooling over windows of a given kernel. Abstract."""

    kernel: Ints
    stride: Ints | None = None
    padding: Ints = 0
    directions: ClassVar[int] = 2

    def __post_init__(self) -> None:
        """Read every size; raises BadInput."""
        super().__post_init__()
        name = type(self).__name__
        for field, least in (("kernel", 1), ("stride", 1), ("padding", 0)):
            given = getattr(self, field)
            if given is not None:
                found = sizes(
                    given, f"the {field} of {name}", self.directions, least=least,
                    such_as="0 or 1" if field == "padding" else "2 or 3",
                )  # fmt: skip
                object.__setattr__(self, field, found if len(set(found)) > 1 else found[0])
        for k, p in zip(self._each(self.kernel), self._each(self.padding), strict=True):
            if 2 * p > k:
                raise BadInput(
                    f"{self}: the padding {p} is more than half of the kernel {k}, so a window could "
                    f"hold padding alone. Take at most {k // 2}."
                )

    def _each(self, value: Ints) -> tuple[int, ...]:
        return sizes(value, "a size", self.directions, least=0)

    def window(self, shape: Shape) -> Window:
        """Return the window; raises BadInput for tokens, missing directions or a large kernel."""
        if shape.tokens is not None or len(shape.space) != self.directions:
            raise Misfit(
                f"{self} takes channels with {self.directions} direction(s), but {shape} arrives: "
                f"{without_positions(type(self).__name__, self.directions, shape)}."
            )
        found = Window(
            self._each(self.kernel),
            self._each(self.kernel if self.stride is None else self.stride),
            self._each(self.padding),
            (1,) * self.directions,
        )
        for axis, n in enumerate(shape.space):
            if found.length(int(n), axis) < 1:
                raise Misfit(
                    f"{self}: the kernel covers {found.kernel[axis]} positions, but only "
                    f"{int(n) + 2 * found.padding[axis]} arrive. Take a smaller kernel."
                )
        return found


@frozen
class GlobalPool(Pooling):
    """Pooling over all positions or tokens. Abstract."""

    def window(self, shape: Shape) -> Window:
        """Return one window over everything; raises BadInput where there is one position only."""
        if not shape.space:
            raise Misfit(f"{self} takes positions or tokens, but {shape} arrives: leave it out.")
        whole = tuple(int(n) for n in shape.space)
        zeros = (0,) * len(whole)
        return Window(whole, whole, zeros, (1,) * len(whole))

    def output(self, shape: Shape) -> Shape:
        """Return the features alone."""
        if shape.tokens is None:
            self.window(shape)
        return Shape(shape.features)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Return the mean or the maximum over everything."""
        rule = maximum if self.largest else mean
        tokens = signal.shape.tokens is not None
        window = None if tokens else self.window(signal.shape)
        return rule(window, self.output(signal.shape), signal, setting)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the pooling of arrays; tokens are taken as one direction."""
        moved = shape if shape.tokens is None else Shape(shape.features, (shape.tokens,))
        window = self.window(moved)
        inner = (sampled_largest if self.largest else sampled_mean)(window, (1,) * len(moved.space))
        tokens = shape.tokens is not None

        def forward(x: Array) -> Array:
            return inner.forward(x.swapaxes(1, 2) if tokens else x).reshape(len(x), -1)

        def backward(delta: Array) -> Array:
            back = inner.backward(delta.reshape(*delta.shape, *(1,) * len(moved.space)))
            return back.swapaxes(1, 2) if tokens else back

        return Sampled(forward, backward)


@frozen
class AvgPool1d(WindowPool):
    """The mean of each window over (channels, length)."""

    directions: ClassVar[int] = 1


@frozen
class AvgPool2d(WindowPool):
    """The mean of each window over (channels, height, width)."""


@frozen
class AvgPool3d(WindowPool):
    """The mean of each window over (channels, height, width, depth)."""

    directions: ClassVar[int] = 3


@frozen
class MaxPool1d(WindowPool):
    """The largest value of each window over (channels, length)."""

    directions: ClassVar[int] = 1
    largest: ClassVar[bool] = True


@frozen
class MaxPool2d(WindowPool):
    """The largest value of each window over (channels, height, width)."""

    largest: ClassVar[bool] = True


@frozen
class MaxPool3d(WindowPool):
    """The largest value of each window over (channels, height, width, depth)."""

    directions: ClassVar[int] = 3
    largest: ClassVar[bool] = True


@frozen
class GlobalAvgPool(GlobalPool):
    """The mean over all positions or tokens. Source: Lin, Chen & Yan 2014, Network in network."""


@frozen
class GlobalMaxPool(GlobalPool):
    """The largest value over all positions or tokens."""

    largest: ClassVar[bool] = True
