"""Embedding: a row of a table for each id."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Expr, S

from varprop.frozen import frozen
from varprop.networks.dense import FRESH
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting, Weight
from varprop.networks.pairs import Pairs
from varprop.networks.shape import Shape, scalar, size
from varprop.networks.signal import Gradient, Signal, gaussian
from varprop.networks.token_pairs import with_pairs

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing

IDS = "ids are drawn evenly from the vocabulary; the data's correlation is the share of equal ids"


PARTLY_EQUAL = (
    "Embedding: ids that are equal in part count as Gaussians of that correlation; behind an activation "
    "right after it E[x x̃] is up to 10 % off"
)


@frozen
class Embedding(Layer):
    """One row of a (vocabulary, features) table per id: ``Input(1, tokens=T) >> Embedding(768, 50257)``.

    An id picks one weight per feature, so fan_in = 1 and E[x²] = Var(w): neither the vocabulary nor
    the width belongs in the formula. Libraries start at Var(w) = 1 (PyTorch, N(0, 1)), 1/1200 (Keras,
    U(±1/20)), 1/features (Flax) and 1/2500 (GPT-2, std 1/50).
    """

    by_itself = True

    features: Expr
    vocabulary: Expr
    scale: Expr = S.One

    def __post_init__(self) -> None:
        """Read the sizes; raises BadInput."""
        super().__post_init__()
        object.__setattr__(self, "features", size(self.features, "the width of Embedding"))
        object.__setattr__(self, "vocabulary", size(self.vocabulary, "the vocabulary of Embedding"))
        object.__setattr__(self, "scale", scalar(self.scale, f"the scale of {type(self).__name__}"))

    @property
    def fresh(self) -> bool:
        """Every output is a sum with weights."""
        return True

    def output(self, shape: Shape) -> Shape:
        """Return the features of each token; raises BadInput where more than one id arrives per token."""
        if shape.space or shape.features != 1:
            raise Misfit(
                f"{self} takes one id per token, but {shape} arrives: write Input(1, tokens=128) >> {self}."
            )
        return shape.with_features(self.features)

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return the table."""
        table = (self.vocabulary, self.features)
        return (Weight(S.One, self.features, "1", table, self.scale, layout="embedding"),)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[x²] = Var(w); two ids are equal with probability 1/vocabulary. Ids have no gradient."""
        to = setting.arithmetic.value
        one = to(1)
        v = setting.variance(self.weights(signal.shape)[0], replace(signal, second=one, parts=None))
        setting.assume(FRESH)
        setting.assume(IDS)
        chance = 1 / to(self.vocabulary)
        alike = None if signal.cross is None else signal.cross / signal.second
        if alike is not None and alike != 0:
            setting.approximate(PARTLY_EQUAL)
        cross = None if alike is None else v * (alike + (1 - alike) * chance)
        between = None if signal.shape.tokens is None else v * chance
        out = gaussian(self.output(signal.shape), v, cross, between, "h")
        if not setting.arithmetic.symbolic and chance != 1:
            out = with_pairs(out, Pairs(overlap=chance / (1 - chance)))

        def back(gradient: Gradient) -> Gradient:
            return gradient.scaled(0 * one)

        return out, setting.mark(out, back, preactivation=True)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw the table; a datum picks the row at its quantile under N(0, 1)."""
        import numpy as np
        from scipy.special import ndtr

        table = drawing.weight(self.weights(shape)[0])
        last = len(table) - 1

        def forward(x: Array) -> Array:
            ids = np.minimum((ndtr(x[..., 0]) * len(table)).astype(int), last)
            out: Array = table[ids]
            return out

        return Sampled(forward, lambda delta: np.zeros((*delta.shape[:-1], 1)))
