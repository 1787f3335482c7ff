"""Layers that move values without changing them: Flatten, Tokens, Transpose, LastToken."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from sympy import Expr, S, sympify

from varprop.frozen import frozen
from varprop.networks.arithmetic import Value
from varprop.networks.gradient_places import among, near_of, placed
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting
from varprop.networks.misfits import no_tokens
from varprop.networks.pairs import NONE
from varprop.networks.shape import Shape, size
from varprop.networks.signal import Gradient, Signal, placeless
from varprop.networks.spatial import WHITE, over_all, relative
from varprop.networks.spatial_pairs import in_phase, neighbours
from varprop.networks.token_pairs import MIXED, exchanged, with_pairs
from varprop.networks.token_places import at_end, at_last

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing


PHASED = (
    "tokens behind a transposed convolution of a stride above 1: any two count as alike as they are on "
    "average, though those of one phase share more. An attention's q is up to 15 % too small, the "
    "gradient before it up to 20 %, that of its query up to half"
)
CLASS = (
    "Tokens: class tokens count as patches of the same size that are alike for all inputs; what two "
    "inputs share is averaged over all tokens. Within 5 % of sampled networks of 16 patches and more"
)
APART = "Tokens: E[x x̃] isn't followed here, so that patches count as independent"


@frozen
class Flatten(Layer):
    """All positions or tokens become features of one vector."""

    by_itself = True

    def output(self, shape: Shape) -> Shape:
        """Return the number of units as features."""
        return Shape(shape.units)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Return the same moments; there is one position now."""
        flat = with_pairs(placeless(signal), NONE).reshaped(self.output(signal.shape))
        return replace(flat, between=None), lambda gradient: placed(gradient, None)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the reshaping."""
        dims = shape.concrete()
        return Sampled(lambda x: x.reshape(len(x), -1), lambda d: d.reshape(len(d), *dims))


@frozen
class Tokens(Layer):
    """Positions become tokens: (channels, height, width) → height·width tokens, as ViT cuts patches.

    ``extra`` adds class tokens of the same law.
    """

    extra: Expr = S.Zero

    def __post_init__(self) -> None:
        """Read the number of extra tokens; raises BadInput."""
        super().__post_init__()
        extra = size(self.extra, "the extra tokens of Tokens", least=0, such_as="Tokens(1)")
        object.__setattr__(self, "extra", extra)

    def output(self, shape: Shape) -> Shape:
        """Return the tokens; raises BadInput without positions."""
        if not shape.space:
            advice = (
                "they are tokens already, leave Tokens out"
                if shape.tokens is not None
                else "put it behind a Conv layer, before Flatten()"
            )
            raise Misfit(f"{self} takes channels with positions, but {shape} arrives: {advice}.")
        return Shape(shape.features, (), shape.positions + sympify(self.extra))

    def parameters(self, shape: Shape) -> Expr:
        """Return the values of the extra tokens."""
        return sympify(self.extra) * shape.features

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Return the patches' moments, and what two of them share; class tokens are the same everywhere."""
        to, extra = setting.arithmetic.value, sympify(self.extra)
        if extra != 0:
            setting.approximate(CLASS)
        between = self._between(signal, setting)
        out = replace(placeless(signal).reshaped(self.output(signal.shape)), between=between)
        if extra != 0:
            whole = to(signal.shape.positions + extra)
            patches = to(signal.shape.positions)
            pairs = patches * (patches - 1) / (whole * (whole - 1))
            cross = signal.cross
            if cross is not None:
                cross = (patches * cross + to(extra) * signal.second) / whole
            out = replace(out, between=between * pairs, cross=cross, parts=None)
            if signal.is_gaussian and signal.parts is not None and len(signal.parts) == 1:
                part = replace(
                    signal.parts[0], covariance=cross, between=between * pairs, space=None
                )
                out = replace(out, parts=(part,))

        def back(gradient: Gradient) -> Gradient:
            near = among(near_of(gradient), signal.shape.space)
            if gradient.profile is None:
                return placed(gradient, near)
            kept = gradient.profile.ravel()[int(sympify(self.extra)) :]
            places = kept.reshape(tuple(int(n) for n in signal.shape.space))
            below = replace(gradient.scaled(float(kept.mean())), profile=relative(places))
            return placed(below, near)

        return out, back

    @staticmethod
    def _between(signal: Signal, setting: Setting) -> Value:
        """Return E[x(p)x(p')] over pairs of different positions: as two inputs, and more for neighbours."""
        if signal.cross is None:
            setting.approximate(APART)
            return signal.mean * signal.mean
        setting.assume(WHITE)
        space = tuple(int(n) for n in signal.shape.space)
        count = prod(space)
        if count == 1:
            return signal.cross
        far, apart = signal.cross, in_phase(signal, setting.arithmetic)[0]
        if apart is not None:
            setting.approximate(PHASED)
            whole = apart.over_window(over_all(space))
            far = far * (whole * count - 1) / (count - 1)
        near = neighbours(signal, setting.arithmetic).within(over_all(space))
        return far + (signal.second - signal.cross) * near / (count - 1)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the reshaping; extra tokens are Gaussian with the others' second moment."""
        import numpy as np

        dims, extra = shape.concrete(), int(sympify(self.extra))

        def forward(x: Array) -> Array:
            tokens = x.reshape(len(x), dims[0], -1).swapaxes(1, 2)
            if not extra:
                return tokens
            size = float(np.sqrt((tokens * tokens).mean()))
            token = size * drawing.rng.standard_normal((1, extra, dims[0]))
            return np.concatenate(
                [np.broadcast_to(token, (len(x), extra, dims[0])), tokens], axis=1
            )

        return Sampled(forward, lambda d: d[:, extra:].swapaxes(1, 2).reshape(len(d), *dims))


@frozen
class Transpose(Layer):
    """Tokens become features and features tokens, as MLP-Mixer does between its two halves."""

    def output(self, shape: Shape) -> Shape:
        """Return the exchanged sizes; raises BadInput without tokens."""
        if shape.tokens is None:
            raise no_tokens("Transpose", shape)
        return Shape(shape.tokens, (), shape.features)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Return the same moments; what two tokens share, two features share then, and the reverse."""
        flat = placeless(signal).reshaped(self.output(signal.shape))

        def back(gradient: Gradient) -> Gradient:
            if near_of(gradient) is not None:
                setting.approximate(MIXED)
            return placed(replace(gradient, profile=None), None)

        return exchanged(flat, signal, setting.arithmetic), back

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the exchange of axes."""
        return Sampled(lambda x: x.swapaxes(1, 2), lambda d: d.swapaxes(1, 2))


@frozen
class LastToken(Layer):
    """One token's features, as a classifier takes them (the last, or a class token)."""

    def output(self, shape: Shape) -> Shape:
        """Return the features; raises BadInput without tokens."""
        if shape.tokens is None:
            raise no_tokens("LastToken", shape)
        return Shape(shape.features)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Return the token's own moments; the other tokens get no gradient."""
        tokens = setting.arithmetic.value(signal.shape.tokens)
        out = replace(at_last(signal, setting.arithmetic), between=None)

        def back(gradient: Gradient) -> Gradient:
            last = None if setting.arithmetic.symbolic else at_end(int(tokens))
            return replace(gradient.scaled(1 / tokens), profile=last)

        return out.reshaped(self.output(signal.shape)), back

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the last token."""
        import numpy as np

        dims = shape.concrete()

        def backward(delta: Array) -> Array:
            out = np.zeros((len(delta), *dims), delta.dtype)
            out[:, -1] = delta
            return out

        return Sampled(lambda x: x[:, -1], backward)
