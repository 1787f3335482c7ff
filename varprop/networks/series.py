"""Layers in a row, the data they begin with, and a layer inside another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr

from varprop.errors import BadInput, VarpropError
from varprop.frozen import frozen
from varprop.networks.as_layer import as_layer
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting, Weight
from varprop.networks.shape import Shape, size
from varprop.networks.signal import Back, Gradient, Signal

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing


def entered(layer: Layer, signal: Signal, setting: Setting) -> Forward:
    """Apply a layer under its name, so that its rows and tensors carry it."""
    setting.enter(layer.label)
    try:
        found = layer.forward(signal, setting)
    except VarpropError as error:
        error.inside(layer)
        raise
    setting.leave()
    return found


def inner(item: Any, what: str) -> Layer:
    """Return a layer for the inside of another; raises BadInput for one that begins with data."""
    layer = as_layer(item)
    first = layer.layers[0] if isinstance(layer, Serial) else layer
    if isinstance(first, Input):
        raise BadInput(f"{first} stands inside {what}: an Input comes first, and only there.")
    return layer


def serial(first: Any, then: Any) -> Serial:
    """Return one network of two, flattened."""
    parts: list[Layer] = []
    for item in (first, then):
        layer = as_layer(item)
        parts += layer.layers if isinstance(layer, Serial) else [layer]
    return Serial(tuple(parts))


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
        super().__post_init__()
        for name in ("features", "height", "width", "depth", "tokens"):
            given = getattr(self, name)
            if given is not None or name == "features":
                symbolic = name in ("features", "tokens")
                value = size(given, f"{name} of Input", symbolic=symbolic)
                object.__setattr__(self, name, value)
        if self.tokens is not None and self.height is not None:
            raise BadInput(
                "Input has either positions (channels, height, width) or tokens, not both."
            )

    def __str__(self) -> str:
        """Return Input(3, 224, 224) or Input(512, tokens=128)."""
        sizes = ", ".join(str(n) for n in (self.features, *self.shape.space))
        return f"Input({sizes})" if self.tokens is None else f"Input({sizes}, tokens={self.tokens})"

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

    def __repr__(self) -> str:
        """Return a >> b >> c as Python; an activation behind a layer is its text."""
        first, *rest = self.layers
        return " >> ".join([repr(first), *(layer.behind() for layer in rest)])

    @property
    def fresh(self) -> bool:
        """Whether any of the layers is."""
        return any(layer.fresh for layer in self.layers)

    def mixes(self, shape: Shape) -> bool:
        """Whether any of the layers does."""
        return any(layer.mixes(entering) for _, layer, entering in self.steps(shape))

    def copied(self, entering: bool) -> bool:
        """Ask each layer in turn."""
        for layer in self.layers:
            entering = layer.copied(entering)
        return entering

    def steps(self, shape: Shape) -> Iterator[tuple[int, Layer, Shape]]:
        """Yield each layer with its place and the shape that enters; raises BadInput with the place."""
        for place, layer in enumerate(self.layers):
            yield place, layer, shape
            shape = layer.output(shape)

    def output(self, shape: Shape) -> Shape:
        """Return the shape after the last layer; what is refused carries the layer and what feeds it."""
        before: list[Shape] = []
        for place, layer in enumerate(self.layers):
            before.append(shape)
            try:
                shape = self._checked(place).output(shape)
            except Misfit as error:
                error.refused_in(layer, shape, self._maker(before))
                raise
        return shape

    def _maker(self, before: list[Shape]) -> Layer | None:
        """Return the last layer that made the shape that enters last: an Input, weights, a new shape."""
        for place in reversed(range(len(before) - 1)):
            layer, shape = self.layers[place], before[place]
            if isinstance(layer, Input) or shape != before[place + 1] or layer.weights(shape):
                return layer
        return None

    def _checked(self, place: int) -> Layer:
        """Return a layer; raises Misfit for data inside, and for a tensor of zeros on the stream."""
        layer = self.layers[place]
        if place and isinstance(layer, Input):
            raise Misfit(
                f"{layer} stands inside a network: an Input comes first, and only there.",
                named=True,
            )
        if isinstance(self.layers[0], Input) and layer.silent:
            raise Misfit(
                f"{layer} makes every value 0 from here on: scale=0 is for the end of a Residual's branch.",
                named=True,
            )
        return layer

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
