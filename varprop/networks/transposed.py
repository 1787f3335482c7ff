"""Transposed convolutions: every input is spread by the kernel, strides apart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import TYPE_CHECKING, ClassVar

from sympy import Expr, Integer, Rational

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.convolution import LIKELY, Convolution, Ints
from varprop.networks.gradient_places import through_spread
from varprop.networks.kernel_maps import biased, joined
from varprop.networks.layer import Forward, Misfit, Sampled, Setting, Weight, remembered
from varprop.networks.phases import spread_phases
from varprop.networks.shape import Shape, sizes
from varprop.networks.signal import Signal
from varprop.networks.spatial_sums import Ways, convolved, spread_out

if TYPE_CHECKING:
    from varprop.networks.drawing import Drawing


GAPS = (
    "{layer} leaves positions that no input reaches, where values are those of the bias: without one, an "
    "activation with a kink at 0 counts there with the average of its two slopes' squares, libraries take "
    "one; c of gradients counts them as reached, up to 0.16 too large; the mean of a map behind a further "
    "convolution counts them, too: its E[x²] is up to 2.6 times too large behind relu"
)


@frozen
class ConvTranspose(Convolution):
    """What transposed convolutions share: inputs are spread by the kernel, s apart. Abstract."""

    output_padding: Ints = 0

    def __post_init__(self) -> None:
        """Read every size; raises BadInput."""
        super().__post_init__()
        what = f"the output_padding of {type(self).__name__}"
        found = sizes(
            self.output_padding, what, self.directions, least=0, such_as=LIKELY["output_padding"]
        )
        for given, s, d in zip(found, self._each("stride"), self._each("dilation"), strict=True):
            if given >= max(s, d):
                raise BadInput(
                    f"{what} is smaller than the stride or the dilation, at most {max(s, d) - 1} here, "
                    f"not {given}."
                )
        object.__setattr__(self, "output_padding", found if len(set(found)) > 1 else found[0])

    def _leaves_gaps(self) -> bool:
        """Whether some positions are reached by no tap of the kernel."""
        each = zip(self._each("kernel"), self._each("stride"), self._each("dilation"), strict=True)
        return any(len({tap * d % s for tap in range(k)}) < s for k, s, d in each)

    def _length(self, length: int, axis: int) -> int:
        k, s, p, d = (
            self._each("kernel")[axis],
            self._each("stride")[axis],
            self._padding()[axis],
            self._each("dilation")[axis],
        )
        found = (length - 1) * s - 2 * p + d * (k - 1) + 1 + self._each("output_padding")[axis]
        if found < 1:
            raise Misfit(f"{self}: nothing is left of {length} positions. Take less padding.")
        return found

    def _taps(self, length: int, axis: int) -> Iterator[tuple[int, int]]:
        k, s, p, d = (
            self._each("kernel")[axis],
            self._each("stride")[axis],
            self._padding()[axis],
            self._each("dilation")[axis],
        )
        for at, tap in product(range(length), range(k)):
            yield at, at * s - p + tap * d

    def _terms(self, space: tuple[Expr, ...]) -> int:
        return prod(
            sum(0 <= at < self._length(int(n), axis) for _, at in self._taps(int(n), axis))
            for axis, n in enumerate(space)
        )

    @remembered
    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return the kernel of shape (in, out/groups, *kernel), as libraries store it.

        An interior output has in/groups·kernel/stride terms. Source: Lasagne#858, TensorFlow#31192.
        """
        self._check(shape)
        inside, outside = shape.features / self.groups, self.features / self.groups
        strides = self._strides()
        return (
            Weight(
                inside * Rational(self._covered(), strides),
                outside * self._covered(),
                self._product(inside) + (f"/{strides}" if strides > 1 else ""),
                (shape.features, outside, *map(Integer, self._each("kernel"))),
                self.scale,
                bias=self.features if self.bias else None,
                layout="conv_transpose",
            ),
        )

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """q' = (in·kernel/stride)·Var(w)·E[x²] + σ_b², averaged over the phases of the stride."""
        shape, (weight,) = self.output(signal.shape), self.weights(signal.shape)
        self._name_few_terms(signal.shape, setting)
        ways = self.ways(signal.shape, shape)
        if ways.reach != 1 and setting.borders and setting.arithmetic.symbolic:
            setting.approximate("transposed convolution: averaged over positions, border included")
        if self._leaves_gaps():
            setting.approximate(GAPS.format(layer=self))
        return convolved(weight, shape, signal, setting, ways)

    @remembered
    def ways(self, before: Shape, after: Shape) -> Ways:
        """Return what the layer does to a profile over positions, both ways."""
        terms, covered = self._terms(before.space), self._covered()
        strides = self._strides()
        window = self.window
        into, out = (tuple(int(n) for n in s.space) for s in (before, after))
        return Ways(
            lambda x: window.spread(x, out) * (strides / covered),
            lambda delta: window.gather(delta, into) / covered,
            Rational(terms * strides, int(after.positions) * covered),
            Rational(terms, int(before.positions) * covered),
            lambda excess: spread_out(excess, window.stride),
            lambda near: through_spread(near, window, into),
            lambda apart: spread_phases(apart, window.stride),
        )

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw kernel and bias."""
        (weight,) = self.weights(shape)
        kernel, bias = drawing.weight(weight), drawing.bias(weight)
        groups, out = int(self.groups), self.output(shape).concrete()[1:]
        size_in = shape.concrete()[1:]
        windows = list(self._windows(size_in))
        split = kernel.reshape(groups, -1, *kernel.shape[1:])
        gather, scatter = joined(split, windows, size_in, out, self._padding())
        return Sampled(biased(scatter, bias), gather)


@frozen
class ConvTranspose1d(ConvTranspose):
    """Transposed convolution over (channels, length)."""

    directions: ClassVar[int] = 1


@frozen
class ConvTranspose2d(ConvTranspose):
    """Transposed convolution over (channels, height, width)."""


@frozen
class ConvTranspose3d(ConvTranspose):
    """Transposed convolution over (channels, height, width, depth)."""

    directions: ClassVar[int] = 3
