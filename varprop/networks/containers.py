"""Networks made of layers: in a row, repeated, beside a skip path, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sympy import Add, Dummy, Expr, expand, factor, summation

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting, Weight
from varprop.networks.shape import Shape, size
from varprop.networks.signal import Back, Gradient, Signal

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing

INDEPENDENT = "branches independent of the skip path and of each other: each has weights of its own"


def as_layer(item: Any) -> Layer:
    """Return a layer as it is, an activation (by name, entry or function) as a layer.

    Raises BadInput for anything else.
    """
    from varprop.catalogue.activations import Activation as Phi
    from varprop.networks.elementwise import Activate, activate

    if isinstance(item, Layer):
        return item
    if isinstance(item, str):
        return activate(item)
    if isinstance(item, Phi):
        return Activate(item)
    phi = getattr(item, "activation", None)
    if isinstance(phi, Phi):
        return Activate(phi)
    raise BadInput(f"{item!r} is no layer: use varprop.layers, an activation, or network('...').")


def serial(first: Any, then: Any) -> Serial:
    """Return one network of two, flattened."""
    parts: list[Layer] = []
    for item in (first, then):
        layer = as_layer(item)
        parts += layer.layers if isinstance(layer, Serial) else [layer]
    return Serial(tuple(parts))


def entered(layer: Layer, signal: Signal, setting: Setting) -> Forward:
    """Apply a layer under its name, so that its rows and tensors carry it."""
    setting.enter(layer.label)
    found = layer.forward(signal, setting)
    setting.leave()
    return found


@frozen
class Input(Layer):
    """The data: ``Input(784)``, ``Input(3, 224, 224)``, ``Input(512, tokens=128)``.

    Its moments come from the question (E[x₀²] = 1 and mean 0 unless measured or given).
    """

    by_itself = True

    features: Expr
    height: Expr | None = None
    width: Expr | None = None
    depth: Expr | None = None
    tokens: Expr | None = None

    def __post_init__(self) -> None:
        """Read the sizes; raises BadInput."""
        for name in ("features", "height", "width", "depth", "tokens"):
            given = getattr(self, name)
            if given is not None:
                symbolic = name in ("features", "tokens")
                value = size(given, f"{name} of Input", symbolic=symbolic)
                object.__setattr__(self, name, value)
        if self.tokens is not None and self.height is not None:
            raise BadInput(
                "Input has either positions (channels, height, width) or tokens, not both."
            )

    @property
    def shape(self) -> Shape:
        """The shape of one example."""
        space = tuple(d for d in (self.height, self.width, self.depth) if d is not None)
        return Shape(self.features, space, self.tokens)

    def output(self, shape: Shape) -> Shape:
        """Return the data's shape; an Input can only come first."""
        if shape != self.shape:
            raise Misfit(f"{self} stands inside a network: an Input comes first, and only there.")
        return shape

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Return the data as they are."""
        return signal, setting.mark(signal, lambda gradient: gradient, preactivation=False)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the data as they are."""
        return Sampled(lambda x: x, lambda delta: delta)


@frozen
class Serial(Layer):
    """Layers one after the other."""

    by_itself = True

    layers: tuple[Layer, ...]
    label = ""

    def __str__(self) -> str:
        """Return a >> b >> c."""
        return " >> ".join(str(layer) for layer in self.layers)

    def steps(self, shape: Shape) -> Iterator[tuple[int, Layer, Shape]]:
        """Yield each layer with its place and the shape that enters; raises BadInput with the place."""
        for place, layer in enumerate(self.layers):
            yield place, layer, shape
            shape = layer.output(shape)

    def output(self, shape: Shape) -> Shape:
        """Return the shape after the last layer; what is refused carries the layer."""
        for layer in self.layers:
            try:
                shape = layer.output(shape)
            except Misfit as error:
                error.trail.append(layer)
                raise
        return shape

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return all tensors in order."""
        return tuple(w for _, layer, here in self.steps(shape) for w in layer.weights(here))

    def parameters(self, shape: Shape) -> Expr:
        """Return the sum over the layers."""
        return Add(*(layer.parameters(here) for _, layer, here in self.steps(shape)))

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Apply each layer; gradients go back in the opposite order."""
        backs: list[Back] = []
        for layer in self.layers:
            signal, back = entered(layer, signal, setting)
            backs.append(back)

        def through(gradient: Gradient) -> Gradient:
            for back in reversed(backs):
                gradient = back(gradient)
            return gradient

        return signal, through

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw every layer."""
        drawn = [layer.sample(here, drawing) for _, layer, here in self.steps(shape)]

        def forward(x: Array) -> Array:
            for layer in drawn:
                x = layer.forward(x)
            return x

        def backward(delta: Array) -> Array:
            for layer in reversed(drawn):
                delta = layer.backward(delta)
            return delta

        return Sampled(forward, backward)


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
        object.__setattr__(self, "block", as_layer(self.block))
        object.__setattr__(self, "count", size(self.count, "the number of copies"))
        if self.shared:
            raise BadInput(
                "weights shared over depth have no rule here: the copies aren't independent, and the "
                "rule for fresh weights would be wrong wherever a skip path meets its own branch "
                "again. Leave shared=True out, or use RNN(...) for a recurrent cell."
            )

    def __str__(self) -> str:
        """Return count * block."""
        inner = str(self.block)
        return (
            f"{self.count} * ({inner})"
            if isinstance(self.block, Serial)
            else f"{self.count} * {inner}"
        )

    def output(self, shape: Shape) -> Shape:
        """Return the shape after all copies; a block may change it where the count is a number.

        Where it is a symbol, each copy may add the same number of features.
        """
        after = self.block.output(shape)
        if not self.count.is_Integer:
            again = self.block.output(after)
            if again == after:
                return after
            return self.entering_at(shape, self.count + 1)
        for _ in range(self.copies - 1):
            shape, after = after, self.block.output(after)
            if after == shape:
                break
        return after

    def entering_at(self, shape: Shape, number: Expr) -> Shape:
        """Return what enters a copy by its number, where each copy adds the same number of features.

        Raises BadInput for copies that change the shape otherwise.
        """
        after = self.block.output(shape)
        again = self.block.output(after)
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
