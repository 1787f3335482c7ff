"""Spec text → network: the Python API written as text, parsed and never evaluated.

``Input(784) >> Dense(512) >> relu >> Dense(10)``, ``50 * (Dense(n) >> relu)``, ``Residual(…, scale=s)``.
Sizes, rates and factors may be symbols; activations go by their catalogue name, with values, or by
a name that the caller defines, or as a formula in x. ``#`` starts a comment; lines may break anywhere.

What multiplies a network (a layer, a chain in brackets, an activation's bare name) is a number of
copies; what multiplies a formula in x, h or z is part of the formula: ``3 * tanh`` applies tanh three
times, ``3*tanh(x)`` is one activation.
"""

from __future__ import annotations

import re

from sympy import Expr

from varprop.errors import BadInput, VarpropError
from varprop.expression_text import parse_tree
from varprop.expression_text.nodes import Chain
from varprop.networks.containers import Repeat, Serial
from varprop.networks.kinds import LAYERS
from varprop.networks.layer import Layer
from varprop.networks.spec_activations import Definitions, activation_layer, known
from varprop.networks.spec_arguments import Arguments
from varprop.networks.spec_text import CALL, NAME, Piece

__all__ = ["Definitions", "Parsed", "parse_network"]

LONGEST = 20_000
DEEPEST = 30
_VALUED = re.compile(r"([A-Za-z_]\w*)\s*:.+")


class Parsed:
    """A network read from text, and where each of its layers stands in it."""

    def __init__(self, text: str, layer: Layer, places: dict[int, int], origin: str = "") -> None:
        self.text = text
        self.layer = layer
        self._places = places
        self._origin = origin

    def place(self, layer: Layer) -> int | None:
        """Return the character (from 0) at which a layer starts, None for one from elsewhere."""
        return self._places.get(id(layer))

    def words(self, error: VarpropError) -> str:
        """Return where in the text a refusal of a layer speaks of, empty where that isn't known."""
        places = (self._places.get(id(around)) for around in error.trail)
        at = next((place for place in places if place is not None), None)
        if at is None:
            return ""
        file = f" in {_line(self._origin, self.text, at)}" if self._origin else ""
        return f" (character {at + 1} of the network{file})"


def _line(origin: str, text: str, at: int | None) -> str:
    """Return the name of a file, with the line of a place where it has several."""
    several = "\n" in text.strip() and at is not None
    return f"{origin}, line {text.count(chr(10), 0, at) + 1}" if several else origin


def parse_network(text: str, definitions: Definitions | None = None, origin: str = "") -> Parsed:
    """Return the network that ``text`` writes. Raises BadInput or UnknownName with the place.

    ``definitions`` are activations of the caller's, by name; ``origin`` is the file of the text.
    """
    if not isinstance(text, str):
        raise BadInput(f"a network is text, not {type(text).__name__}.")
    if len(text) > LONGEST:
        raise BadInput(f"the network has {len(text)} characters, at most {LONGEST} are read.")
    bare = re.sub(r"#[^\n]*", lambda found: " " * len(found.group()), text)
    reader = _Reader(bare, definitions or {})
    try:
        layer = reader.network(0, len(bare), 0)
    except BadInput as error:
        if origin:
            error.completed(before=f"{_line(origin, text, error.at)}: ")
        raise
    return Parsed(text, layer, reader.places, origin)


