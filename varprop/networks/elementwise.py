"""Layers that act on each unit alone: activations, dropout, constant factors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sympy import Expr, Rational, sympify

from varprop.catalogue.activations import Activation as Phi
from varprop.catalogue.activations import activation
from varprop.errors import BadInput
from varprop.networks.arithmetic import Arithmetic, Value, slope_pair
from varprop.networks.layer import Forward, Layer, Sampled, Setting
from varprop.networks.shape import Shape
from varprop.networks.signal import Gradient, Part, Signal, scaled, times
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing

GAUSSIAN_INPUT = (
    "{act}: what enters ({words}) isn't Gaussian; it is treated as N(mean, variance). "
    "Fair where it sums several terms, a few per cent off elsewhere."
)


@dataclass(frozen=True)
class Activate(Layer):
    """x = φ(h) in every unit; written in a spec by the activation's name."""

    act: Phi

    def __str__(self) -> str:
        """Return the activation's name."""
        return self.act.name

    def output(self, shape: Shape) -> Shape:
        """Return the same shape."""
        return shape

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[φ(h)²] and E[φ'(h)²] over the law of a unit, E[φ(u)φ(v)] for two inputs."""
        parts = self._entering(signal, setting)
        arithmetic = setting.arithmetic
        after = tuple(_composed(part, self.act.phi) for part in parts)
        found = [_moments(part, arithmetic) for part in after]
        chain = _chain(parts, after, arithmetic)
        shares = [part.share for part in parts]
        out = Signal(
            signal.shape,
            _mixed(shares, [m.second for m in found]),
            _mixed(shares, [m.mean for m in found]),
            _mixed(shares, [m.cross for m in found]),
            _mixed(shares, [m.between for m in found]),
            after,
            signal.slope * chain[0],
            f"{self.act.name}({signal.words})",
            signal.reference,
        )

        def back(gradient: Gradient) -> Gradient:
            return Gradient(gradient.second * chain[0], times(gradient.cross, chain[1]))

        return out, setting.mark(out, back, preactivation=False)

    def _entering(self, signal: Signal, setting: Setting) -> tuple[Part, ...]:
        if signal.parts is not None:
            return signal.parts
        setting.approximate(GAUSSIAN_INPUT.format(act=self.act.name, words=signal.words))
        square = signal.mean * signal.mean
        return (
            Part(
                1,
                signal.second - square,
                None if signal.cross is None else signal.cross - square,
                None if signal.between is None else signal.between - square,
                mean=signal.mean,
            ),
        )

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return φ and its derivative as NumPy functions."""
        phi, slope = drawing.pointwise(self.act)
        kept: list[Array] = []

        def forward(x: Array) -> Array:
            kept[:] = [slope(x)]
            return phi(x)

        def backward(delta: Array) -> Array:
            return delta * kept[0]

        return Sampled(forward, backward)


Pair = tuple[Value, Value | None]


@dataclass(frozen=True)
class _Found:
    second: Value
    mean: Value
    cross: Value | None
    between: Value | None


def _composed(part: Part, phi: Expr) -> Part:
    return replace(part, phi=phi if part.phi == h else phi.xreplace({h: part.phi}))


def _mixed(shares: list[Value], values: list[Value | None]) -> Value | None:
    total: Value = 0
    for share, value in zip(shares, values, strict=True):
        if value is None:
            return None
        total = total + share * value
    return total


def _moments(part: Part, arithmetic: Arithmetic) -> _Found:
    """Return the moments of φ(g) with g dropped to 0 in a share p of the units."""
    p = part.dropped
    kept = 1 - p
    variance = part.variance / (kept * kept) if p != 0 else part.variance
    second = arithmetic.moment(part.phi, "second_moment", variance, part.mean)
    mean = arithmetic.moment(part.phi, "mean", variance, part.mean)
    cross = _pair(part, part.covariance, arithmetic)
    between = _pair(part, part.between, arithmetic)
    if p == 0:
        return _Found(second, mean, cross, between)
    zero = arithmetic.value(part.phi.subs(h, 0))

    def thinned(both: Value | None) -> Value | None:
        if both is None:
            return None
        return kept * kept * both + 2 * p * kept * zero * mean + p * p * zero * zero

    return _Found(
        kept * second + p * zero * zero, kept * mean + p * zero, thinned(cross), thinned(between)
    )


def _pair(part: Part, covariance: Value | None, arithmetic: Arithmetic) -> Value | None:
    """Return E[φ(u)φ(v)] of two kept units."""
    if covariance is None:
        return None
    kept = 1 - part.dropped
    square = kept * kept
    return arithmetic.pair(_shifted(part), part.variance / square, covariance / square)


def _shifted(part: Part) -> Expr:
    """Return φ as a function of a centred Gaussian."""
    return part.phi if part.mean == 0 else part.phi.xreplace({h: h + sympify(part.mean)})


def _chain(
    before: tuple[Part, ...], after: tuple[Part, ...], arithmetic: Arithmetic
) -> tuple[Value, Value | None]:
    """Return this activation's own factors of E[δ²] and E[δδ̃].

    Activations in a row act on one Gaussian, so the slope of the whole chain is squared, and what
    the earlier ones contributed is divided out.
    """
    whole = [_slopes(part, arithmetic) for part in after]
    inner = [_slopes(part, arithmetic) for part in before]
    shares = [part.share for part in after]
    return _quotient(shares, whole, inner, 0), _quotient(shares, whole, inner, 1)


def _quotient(
    shares: list[Value], whole: list[Pair], inner: list[Pair], which: int
) -> Value | None:
    over = _mixed(shares, [pair[which] for pair in whole])
    under = _mixed(shares, [pair[which] for pair in inner])
    if over is None or under is None:
        return None
    return 0 if under == 0 else over / under


def _slopes(part: Part, arithmetic: Arithmetic) -> Pair:
    """Return E[φ'(g)²] and E[φ'(u)φ'(v)] where g isn't dropped."""
    if part.phi == h:
        return 1, 1
    square = (1 - part.dropped) * (1 - part.dropped)
    variance = part.variance / square
    second = arithmetic.moment(part.phi, "derivative_second_moment", variance, part.mean)
    if part.covariance is None:
        return second, None
    return second, slope_pair(arithmetic, _shifted(part), variance, part.covariance / square)


def activate(text: str) -> Activate:
    """Return the layer of an activation named or written in text; raises UnknownName, BadInput."""
    return Activate(activation(text))


@dataclass(frozen=True)
class Dropout(Layer):
    """Inverted dropout in training: x·m/(1 − p), m = 0 with probability p, drawn for each input.

    E[x²] grows by 1/(1 − p) whatever the mean of x; the mean and E[x x̃] stay. Source: Srivastava et
    al. 2014.
    """

    p: Expr = Rational(1, 2)

    def __post_init__(self) -> None:
        """Read the rate; raises BadInput outside [0, 1)."""
        p = sympify(self.p)
        if p.is_number and not 0 <= p < 1:
            raise BadInput(f"a dropout rate lies in [0, 1), not {self.p}. Try Dropout(0.1).")
        object.__setattr__(self, "p", p)

    def output(self, shape: Shape) -> Shape:
        """Return the same shape."""
        return shape

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[x²]/(1 − p), and the same factor for the gradient."""
        p = setting.arithmetic.value(self.p)
        keep = 1 / (1 - p)
        out = replace(
            signal,
            second=signal.second * keep,
            parts=self._parts(signal, p),
            slope=signal.slope * keep,
            words=f"dropout({signal.words})",
        )

        return out, lambda gradient: gradient.scaled(keep, 1)

    def _parts(self, signal: Signal, p: Value) -> tuple[Part, ...] | None:
        if p == 0:
            return signal.parts
        if (
            signal.is_gaussian
            and signal.parts is not None
            and all(x.dropped == 0 for x in signal.parts)
        ):
            return tuple(replace(part, dropped=p) for part in signal.parts)
        return None

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw a mask for every input."""
        p = float(self.p)
        kept: list[Array] = []

        def forward(x: Array) -> Array:
            mask = (drawing.rng.random(x.shape) >= p) / (1 - p)
            kept[:] = [mask.astype(x.dtype)]
            return x * kept[0]

        return Sampled(forward, lambda delta: delta * kept[0])


@dataclass(frozen=True)
class Scale(Layer):
    """x·factor, a constant."""

    factor: Expr

    def __post_init__(self) -> None:
        """Read the factor."""
        object.__setattr__(self, "factor", sympify(self.factor))

    def output(self, shape: Shape) -> Shape:
        """Return the same shape."""
        return shape

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """factor²·E[x²]."""
        factor = setting.arithmetic.value(self.factor)
        square = factor * factor
        return scaled(signal, factor), lambda gradient: gradient.scaled(square)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the multiplication."""
        factor = float(self.factor)
        return Sampled(lambda x: x * factor, lambda delta: delta * factor)
