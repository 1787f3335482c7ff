"""Layers that act on each unit alone: activations, dropout, constant factors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Expr, Rational, sympify

from varprop.catalogue.activations import Activation as Phi
from varprop.catalogue.activations import activation, applied
from varprop.errors import BadInput, Divergent
from varprop.frozen import frozen
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.chains import chain_of
from varprop.networks.gradient_places import near_of, near_of_two, placed, through_slopes
from varprop.networks.layer import Forward, Layer, Sampled, Setting
from varprop.networks.shape import Shape, scalar
from varprop.networks.signal import Gradient, Part, Signal, scaled, scaled_part
from varprop.networks.spatial import moved
from varprop.networks.spatial_moments import at_positions, profile_of, totals, varying
from varprop.networks.spatial_pairs import space_after
from varprop.networks.units import mixed
from varprop.networks.values import before_dropout, through_activation
from varprop.networks.written import in_python
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing

GAUSSIAN_INPUT = (
    "{act}: what enters ({words}) isn't Gaussian; it is treated as N(mean, variance). "
    "Fair where it sums several terms: of two rectified ones, E[x²] is 4 % too small, gradients are up to "
    "18 %, E[x] 9 %, c and c of gradients 0.1 off; where a norm between takes their mean off, E[x²] 28 and "
    "gradients 25 %. With formulas up to a third off behind a product."
)
JOINED = (
    "{act} of a product: products of two inputs count as joined by a Gaussian copula. Behind relu, E[x x̃] is "
    "up to 21 % too small where a factor is rectified and 8 % where none is, c of gradients up to 10 %; "
    "behind tanh, E[x x̃] of two linear factors is up to 29 % too large"
)
ALIKE = (
    "c of gradients between three or more layers that act on each unit alone, where one of them normalises "
    "or drops so that what two inputs share isn't followed: up to 0.15 off"
)


LONGEST = 120
"""Operations in a variance up to which a formula is looked for behind it."""


@frozen
class Activate(Layer):
    """x = φ(h) in every unit; written in a spec by the activation's name."""

    by_itself = True

    act: Phi

    def __post_init__(self) -> None:
        """Read the activation: an entry, a name or a formula; raises UnknownName, BadInput."""
        super().__post_init__()
        if not isinstance(self.act, Phi):
            object.__setattr__(self, "act", activation(self.act))

    def __str__(self) -> str:
        """Return the activation's name."""
        return self.act.name

    def behind(self) -> str:
        """Return the activation as text."""
        return in_python(self.act)

    def output(self, shape: Shape) -> Shape:
        """Return the same shape."""
        return shape

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[φ(h)²] and E[φ'(h)²] over the law of a unit, E[φ(u)φ(v)] for two inputs."""
        try:
            return self._through(signal, setting)
        except Divergent as error:
            raise Divergent(f"{self.act.name}, applied to {signal.words}: {error}") from None

    def _through(self, signal: Signal, setting: Setting) -> Forward:
        parts = self._entering(signal, setting)
        if signal.cross is not None and any(p.law is not None and p.law.product for p in parts):
            setting.approximate(JOINED.format(act=self.act.name))
        arithmetic = setting.arithmetic
        after = tuple(_composed(part, self.act.phi, arithmetic) for part in parts)
        places = [at_positions(part, arithmetic) for part in after]
        found = [overall for overall, _, _ in places]
        chain = chain_of(parts, after, arithmetic)
        shares = [part.share for part in parts]
        out = Signal(
            signal.shape,
            mixed(shares, [m.second for m in found]),
            mixed(shares, [m.mean for m in found]),
            mixed(shares, [m.cross for m in found]),
            mixed(shares, [m.between for m in found]),
            after,
            signal.slope * chain.second,
            applied(self.act.name, signal.words),
            signal.reference,
            profile_of(*totals(after, places)) if varying(after) else None,
        )

        def back(gradient: Gradient) -> Gradient:
            if arithmetic.symbolic:
                return chain.back(gradient)
            found = through_activation(self.act.phi, parts, after, gradient, chain, arithmetic)
            pairs = None if found.by is None else found.by.pairs
            if pairs is not None and any(pair.at is None for pair in pairs):
                setting.approximate(ALIKE)
            near = through_slopes(near_of(gradient), parts, after, arithmetic)
            return placed(found, near, two=near_of_two(gradient), bent=True)

        return out, setting.mark(out, back, preactivation=False, elementwise=True)

    def _entering(self, signal: Signal, setting: Setting) -> tuple[Part, ...]:
        if signal.parts is not None:
            return signal.parts
        setting.approximate(GAUSSIAN_INPUT.format(act=self.act.name, words=signal.words))
        square = signal.mean * signal.mean
        if setting.arithmetic.symbolic:
            self._refuse_nested(signal.second - square, signal)
        return (
            Part(
                1,
                signal.second - square,
                None if signal.cross is None else signal.cross - square,
                None if signal.between is None else signal.between - square,
                mean=signal.mean,
                space=moved(signal.space, signal.cross, square),
            ),
        )

    def _refuse_nested(self, variance: Value, signal: Signal) -> None:
        """Raise BadInput where the law that enters is itself a long formula of such a law."""
        if sympify(variance).count_ops() > LONGEST:
            raise BadInput(
                f"{self.act.name} of {signal.words}: no formula is known behind a second activation of a "
                "sum with rectified terms. Write numbers for the network's symbols, or end the block "
                "with a norm."
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


def _composed(part: Part, phi: Expr, arithmetic: Arithmetic) -> Part:
    to = arithmetic.value
    lost = tuple((chance, to(phi.subs(h, value))) for chance, value in part.lost)
    return replace(part, phi=phi if part.phi == h else phi.xreplace({h: part.phi}), lost=lost)


def activate(text: str) -> Activate:
    """Return the layer of an activation named or written in text; raises UnknownName, BadInput."""
    return Activate(activation(text))


@frozen
class Dropout(Layer):
    """Inverted dropout in training: x·m/(1 − p), m = 0 with probability p, drawn for each input.

    E[x²] grows by 1/(1 − p) whatever the mean of x; the mean and E[x x̃] stay. Source: Srivastava et
    al. 2014.
    """

    by_itself = True

    p: Expr = Rational(1, 2)

    def __post_init__(self) -> None:
        """Read the rate; raises BadInput outside [0, 1)."""
        super().__post_init__()
        p = scalar(self.p, "the dropout rate")
        if (p.is_number and not 0 <= p < 1) or p.is_negative or (1 - p).is_nonpositive:
            raise BadInput(f"a dropout rate lies in [0, 1), not {self.p}. Try Dropout(0.1).")
        object.__setattr__(self, "p", p)

    def output(self, shape: Shape) -> Shape:
        """Return the same shape."""
        return shape

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[x²]/(1 − p), and the same factor for the gradient."""
        p = setting.arithmetic.value(self.p)
        keep = 1 / (1 - p)
        parts = self._parts(signal, p)
        out = replace(
            signal,
            second=signal.second * keep,
            parts=parts,
            space=signal.space if parts is not None else space_after(signal, setting.arithmetic),
            slope=signal.slope * keep,
            words=f"dropout({signal.words})",
        )

        def back(gradient: Gradient) -> Gradient:
            return before_dropout(gradient, signal.parts, parts, p)

        return out, back

    @staticmethod
    def _parts(signal: Signal, p: Value) -> tuple[Part, ...] | None:
        """Return what is kept divided by 1 − p, and 0 for what is dropped."""
        if p == 0 or signal.parts is None:
            return signal.parts
        kept = (scaled_part(part, 1 / (1 - p)) for part in signal.parts)
        return tuple(
            replace(part, lost=(*((chance * (1 - p), x) for chance, x in part.lost), (p, 0)))
            for part in kept
        )

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw a mask for every input."""
        p = float(self.p)
        kept: list[Array] = []

        def forward(x: Array) -> Array:
            mask = (drawing.rng.random(x.shape) >= p) / (1 - p)
            kept[:] = [mask.astype(x.dtype)]
            return x * kept[0]

        return Sampled(forward, lambda delta: delta * kept[0])


@frozen
class Scale(Layer):
    """x·factor, a constant."""

    by_itself = True

    factor: Expr

    def __post_init__(self) -> None:
        """Read the factor."""
        super().__post_init__()
        object.__setattr__(
            self, "factor", scalar(self.factor, f"the factor of {type(self).__name__}")
        )

    def output(self, shape: Shape) -> Shape:
        """Return the same shape."""
        return shape

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """factor²·E[x²]."""
        factor = setting.arithmetic.value(self.factor)
        square = factor * factor
        same = setting.arithmetic.symbolic or factor > 0
        return scaled(
            signal, factor
        ), lambda gradient: gradient.times(square) if same else gradient.scaled(square)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the multiplication."""
        factor = float(self.factor)
        return Sampled(lambda x: x * factor, lambda delta: delta * factor)
