"""Layers that move values without changing them: Flatten, Tokens, Transpose, LastToken, Positional."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sympy import Expr, S, sympify

from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting
from varprop.networks.shape import Shape
from varprop.networks.signal import Gradient, Signal, placeless, plus
from varprop.networks.spatial import relative
from varprop.networks.token_places import at_last

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing


@dataclass(frozen=True)
class Flatten(Layer):
    """All positions or tokens become features of one vector."""

    def output(self, shape: Shape) -> Shape:
        """Return the number of units as features."""
        return Shape(shape.units)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Return the same moments; there is one position now."""
        flat = placeless(signal).reshaped(self.output(signal.shape))
        return replace(flat, between=None), lambda gradient: gradient

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the reshaping."""
        dims = shape.concrete()
        return Sampled(lambda x: x.reshape(len(x), -1), lambda d: d.reshape(len(d), *dims))


@dataclass(frozen=True)
class Tokens(Layer):
    """Positions become tokens: (channels, height, width) → height·width tokens, as ViT cuts patches.

    ``extra`` adds class tokens of the same law.
    """

    extra: Expr = S.Zero

    def output(self, shape: Shape) -> Shape:
        """Return the tokens; raises BadInput without positions."""
        if not shape.space:
            raise Misfit(f"Tokens takes channels with positions, but {shape} arrives.")
        return Shape(shape.features, (), shape.positions + sympify(self.extra))

    def parameters(self, shape: Shape) -> Expr:
        """Return the values of the extra tokens."""
        return sympify(self.extra) * shape.features

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Return the same moments; tokens of one image count as independent."""
        setting.approximate(
            "Tokens: neighbouring patches count as independent, extra tokens as alike"
        )
        between = signal.mean * signal.mean if signal.between is None else signal.between
        out = replace(placeless(signal).reshaped(self.output(signal.shape)), between=between)

        def back(gradient: Gradient) -> Gradient:
            if gradient.profile is None:
                return gradient
            kept = gradient.profile.ravel()[int(sympify(self.extra)) :]
            places = kept.reshape(tuple(int(n) for n in signal.shape.space))
            return replace(gradient.scaled(float(kept.mean())), profile=relative(places))

        return out, back

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


@dataclass(frozen=True)
class Transpose(Layer):
    """Tokens become features and features tokens, as MLP-Mixer does between its two halves."""

    def output(self, shape: Shape) -> Shape:
        """Return the exchanged sizes; raises BadInput without tokens."""
        if shape.tokens is None:
            raise Misfit(f"Transpose takes tokens, but {shape} arrives.")
        return Shape(shape.tokens, (), shape.features)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Return the same moments; features of one token count as independent."""
        flat = placeless(signal).reshaped(self.output(signal.shape))
        out = replace(flat, between=signal.mean * signal.mean)
        return out, lambda gradient: replace(gradient, profile=None)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the exchange of axes."""
        return Sampled(lambda x: x.swapaxes(1, 2), lambda d: d.swapaxes(1, 2))


@dataclass(frozen=True)
class LastToken(Layer):
    """One token's features, as a classifier takes them (the last, or a class token)."""

    def output(self, shape: Shape) -> Shape:
        """Return the features; raises BadInput without tokens."""
        if shape.tokens is None:
            raise Misfit(f"LastToken takes tokens, but {shape} arrives.")
        return Shape(shape.features)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Return the token's own moments; the other tokens get no gradient."""
        tokens = setting.arithmetic.value(signal.shape.tokens)
        out = replace(at_last(signal, setting.arithmetic), between=None)

        def back(gradient: Gradient) -> Gradient:
            last = None if setting.arithmetic.symbolic else _at_end(int(tokens))
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


def _at_end(tokens: int) -> Array | None:
    """Return the profile of a gradient that one token has alone."""
    import numpy as np

    found = np.zeros(tokens)
    found[-1] = 1.0
    return relative(found)


@dataclass(frozen=True)
class Positional(Layer):
    """x + p with p the position's vector of the given second moment (1/2 for sines and cosines).

    ``learned`` counts p as parameters. Source: Vaswani et al. 2017, section 3.5.
    """

    second: Expr = S.Half
    learned: bool = False

    def __post_init__(self) -> None:
        """Read the second moment."""
        object.__setattr__(self, "second", sympify(self.second))

    def output(self, shape: Shape) -> Shape:
        """Return the same shape; raises BadInput without tokens."""
        if shape.tokens is None:
            raise Misfit(f"Positional takes tokens, but {shape} arrives.")
        return shape

    def parameters(self, shape: Shape) -> Expr:
        """Return tokens·features where p is learned."""
        return shape.units if self.learned else S.Zero

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[x²] + E[p²]; both inputs get the same p."""
        setting.assume("positions' vectors are independent of the signal and centred")
        extra = setting.arithmetic.value(self.second)
        second = signal.second + extra
        out = replace(
            signal, second=second, cross=plus(signal.cross, extra), parts=None, reference=second,
            slope=1, words="embedding + position",
        )  # fmt: skip
        return out, lambda gradient: gradient

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw Gaussian position vectors of that second moment."""
        p = drawing.rng.standard_normal(shape.concrete()) * float(self.second) ** 0.5
        return Sampled(lambda x: x + p, lambda delta: delta)
