"""What is known at one point of a network: moments over the weight ensemble at fixed inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sympy import Expr

from varprop.frozen import frozen
from varprop.networks.alike import Alike, constant
from varprop.networks.arithmetic import Value
from varprop.networks.pairs import NONE, Pairs
from varprop.networks.shape import Shape
from varprop.networks.spatial import Space, joined_profile
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.densities import Density


DATA = "the input data"
"""The words of a signal that is data, which no gradient is needed below."""

ATTENDED = "attention"
"""The words of values averaged over tokens, which feed an attention's projection."""


@frozen
class Part:
    """Units that share one law: x = φ(g), g ~ N(mean, variance), a share of all units.

    ``covariance`` is that of g for two inputs of the network, ``between`` that for two tokens; None
    where it isn't followed. ``lost`` lists what dropped units hold instead of φ(g), independently for
    each input: (probability, value). ``space`` says how g differs between positions, None where it
    doesn't; ``law`` is that of (g − mean)/√variance where it isn't the standard normal one; ``pairs``
    is what other pairs of g have in common.
    """

    share: Value
    variance: Value
    covariance: Value | None = None
    between: Value | None = None
    phi: Expr = h
    mean: Value = 0
    lost: tuple[tuple[Value, Value], ...] = ()
    space: Space | None = None
    law: Density | None = None
    pairs: Pairs = NONE

    @property
    def dropped(self) -> Value:
        """The probability that a unit is dropped."""
        return sum(chance for chance, _ in self.lost)

    @property
    def is_gaussian(self) -> bool:
        """Whether x itself is Gaussian."""
        return bool(self.phi == h) and not self.lost and self.law is None


@frozen
class Signal:
    """The signal x at one point.

    ``second`` is E[x²], ``mean`` is E[x], both averaged over units and positions; ``cross`` is
    E[x x̃] for two inputs, ``between`` E[x_s x_t] for two tokens, None where not followed.
    ``parts`` is the law of a unit, None where only moments are known. ``reference`` is the second
    moment that a forward condition keeps: that of the last pre-activation, norm or sum of branches
    (0: what the question asks for), and ``slope`` the factor of E[δ²] from here back to it. ``words``
    says what x is; ``space`` how x differs between positions where there are no parts to say it, and
    ``pairs`` what other pairs of values have in common.
    """

    shape: Shape
    second: Value
    mean: Value
    cross: Value | None
    between: Value | None
    parts: tuple[Part, ...] | None
    slope: Value
    words: str
    reference: Value = 0
    space: Space | None = None
    pairs: Pairs = NONE

    @property
    def is_gaussian(self) -> bool:
        """Whether every unit is a zero-mean Gaussian."""
        return self.parts is not None and all(p.is_gaussian and p.mean == 0 for p in self.parts)

    def reshaped(self, shape: Shape) -> Signal:
        """Return the same values under another shape."""
        return replace(self, shape=shape)


@frozen
class ByValue:
    """E[δ² | x] over its average: at the points of each part's law, then for what dropped units hold.

    Behind several activations of one g that dependence counts: ``usual`` is, for each part and over
    the same average, the E[δ²] that times E[φ'(g)²] of all that lies between gives E[δ²] of g.
    ``pairs`` says the same of E[δδ̃], None where two inputs aren't followed.
    """

    laws: tuple[Density, ...]
    at: tuple[Array, ...]
    usual: tuple[Value, ...]
    pairs: tuple[Alike, ...] | None = None


@frozen
class Gradient:
    """E[δ²] of ∂loss/∂x, averaged over units and positions, and E[δδ̃] for two inputs.

    ``profile`` is E[δ²] at each position over the average, None where it is the same everywhere;
    ``by`` says how it depends on the unit's own value, None where it doesn't or isn't followed;
    ``mirrored`` that the second half of the features gets minus what the first half gets; ``crossed`` is
    E[δδ̃] at each position over its average where it isn't like E[δ²].
    """

    second: Value
    cross: Value | None = None
    profile: Array | None = None
    by: ByValue | None = None
    mirrored: bool = False
    crossed: Array | None = None

    def scaled(self, factor: Value, cross: Value | None = None) -> Gradient:
        """Return both multiplied, for units whose values aren't those before.

        ``cross`` is the second's own factor where it differs.
        """
        own = factor if cross is None else cross
        return Gradient(
            self.second * factor,
            None if self.cross is None else self.cross * own,
            self.profile,
            crossed=self.crossed,
        )

    def times(self, factor: Value) -> Gradient:
        """Return both multiplied, for units that are those before times a constant."""
        cross = None if self.cross is None else self.cross * factor
        return replace(self, second=self.second * factor, cross=cross)

    def joined(self, other: Gradient) -> Gradient:
        """Return the sum of two independent gradients, as behind two branches of one input."""
        return Gradient(
            self.second + other.second,
            plus(self.cross, other.cross),
            joined_profile((self.second, self.profile), (other.second, other.profile)),
            _joined_values(self, other),
        )


