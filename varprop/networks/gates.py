"""Activations of several pre-activations: maxout and gated units."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Expr, Integer

from varprop.catalogue.activations import activation
from varprop.catalogue.combined import COMBINED, GatedPair
from varprop.catalogue.combined_moments import CombinedMoments, combined_moments
from varprop.catalogue.combined_text import MOST_PIECES, combined
from varprop.errors import BadInput, did_you_mean
from varprop.frozen import frozen
from varprop.networks.arithmetic import Value
from varprop.networks.combined_units import (
    alike_through,
    chain_through,
    divided,
    feature_axis,
    gaussian_only,
    over_places,
)
from varprop.networks.gate_moments import PairMoments
from varprop.networks.gradient_places import near_of, placed
from varprop.networks.largest_laws import largest
from varprop.networks.layer import Forward, Layer, Sampled, Setting
from varprop.networks.maxout_pairs import maxima, same
from varprop.networks.paths import refuse_copies
from varprop.networks.product_pairs import UNFOLLOWED, gate_pair
from varprop.networks.product_tokens import gated_pairs
from varprop.networks.shape import Shape, size
from varprop.networks.signal import Gradient, Part, Signal
from varprop.networks.spatial import Space
from varprop.networks.units import Found
from varprop.notation import q

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing


_PAIRS = [entry.name for entry in COMBINED.values() if isinstance(entry, GatedPair)]


@frozen
class Maxout(Layer):
    """The largest of k pre-activations: features/k leave. Source: Goodfellow et al. 2013."""

    pieces: Expr = Integer(2)

    def __post_init__(self) -> None:
        """Read the number of pieces."""
        super().__post_init__()
        object.__setattr__(
            self,
            "pieces",
            size(self.pieces, "the pieces of Maxout", least=2, symbolic=False, such_as="Maxout(2)"),
        )
        if self.pieces > MOST_PIECES:
            raise BadInput(f"Maxout takes 2 to {MOST_PIECES} pieces, not {self.pieces}.")

    def copied(self, entering: bool) -> bool:
        """Refuse features that may depend on each other."""
        refuse_copies(str(self), entering)
        return False

    def output(self, shape: Shape) -> Shape:
        """Return a k-th of the features; raises BadInput where k doesn't divide them."""
        return divided(shape, self.pieces, str(self))

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[max²] = q·E[k z² Φ(z)^(k−1)]; the gradient reaches one piece of k."""
        part = gaussian_only(signal, "Maxout")
        found, space = over_places(part, lambda p: self._found(p, setting), setting.arithmetic)
        share = setting.arithmetic.value(1 / self.pieces)
        parts = None if setting.arithmetic.symbolic else (self._part(found, space),)
        out = Signal(
            self.output(signal.shape), found.second, found.mean, found.cross, found.between, parts,
            signal.slope * share, f"Maxout({signal.words})", signal.reference, space,
        )  # fmt: skip

        def both(covariance: Value) -> Value:
            return share * same(int(self.pieces), float(covariance / part.variance))

        crossed = None if found.cross is None or not part.variance else both(part.covariance)

        def back(gradient: Gradient) -> Gradient:
            below = replace(gradient.scaled(share, crossed), by=None)
            if crossed is None:
                below = replace(below, cross=None)
            return placed(below, alike_through(near_of(gradient), part, share, both))

        return out, setting.mark(out, back, preactivation=False, elementwise=True)

    def _found(self, part: Part, setting: Setting) -> Found:
        """Return the moments; two inputs are followed with numbers."""
        second, mean = (
            combined_value(_maxout(self.pieces), name, part.variance, setting)
            for name in ("second_moment", "mean")
        )

        def product(covariance: Value | None) -> Value | None:
            if covariance is None or setting.arithmetic.symbolic or not part.variance:
                return None
            return part.variance * maxima(int(self.pieces), float(covariance / part.variance))

        return Found(second, mean, product(part.covariance), product(part.between))

    def _part(self, found: Found, space: Space | None) -> Part:
        """Return the law of the largest of independent Gaussians."""
        square = found.mean * found.mean
        return Part(
            1,
            found.second - square,
            None if found.cross is None else found.cross - square,
            None if found.between is None else found.between - square,
            mean=found.mean,
            space=space,
            law=largest(int(self.pieces))[2],
        )

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the maximum over groups of neighbouring features."""
        import numpy as np

        k, axis = int(self.pieces), feature_axis(shape)
        kept: list[Array] = []

        def groups(x: Array) -> Array:
            moved = np.moveaxis(x, axis, -1)
            return moved.reshape(*moved.shape[:-1], -1, k)

        def forward(x: Array) -> Array:
            grouped = groups(x)
            top = grouped.max(axis=-1, keepdims=True)
            kept[:] = [grouped == top]
            return np.moveaxis(top[..., 0], -1, axis)

        def backward(delta: Array) -> Array:
            moved = np.moveaxis(delta, axis, -1)[..., None] * kept[0]
            flat = moved.reshape(*moved.shape[:-2], -1)
            return np.moveaxis(flat, -1, axis)

        return Sampled(forward, backward)


