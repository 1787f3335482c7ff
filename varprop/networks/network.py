"""A network: an Input and what follows, checked for shapes, and the fold that carries a signal through."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sympy import Expr

from varprop.errors import BadInput, VarpropError
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.containers import Input, Serial, as_layer
from varprop.networks.layer import Forward, Layer, Misfit, Setting, Weight
from varprop.networks.shape import Shape
from varprop.networks.signal import DATA, Gradient, Part, Signal
from varprop.networks.spec import Definitions, Parsed, parse_network

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Network:
    """An input shape and a layer that takes it; shapes fit everywhere.

    ``text`` is what was typed, or the layers written as a spec.
    """

    layer: Layer
    input: Input
    text: str
    parsed: Parsed | None = field(default=None, compare=False, repr=False)

    @property
    def shape(self) -> Shape:
        """The shape of one example."""
        return self.input.shape

    @property
    def output(self) -> Shape:
        """The shape that leaves."""
        return self.layer.output(self.shape)

    def weights(self) -> tuple[Weight, ...]:
        """Return every weight tensor in the order of use."""
        return self.layer.weights(self.shape)

    def parameters(self) -> Expr:
        """Return the number of trained values."""
        return self.layer.parameters(self.shape)

    def symbols(self) -> set[str]:
        """Return the names of sizes, rates and factors that are left open."""
        return {str(s) for s in _symbols(self.layer)}

    def __str__(self) -> str:
        """Return the spec text."""
        return self.text


def network(
    source: str | Layer | Network, definitions: Definitions | None = None, origin: str = ""
) -> Network:
    """Return a network from spec text, a layer or a network; raises BadInput with the place.

    ``origin`` names the file that holds the text.

    >>> str(network("Input(784) >> Dense(512) >> relu >> Dense(10)").output)
    '10'
    """
    if isinstance(source, Network):
        return source
    parsed = parse_network(source, definitions, origin) if isinstance(source, str) else None
    layer = parsed.layer if parsed is not None else as_layer(source)
    first = layer.layers[0] if isinstance(layer, Serial) else layer
    if not isinstance(first, Input):
        raise BadInput(
            f"a network starts with its data, not with {first}: write Input(784) >> …, "
            "Input(3, 224, 224) >> … or Input(512, tokens=128) >> …"
        )
    _check_shapes(layer, first, parsed)
    return Network(layer, first, str(layer) if parsed is None else parsed.text.strip(), parsed)


MOST_PLACES = 2**24
"""Positions or tokens of one example that profiles are kept of."""


def _check_shapes(layer: Layer, first: Input, parsed: Parsed | None) -> None:
    places = first.shape.positions
    if places.is_Integer and places > MOST_PLACES:
        raise BadInput(
            f"{first} has {int(places):,} places, too many to follow each: {MOST_PLACES:,} at most."
        )
    try:
        layer.output(first.shape)
    except Misfit as error:
        where = "" if parsed is None else parsed.words(error)
        raise BadInput(f"{error}{where}") from None
    layer.copied(False)


def every(layer: Layer) -> Iterator[Layer]:
    """Yield a layer and all layers inside it."""
    from dataclasses import fields

    yield layer
    for part in fields(layer):
        value = getattr(layer, part.name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Layer):
                yield from every(inner)


def _symbols(item: Any) -> Iterator[Expr]:
    from dataclasses import fields, is_dataclass

    if isinstance(item, Expr):
        from varprop.notation import h

        yield from (s for s in item.free_symbols if s != h)
    elif isinstance(item, tuple):
        for part in item:
            yield from _symbols(part)
    elif is_dataclass(item) and not isinstance(item, type):
        for part in fields(item):
            yield from _symbols(getattr(item, part.name))
    elif hasattr(item, "phi"):
        yield from _symbols(item.phi)


@dataclass(frozen=True)
class InputLaw:
    """Moments of one input value: E[x₀²], E[x₀] and E[x₀ x̃₀] of two inputs (exact numbers or symbols).

    ``pairs`` says whether two inputs are followed at all (with symbols: two tokens, too).
    """

    second: Any = 1
    mean: Any = 0
    cross: Any = None
    pairs: bool = True

    def signal(self, shape: Shape, arithmetic: Arithmetic) -> Signal:
        """Return the data as a signal; an activation right on it takes it as Gaussian."""
        to = arithmetic.value
        second, mean = to(self.second), to(self.mean)
        square = mean * mean
        cross = square if self.cross is None else to(self.cross)
        if not self.pairs:
            cross = None
        followed = self.pairs or not arithmetic.symbolic
        between = square if shape.tokens is not None and followed else None
        part = Part(
            1,
            second - square,
            None if cross is None else cross - square,
            None if between is None else between - square,
            mean=mean,
        )
        return Signal(shape, second, mean, cross, between, (part,), 1, DATA)


def single_input(law: InputLaw, net: Network) -> InputLaw:
    """Return the law without a second input, where E[x²] doesn't depend on it in any layer.

    One input settles where two still draw nearer to each other.
    """
    alone = all(layer.by_itself for layer in every(net.layer))
    return replace(law, pairs=False) if alone else law


def through(net: Network, setting: Setting, data: InputLaw | None = None) -> Forward:
    """Carry the data through the network; returns the last signal and the gradient's way back.

    What a layer refuses carries its place in the network's text.
    """
    signal = (data or InputLaw()).signal(net.shape, setting.arithmetic)
    try:
        return net.layer.forward(signal, setting)
    except VarpropError as error:
        if net.parsed is not None:
            error.completed(after=net.parsed.words(error))
        raise


def fold(net: Network, setting: Setting, data: InputLaw | None = None) -> tuple[Signal, Value]:
    """Carry the data through the network and a gradient of second moment 1 back.

    Returns the last signal and E[δ²] at the data; rows are the setting's.
    """
    out, back = through(net, setting, data)
    one = setting.arithmetic.value(1)
    return out, setting.whole(back(Gradient(one, one)).second)
