"""Convolutions in one, two and three dimensions.

fan_in counts the terms of an interior output, fan_out the outputs that an interior input feeds:
kernel/stride in each direction. With zero padding, outputs at the border have fewer terms; the
share of terms that is left, averaged over all outputs, is exact and enters as ``reach``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import gcd, prod
from typing import TYPE_CHECKING, Any, ClassVar

from sympy import Expr, Integer, Rational, S

from varprop.frozen import frozen
from varprop.networks.gradient_places import through_weights
from varprop.networks.kernel_maps import biased, joined
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting, Weight, remembered
from varprop.networks.misfits import without_positions
from varprop.networks.phases import strided_phases
from varprop.networks.shape import Shape, scalar, size, sizes
from varprop.networks.signal import Signal
from varprop.networks.spatial import Window
from varprop.networks.spatial_sums import Ways, convolved, strided

if TYPE_CHECKING:
    from varprop.networks.drawing import Drawing

Ints = int | tuple[int, ...]
LIKELY = {
    "kernel": "3",
    "stride": "1 or 2",
    "dilation": "1 or 2",
    "padding": "0, 1, 'same' or 'valid'",
    "output_padding": "0 or 1",
}
"""Values that people give, by field."""

BORDER = "zero padding: averaged over positions; a unit next to the border has fewer terms"

FEW_TERMS = (
    "depthwise convolution: each output sums one channel only, so it isn't Gaussian in general; its second "
    "moment is exact, a saturating activation right behind it is up to 15 % too large behind relu. Behind "
    "relu and a norm, E[φ] and c of a second relu are 7 % too large and E[δ²] before the norm 3 to 22 % too "
    "small, c of gradients 0.05 too small; without a norm gradients are up to 26 % too small; behind "
    "Gaussian values moments are within 5 %, gradients 10 %"
)


@frozen
class Convolution(Layer):
    """What all of them share. Abstract; ``features`` are the channels that leave.

    ``kernel``, ``stride``, ``padding`` and ``dilation`` are one number or one for each direction;
    ``scale`` multiplies the standard deviation of the weights.
    """

    by_itself = True

    features: Expr
    kernel: Ints
    stride: Ints = 1
    padding: Ints | str = 0
    dilation: Ints = 1
    groups: Expr = S.One
    bias: bool = True
    scale: Expr = S.One
    directions: ClassVar[int] = 2

    def __post_init__(self) -> None:
        """Read every size; raises BadInput."""
        super().__post_init__()
        name = type(self).__name__
        object.__setattr__(self, "features", size(self.features, f"the channels of {name}"))
        object.__setattr__(self, "groups", size(self.groups, f"the groups of {name}", such_as="1"))
        object.__setattr__(self, "scale", scalar(self.scale, f"the scale of {type(self).__name__}"))
        for field, least in (("kernel", 1), ("stride", 1), ("dilation", 1), ("padding", 0)):
            given = getattr(self, field)
            if field == "padding" and isinstance(given, str) and given in ("same", "valid"):
                continue
            found = sizes(
                given, f"the {field} of {name}", self.directions, least=least, such_as=LIKELY[field]
            )
            object.__setattr__(self, field, found if len(set(found)) > 1 else found[0])

    @property
    def fresh(self) -> bool:
        """Every output is a sum with weights."""
        return True

    def mixes(self, shape: Shape) -> bool:
        """Whether a group has more than one channel."""
        return bool(self.groups == 1 or shape.features != self.groups)

    def _each(self, field: str) -> tuple[int, ...]:
        return sizes(getattr(self, field), field, self.directions, least=0)

    def _padding(self) -> tuple[int, ...]:
        """Return zeros added at each side; ``same`` is half of what the kernel covers."""
        if self.padding == "valid":
            return (0,) * self.directions
        if self.padding == "same":
            spans = zip(self._each("kernel"), self._each("dilation"), strict=True)
            return tuple(d * (k - 1) // 2 for k, d in spans)
        return self._each("padding")

    def _check(self, shape: Shape) -> None:
        if shape.tokens is not None or len(shape.space) != self.directions:
            words = (
                "(channels, length)",
                "(channels, height, width)",
                "(channels, height, width, depth)",
            )
            raise Misfit(
                f"{self} takes {words[self.directions - 1]}, but {shape} arrives: "
                f"{without_positions(type(self).__name__, self.directions, shape)}."
            )
        for what, n in (("input", shape.features), ("output", self.features)):
            if n.is_Integer and self.groups.is_Integer and int(n) % int(self.groups):
                common = gcd(*(int(c) for c in (shape.features, self.features) if c.is_Integer))
                raise Misfit(
                    f"{self}: {n} {what} channels can't be split into {self.groups} equal groups. Take "
                    f"{_divisors(common)}, or other channels."
                )

    def _taps(self, length: int, axis: int) -> Iterator[tuple[int, int]]:
        """Yield (position of one side, position of the other) of every term along one direction."""
        k, s, p, d = (
            self._each("kernel")[axis],
            self._each("stride")[axis],
            self._padding()[axis],
            self._each("dilation")[axis],
        )
        for out, tap in product(range(self._length(length, axis)), range(k)):
            yield out, out * s - p + tap * d

    def _length(self, length: int, axis: int) -> int:
        """Return the positions that leave along one direction; raises Misfit below 1."""
        k, s, p, d = (
            self._each("kernel")[axis],
            self._each("stride")[axis],
            self._padding()[axis],
            self._each("dilation")[axis],
        )
        found = (length + 2 * p - d * (k - 1) - 1) // s + 1
        if found < 1:
            raise Misfit(
                f"{self}: the kernel covers {d * (k - 1) + 1} positions, but only {length + 2 * p} arrive "
                f"({length} and {p} zeros at each side). Take a smaller kernel or more padding."
            )
        return found

    def _terms(self, space: tuple[Expr, ...]) -> int:
        """Return the number of pairs (input position, output position) that a weight joins."""
        return prod(
            sum(0 <= at < int(n) for _, at in self._taps(int(n), axis))
            for axis, n in enumerate(space)
        )

    @remembered
    def output(self, shape: Shape) -> Shape:
        """Return the new channels and positions; raises BadInput for channels, groups, kernels."""
        self._check(shape)
        space = tuple(Integer(self._length(int(n), axis)) for axis, n in enumerate(shape.space))
        return Shape(self.features, space)

    def _covered(self) -> int:
        return prod(self._each("kernel"))

    def _strides(self) -> int:
        return prod(self._each("stride"))

    def _product(self, features: Expr) -> str:
        inside = str(features).replace("*", "·")
        factors = [f"({inside})" if features.is_Add else inside, *map(str, self._each("kernel"))]
        return "·".join(factors)

    @remembered
    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return the kernel of shape (out, in/groups, *kernel)."""
        self._check(shape)
        inside, outside = shape.features / self.groups, self.features / self.groups
        alone = not self.mixes(shape)
        return (
            Weight(
                inside * self._covered(),
                outside * Rational(self._covered(), self._strides()),
                self._product(inside),
                (self.features, inside, *map(Integer, self._each("kernel"))),
                self.scale,
                bias=self.features if self.bias else None,
                layout="depthwise" if alone else "conv",
                split=outside if alone else S.One,
            ),
        )

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """q' = fan_in·Var(w)·E[x²] + σ_b² inside, less at the border where it is followed.

        A sum over few terms of one channel isn't Gaussian: only its moments are exact.
        """
        shape, (weight,) = self.output(signal.shape), self.weights(signal.shape)
        self._name_few_terms(signal.shape, setting)
        ways = self.ways(signal.shape, shape)
        if ways.reach != 1 and setting.borders and setting.arithmetic.symbolic:
            setting.approximate(BORDER)
        return convolved(weight, shape, signal, setting, ways)

    def _name_few_terms(self, shape: Shape, setting: Setting) -> None:
        if not self.mixes(shape):
            setting.approximate(FEW_TERMS)

    @remembered
    def ways(self, before: Shape, after: Shape) -> Ways:
        """Return what the layer does to a profile over positions, both ways."""
        terms, covered = self._terms(before.space), self._covered()
        strides = self._strides()
        window = self.window
        into, out = (tuple(int(n) for n in s.space) for s in (before, after))
        return Ways(
            lambda x: window.gather(x, out) / covered,
            lambda delta: window.spread(delta, into) * (strides / covered),
            Rational(terms, int(after.positions) * covered),
            Rational(terms * strides, int(before.positions) * covered),
            lambda excess: strided(excess, window.stride),
            lambda near: through_weights(near, window, into, out),
            lambda apart: strided_phases(apart, window.stride),
        )

    @property
    def window(self) -> Window:
        """The positions that one output looks at."""
        return Window(
            self._each("kernel"), self._each("stride"), self._padding(), self._each("dilation")
        )

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw kernel and bias."""
        (weight,) = self.weights(shape)
        kernel, bias = drawing.weight(weight), drawing.bias(weight)
        groups, out = int(self.groups), self.output(shape).concrete()[1:]
        size_in = shape.concrete()[1:]
        windows = list(self._windows(out))
        split = kernel.reshape(groups, -1, *kernel.shape[1:])
        gather, scatter = joined(split, windows, out, size_in, self._padding())
        return Sampled(biased(gather, bias), scatter)

    def _windows(self, out: tuple[int, ...]) -> Iterator[tuple[Any, Any]]:
        """Yield each tap of the kernel and the padded positions that it meets."""
        taps = product(*(range(k) for k in self._each("kernel")))
        yield from zip(taps, self.window.cuts(out), strict=True)


def _divisors(number: int) -> str:
    """Return numbers of groups that fit: groups=1, 2 or 4."""
    found = [str(k) for k in range(1, min(number, 64) + 1) if number % k == 0]
    return f"groups={' or '.join(found)}"


@frozen
class Conv1d(Convolution):
    """Convolution over (channels, length)."""

    directions: ClassVar[int] = 1


@frozen
class Conv2d(Convolution):
    """Convolution over (channels, height, width). Source of the fans: He et al. 2015, section 2.2."""


@frozen
class Conv3d(Convolution):
    """Convolution over (channels, height, width, depth)."""

    directions: ClassVar[int] = 3
