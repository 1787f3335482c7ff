"""What is known at one point of a network: moments over the weight ensemble at fixed inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sympy import Expr

from varprop.frozen import frozen
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
    where it isn't followed. ``dropped`` is the probability that g is set to 0 (and divided by
    1 − p else, which ``variance`` doesn't contain), independently for each input. ``space`` says how
    g differs between positions, None where it doesn't; ``law`` is that of (g − mean)/√variance where
    it isn't the standard normal one. ``pairs`` is what other pairs of g have in common.
    """

    share: Value
    variance: Value
    covariance: Value | None = None
    between: Value | None = None
    phi: Expr = h
    mean: Value = 0
    dropped: Value = 0
    space: Space | None = None
    law: Density | None = None
    pairs: Pairs = NONE

    @property
    def is_gaussian(self) -> bool:
        """Whether x itself is Gaussian."""
        return bool(self.phi == h) and bool(self.dropped == 0) and self.law is None


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
    """E[δ² | g] over its average at the points of each part's law."""

    laws: tuple[Density, ...]
    at: tuple[Array, ...]


@frozen
class Gradient:
    """E[δ²] of ∂loss/∂x, averaged over units and positions, and E[δδ̃] for two inputs.

    ``profile`` is E[δ²] at each position over the average, None where it is the same everywhere;
    ``by`` says how it depends on the unit's own value, None where it doesn't or isn't followed.
    """

    second: Value
    cross: Value | None = None
    profile: Array | None = None
    by: ByValue | None = None

    def scaled(self, factor: Value, cross: Value | None = None) -> Gradient:
        """Return both multiplied, for units whose values aren't those before.

        ``cross`` is the second's own factor where it differs.
        """
        own = factor if cross is None else cross
        return Gradient(
            self.second * factor, None if self.cross is None else self.cross * own, self.profile
        )

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
    if known is None:
        return None
    terms: list[tuple[Value, tuple[Array | float, ...]]] = []
    for gradient in (one, other):
        if gradient.by is None:
            terms.append((gradient.second, (1.0,) * len(known.laws)))
        elif all(a is b for a, b in zip(gradient.by.laws, known.laws, strict=False)):
            terms.append((gradient.second, gradient.by.at))
        else:
            return None
    (s, a), (t, b) = terms
    total = s + t
    if not total:
        return None
    at: Any = tuple((s * x + t * y) / total for x, y in zip(a, b, strict=True))
    return ByValue(known.laws, at)


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
        parts = tuple(_scaled_part(part, factor) for part in parts)
    return replace(
        signal,
        second=square * signal.second,
        mean=factor * signal.mean,
        cross=times(signal.cross, square),
        between=times(signal.between, square),
        parts=parts,
        slope=square * signal.slope,
    )


def _scaled_part(part: Part, factor: Value) -> Part:
    square = factor * factor
    if part.phi != h:
        from sympy import sympify

        return replace(part, phi=sympify(factor) * part.phi)
    turned = part.law is not None and factor < 0
    return replace(
        part,
        variance=part.variance * square,
        mean=part.mean * factor,
        covariance=times(part.covariance, square),
        between=times(part.between, square),
        law=part.law.mirrored() if turned and part.law is not None else part.law,
    )


def placeless(signal: Signal) -> Signal:
    """Return the signal without what tells positions apart, for layers that mix or move them."""
    parts = signal.parts
    if parts is not None:
        parts = tuple(replace(part, space=None) for part in parts)
    return replace(signal, parts=parts, space=None)