def _maxout(pieces: Expr) -> CombinedMoments:
    entry = combined(f"maxout({pieces})")
    assert entry is not None
    return combined_moments(entry)


def combined_value(moments: CombinedMoments, name: str, variance: Value, setting: Setting) -> Value:
    """Return a moment of a combined activation in the setting's arithmetic."""
    if setting.arithmetic.symbolic:
        closed = moments.closed(name)
        if closed is not None:
            return closed.subs(q, variance)
        raise BadInput("no closed form is known for this maxout: give numbers instead of symbols.")
    number = moments.number(name, float(variance))
    return math.inf if number is None or number.value is None else number.value


@frozen
class Gated(Layer):
    """x = value(h)·gate(g) of two independent halves of the features: GLU, GEGLU, SwiGLU, ReGLU."""

    kind: str = "glu"

    def __post_init__(self) -> None:
        """Resolve the name; raises BadInput."""
        super().__post_init__()
        entry = COMBINED[self.kind] if str(self.kind) in COMBINED else None
        if not isinstance(entry, GatedPair):
            raise BadInput(
                f"{self.kind} isn't a gated pair. {did_you_mean(str(self.kind), _PAIRS)}Take "
                f"{', '.join(_PAIRS[:-1])} or {_PAIRS[-1]}."
            )
        object.__setattr__(self, "kind", entry.name)

    def __str__(self) -> str:
        """Return the catalogue's name."""
        return self.kind

    @property
    def factors(self) -> tuple[Expr, Expr]:
        """Both factors as expressions in h."""
        entry = COMBINED[self.kind]
        assert isinstance(entry, GatedPair)
        return activation(entry.value).phi, activation(entry.gate).phi

    def copied(self, entering: bool) -> bool:
        """Refuse features that may depend on each other."""
        refuse_copies(str(self), entering)
        return False

    def output(self, shape: Shape) -> Shape:
        """Return half the features."""
        return divided(shape, Integer(2), str(self))

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Moments are products; E[δ²] is shared by both halves."""
        part, to = gaussian_only(signal, str(self)), setting.arithmetic
        pair = PairMoments(*self.factors, to)
        found, space = over_places(part, pair.found, to)
        chain = chain_through(part, pair.factor, lambda k: pair.crossed(part, k), to)
        parts = None if to.symbolic else pair.parts(part, found, space)
        out = Signal(
            self.output(signal.shape), found.second, found.mean, found.cross, found.between, parts,
            signal.slope * chain.second, f"{self.kind}({signal.words})", signal.reference, space,
        )  # fmt: skip

        out = gated_pairs(out, part, pair)

        def back(gradient: Gradient) -> Gradient:
            below = replace(chain.back(gradient), by=None)
            if to.symbolic:
                return below
            if (
                parts is not None
                and gradient.by is not None
                and gradient.by.laws[0] is parts[0].law
            ):
                more = pair.given(part, parts[0], gradient.by.at[0])
                both = gate_pair(gradient, parts[0], part, self.factors)
                if both is None and below.cross is not None:
                    setting.approximate(UNFOLLOWED.format(what=self))
                cross = below.cross if both is None else gradient.second * both
                below = replace(below, second=below.second * more, cross=cross)
            near = near_of(gradient)
            return placed(
                below, alike_through(near, part, chain.second, lambda k: pair.crossed(part, k))
            )

        return out, setting.mark(out, back, preactivation=False, elementwise=True)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the product of the two halves."""
        import numpy as np

        from varprop.catalogue.activations import Activation

        axis = feature_axis(shape)
        entry = COMBINED[self.kind]
        assert isinstance(entry, GatedPair)
        names: tuple[Activation, Activation] = (activation(entry.value), activation(entry.gate))
        (f, df), (g, dg) = (drawing.pointwise(act) for act in names)
        kept: list[Array] = []

        def forward(x: Array) -> Array:
            left, right = np.split(x, 2, axis=axis)
            kept[:] = [left, right]
            return f(left) * g(right)

        def backward(delta: Array) -> Array:
            left, right = kept
            return np.concatenate(
                [delta * df(left) * g(right), delta * f(left) * dg(right)], axis=axis
            )

        return Sampled(forward, backward)