def _joined_values(one: Gradient, other: Gradient) -> ByValue | None:
    """Return how a sum of gradients depends on the unit's value, None where the two disagree on it."""
    known = one.by or other.by
    total = one.second + other.second
    if known is None or not total:
        return None
    count = len(known.laws)
    at: Any = [0.0] * count
    usual = list(at)
    pairs: list[Alike] | None = []
    for gradient in (one, other):
        weight = gradient.second / total
        by = gradient.by or _alike_everywhere(gradient, known.laws)
        if not _same(by.laws, known.laws):
            return None
        at = [x + weight * y for x, y in zip(at, by.at, strict=True)]
        usual = [u + weight * v for u, v in zip(usual, by.usual, strict=True)]
        if pairs is None or by.pairs is None:
            pairs = None
        else:
            mine = [pair.times(weight) for pair in by.pairs]
            each = zip(pairs, mine, known.laws, strict=True)
            pairs = [a.joined(b, law) for a, b, law in each] if pairs else mine
    return ByValue(known.laws, tuple(at), tuple(usual), None if pairs is None else tuple(pairs))


def _alike_everywhere(gradient: Gradient, laws: tuple[Density, ...]) -> ByValue:
    """Return what says that a gradient doesn't depend on the unit."""
    ones: Any = (1.0,) * len(laws)
    both = times(gradient.cross, 1 / gradient.second if gradient.second else 0.0)
    return ByValue(laws, ones, ones, None if both is None else (constant(both),) * len(laws))


def _same(laws: tuple[Density, ...], others: tuple[Density, ...]) -> bool:
    return len(laws) == len(others) and all(a is b for a, b in zip(laws, others, strict=True))


Back = Callable[[Gradient], Gradient]
"""From the gradient at a layer's output to that at its input."""


def gaussian(
    shape: Shape,
    variance: Value,
    covariance: Value | None,
    between: Value | None,
    words: str,
    slope: Value = 1,
) -> Signal:
    """Return a zero-mean Gaussian signal, as every wide weight layer gives."""
    part = Part(1, variance, covariance, between)
    return Signal(shape, variance, 0, covariance, between, (part,), slope, words, variance)


def times(a: Value | None, b: Value | None) -> Value | None:
    """Return the product, None where a factor is unknown."""
    return None if a is None or b is None else a * b


def plus(a: Value | None, b: Value | None) -> Value | None:
    """Return the sum, None where a term is unknown."""
    return None if a is None or b is None else a + b


def scaled(signal: Signal, factor: Value) -> Signal:
    """Return the signal multiplied by a constant."""
    square = factor * factor
    parts = signal.parts
    if parts is not None:
        parts = tuple(scaled_part(part, factor) for part in parts)
    return replace(
        signal,
        second=square * signal.second,
        mean=factor * signal.mean,
        cross=times(signal.cross, square),
        between=times(signal.between, square),
        parts=parts,
        slope=square * signal.slope,
    )


def scaled_part(part: Part, factor: Value) -> Part:
    """Return the units multiplied by a constant."""
    square = factor * factor
    lost = tuple((chance, factor * value) for chance, value in part.lost)
    if part.phi != h:
        from sympy import sympify

        return replace(part, phi=sympify(factor) * part.phi, lost=lost)
    turned = part.law is not None and factor < 0
    return replace(
        part,
        variance=part.variance * square,
        mean=part.mean * factor,
        covariance=times(part.covariance, square),
        between=times(part.between, square),
        lost=lost,
        law=part.law.mirrored() if turned and part.law is not None else part.law,
    )


def placeless(signal: Signal) -> Signal:
    """Return the signal without what tells positions apart, for layers that mix or move them."""
    parts = signal.parts
    if parts is not None:
        parts = tuple(replace(part, space=None) for part in parts)
    return replace(signal, parts=parts, space=None)
