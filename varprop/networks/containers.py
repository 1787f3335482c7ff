"""Networks made of layers: in a row, repeated, beside a skip path, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sympy import Add, Dummy, Expr, expand, factor, summation

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting, Weight
from varprop.networks.series import Input, Serial, as_layer, entered, inner, serial
from varprop.networks.shape import Shape, size
from varprop.networks.signal import Signal

if TYPE_CHECKING:
    from varprop.networks.drawing import Drawing

__all__ = [
    "INDEPENDENT",
    "Identity",
    "Input",
    "Repeat",
    "Serial",
    "applies_activation",
    "as_layer",
    "entered",
    "has_weights",
    "inner",
    "serial",
]

INDEPENDENT = "branches independent of the skip path and of each other: each has weights of its own"


@frozen
class Repeat(Layer):
    """``count`` copies of a block in a row, each with weights of its own."""

    by_itself = True

    block: Layer
    count: Expr
    shared: bool = False
    label = ""

    def __post_init__(self) -> None:
        """Read the count; refuse weights shared over depth."""
        super().__post_init__()
        object.__setattr__(self, "block", inner(self.block, "a repeated block"))
        count = size(self.count, "the number of copies", such_as="3 * (Dense(64) >> relu)")
        object.__setattr__(self, "count", count)
        if self.shared:
            raise BadInput(
                "weights shared over depth have no rule here: the copies aren't independent, and the "
                "rule for fresh weights would be wrong wherever a skip path meets its own branch "
                "again. Leave shared=True out, or use RNN(...) for a recurrent cell."
            )

    def __str__(self) -> str:
        """Return count * block; Repeat(φ(x), count) for a formula, which a number would multiply."""
        block, count = str(self.block), str(self.count)
        if isinstance(self.block, Serial | Repeat):
            block = f"({block})"
        elif formula_in(self.block):
            return f"Repeat({block}, {count})"
        return f"({count}) * {block}" if self.count.is_Add else f"{count} * {block}"

    @property
    def fresh(self) -> bool:
        """Whether the block is."""
        return self.block.fresh

    def mixes(self, shape: Shape) -> bool:
        """Whether the block does."""
        return self.block.mixes(shape)

    def copied(self, entering: bool) -> bool:
        """Ask the first copy, and the next for what leaves it."""
        return self.block.copied(self.block.copied(entering))

    def output(self, shape: Shape) -> Shape:
        """Return the shape after all copies; a block may change it where the count is a number.

        Where it is a symbol, each copy may add the same number of features.
        """
        after = self.block.output(shape)
        if not self.count.is_Integer:
            self._refuse_powers(shape)
            again = self._again(after)
            if again == after:
                return after
            return self.entering_at(shape, self.count + 1)
        for _ in range(self.copies - 1):
            shape, after = after, self._again(after)
            if after == shape:
                break
        return after

    def _again(self, shape: Shape) -> Shape:
        """Return what leaves a copy that another copy feeds."""
        try:
            return self.block.output(shape)
        except Misfit as error:
            error.fed_by(self.block, shape)
            raise

    def _refuse_powers(self, shape: Shape) -> None:
        """Raise Misfit for an activation of itself as many times as a symbol says."""
        if not has_weights(self.block, shape) and applies_activation(self.block):
            raise Misfit(
                f"{self}: an activation of itself, {self.count} times and no weights between, has no formula "
                f"in {self.count}. Give a number of copies, or put a Dense or Conv layer into the block.",
                named=True,
            )

    def entering_at(self, shape: Shape, number: Expr) -> Shape:
        """Return what enters a copy by its number, where each copy adds the same number of features.

        Raises BadInput for copies that change the shape otherwise.
        """
        after = self.block.output(shape)
        again = self._again(after)
        added = expand(after.features - shape.features)
        same = after.with_features(shape.features) == shape
        if not same or again != after.with_features(expand(after.features + added)):
            raise Misfit(
                f"a block that is repeated {self.count} times must keep its shape or add the same number "
                f"of features each time, not make {after} of {shape}. Give a number of copies."
            )
        return shape.with_features(shape.features + (number - 1) * added)

    @property
    def copies(self) -> int:
        """The number of copies; raises BadInput while it is a symbol."""
        if not self.count.is_Integer:
            raise BadInput(f"the number of copies {self.count} is a symbol: give a number here.")
        return int(self.count)

    def entering(self, shape: Shape) -> Iterator[tuple[Shape, int]]:
        """Yield each shape that enters copies, and how many of them in a row."""
        left = self.copies
        while left:
            after = self.block.output(shape)
            times = left if after == shape else 1
            yield shape, times
            left -= times
            shape = after

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return the tensors of all copies."""
        found: list[Weight] = []
        for here, times in self.entering(shape):
            found += times * list(self.block.weights(here))
        return tuple(found)

    def parameters(self, shape: Shape) -> Expr:
        """Return the sum over the copies."""
        if not self.count.is_Integer:
            after = self.block.output(shape)
            if self.block.output(after) == after:
                later = self.block.parameters(after)
                return self.block.parameters(shape) + (self.count - 1) * later
            number = Dummy("number", integer=True, positive=True)
            each = self.block.parameters(self.entering_at(shape, number))
            return factor(summation(expand(each), (number, 1, self.count)))
        return Add(*(times * self.block.parameters(here) for here, times in self.entering(shape)))

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Apply the block again and again; in a closed form where the number is a symbol."""
        from varprop.networks.repetition import repeated

        return repeated(self, signal, setting)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw every copy."""
        return Serial((self.block,) * self.copies).sample(shape, drawing)


@frozen
class Identity(Layer):
    """x itself, for a skip path inside Concat, Add or Multiply."""

    by_itself = True

    def output(self, shape: Shape) -> Shape:
        """Return the same shape."""
        return shape

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Return the signal."""
        return signal, lambda gradient: gradient

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the identity."""
        return Sampled(lambda x: x, lambda delta: delta)


def has_weights(layer: Layer, shape: Shape) -> bool:
    """Whether anything inside multiplies by weights, so that its output is independent of its input."""
    if isinstance(layer, Repeat):
        return has_weights(layer.block, shape)
    if isinstance(layer, Serial):
        return any(has_weights(part, here) for _, part, here in layer.steps(shape))
    return bool(layer.weights(shape))


def applies_activation(layer: Layer) -> bool:
    """Whether a chain has an activation in it."""
    from varprop.networks.elementwise import Activate

    if isinstance(layer, Serial):
        return any(applies_activation(part) for part in layer.layers)
    return isinstance(layer, Activate) or (
        isinstance(layer, Repeat) and applies_activation(layer.block)
    )


def formula_in(layer: Layer) -> bool:
    """Whether a layer is an activation written as a formula in x."""
    from varprop.catalogue.activations import is_name
    from varprop.networks.elementwise import Activate

    return isinstance(layer, Activate) and not is_name(layer.act.name)