class _Reader(Arguments):
    """One text; pieces of it are read by their ends."""

    def __init__(self, text: str, definitions: Definitions) -> None:
        super().__init__(text, definitions)
        self.places: dict[int, int] = {}

    def network(self, start: int, end: int, depth: int) -> Layer:
        """Read layers joined by >>."""
        if depth > DEEPEST:
            raise self.refusal(start, f"nested deeper than {DEEPEST} levels")
        layers: list[Layer] = []
        for piece in self.split(start, end, ">>"):
            layer = self.item(*self.trimmed(*piece), depth)
            layers += layer.layers if isinstance(layer, Serial) else [layer]
        return layers[0] if len(layers) == 1 else self.kept(Serial(tuple(layers)), start)

    def kept(self, layer: Layer, place: int) -> Layer:
        self.places[id(layer)] = place
        return layer

    def item(self, start: int, end: int, depth: int) -> Layer:
        """Read one layer, one bracket, or a number of copies of one of these."""
        factors = self.factors(start, end)
        body = self.repeated(factors, depth) if len(factors) > 1 else None
        if body is not None:
            return self.copies(start, end, factors, body, depth)
        if self.bracketed(start, end):
            return self.network(start + 1, end - 1, depth + 1)
        found = CALL.match(self.text, start, end)
        if found and found[1] in LAYERS:
            last = self.matching(found.end() - 1)
            if last == end - 1:
                inside = (found.end(), last)
                return self.kept(self.call(found[1], start, inside, depth), start)
            raise self.refusal(self.trimmed(last + 1, end)[0], ">> goes between two layers")
        return self.kept(self.activation(start, end), start)

    def repeated(self, factors: list[Piece], depth: int) -> Piece | None:
        """Return the factor that is a network, so that the others count its copies; None in a formula."""
        ends = ((factors[-1], factors[:-1]), (factors[0], factors[1:]))
        for body, others in ends:
            if not any(self.letters(*other) for other in others) and self.is_network(*body, depth):
                return body
        formula = any(self.letters(*factor) for factor in factors)
        return None if formula or not self.named(*factors[-1]) else factors[-1]

    def named(self, start: int, end: int) -> bool:
        """Whether a piece is a name, or a call with a capital, which is unknown and no number."""
        start, end = self.trimmed(start, end)
        found = CALL.match(self.text, start, end)
        if found:
            return found[1][:1].isupper() and self.matching(found.end() - 1) == end - 1
        return bool(NAME.fullmatch(self.text, start, end))

    def is_network(self, start: int, end: int, depth: int) -> bool:
        """Whether a piece is a network, and no number and no formula in x."""
        start, end = self.trimmed(start, end)
        if depth > DEEPEST or len(self.split(start, end, ">>")) > 1:
            return True
        factors = self.factors(start, end)
        if len(factors) > 1:
            return self.repeated(factors, depth + 1) is not None
        if self.bracketed(start, end):
            return self.is_network(start + 1, end - 1, depth + 1)
        found = CALL.match(self.text, start, end)
        if found:
            closed = self.matching(found.end() - 1) == end - 1
            pure = known(found[1], self.definitions) and not self.letters(found.end(), end)
            return closed and (found[1] in LAYERS or pure)
        text = self.text[start:end]
        valued = _VALUED.fullmatch(text)
        return known(valued[1] if valued else text, self.definitions)

    def copies(self, start: int, end: int, factors: list[Piece], body: Piece, depth: int) -> Layer:
        """Read a number of copies and what is copied."""
        last = body is factors[-1]
        block = self.item(*self.trimmed(*body), depth + 1)
        count = (start, factors[-2][1]) if last else (factors[1][0], end)
        return self.kept(self.build(start, Repeat, block, self.count(*count)), start)

    def count(self, start: int, end: int) -> Expr:
        """Read a number of copies; a sum stands in brackets."""
        start, end = self.trimmed(start, end, "a number of copies")
        for factor in self.factors(start, end):
            called = CALL.match(self.text, *self.trimmed(*factor))
            if called and (called[1] in LAYERS or known(called[1], self.definitions)):
                raise self.refusal(
                    factor[0], f"{called[1]}(…) is no number of copies: >> goes between two layers"
                )
        found = self.scalar(start, end, "the number of copies")
        text = self.text[start:end]
        tree = parse_tree(text)
        if isinstance(tree, Chain) and tree.operators[0] == "+" and not self.bracketed(start, end):
            raise self.refusal(start, f"a sum of copies stands in brackets: ({text}) * …")
        return found

    def activation(self, start: int, end: int) -> Layer:
        """Read an activation: one that is defined, a gated or combined one, or the catalogue's."""
        text = self.text[start:end]
        if not NAME.search(text):
            raise self.refusal(start, f"a layer or an activation stands here, not {text}")
        try:
            return activation_layer(text, self.definitions)
        except VarpropError as error:
            raise self.passed_on(start, error) from None
