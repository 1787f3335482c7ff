"""Spec text → network: the Python API written as text, parsed and never evaluated.

``Input(784) >> Dense(512) >> relu >> Dense(10)``, ``50 * (Dense(n) >> relu)``, ``Residual(…, scale=s)``.
Sizes, rates and factors may be symbols; activations go by their catalogue name, with values, or by
a name that the caller defines. ``#`` starts a comment; lines may break anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from sympy import Expr

from varprop.catalogue.activations import ACTIVATIONS, Activation, activation
from varprop.catalogue.combined import COMBINED, GatedPair
from varprop.catalogue.combined_text import combined
from varprop.errors import BadInput, UnknownName, VarpropError, did_you_mean
from varprop.expression_text import parse_scalar
from varprop.expression_text.reading import ARGUMENTS
from varprop.networks.containers import Repeat, Serial
from varprop.networks.elementwise import Activate
from varprop.networks.gates import Gated, Maxout
from varprop.networks.kinds import LAYERS
from varprop.networks.layer import Layer

Definitions = Mapping[str, Activation]

LONGEST = 20_000
DEEPEST = 30
_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\(")
_NAME = re.compile(r"[A-Za-z_]\w*")
_KEY = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)")
_OPEN, _CLOSE = "([{", ")]}"
_WORDS = {"True": True, "False": False, "same": "same", "valid": "valid"}


class Parsed:
    """A network read from text, and where each of its layers stands in it."""

    def __init__(self, text: str, layer: Layer, places: dict[int, int]) -> None:
        self.text = text
        self.layer = layer
        self._places = places

    def place(self, layer: Layer) -> int | None:
        """Return the character (from 0) at which a layer starts, None for one from elsewhere."""
        return self._places.get(id(layer))


def parse_network(text: str, definitions: Definitions | None = None) -> Parsed:
    """Return the network that ``text`` writes. Raises BadInput or UnknownName with the place.

    ``definitions`` are activations of the caller's, by name.
    """
    if not isinstance(text, str):
        raise BadInput(f"a network is text, not {type(text).__name__}.")
    if len(text) > LONGEST:
        raise BadInput(f"the network has {len(text)} characters, at most {LONGEST} are read.")
    bare = re.sub(r"#[^\n]*", lambda found: " " * len(found.group()), text)
    reader = _Reader(bare, definitions or {})
    layer = reader.network(0, len(bare), 0)
    return Parsed(text, layer, reader.places)


class _Reader:
    """One text; pieces of it are read by their ends."""

    def __init__(self, text: str, definitions: Definitions) -> None:
        self.text = text
        self.definitions = definitions
        self.places: dict[int, int] = {}

    def refusal(self, at: int, why: str, error: type[BadInput] = BadInput) -> BadInput:
        """Return an error that shows the text around the place."""
        begin = max(0, at - 30)
        around = self.text[begin : at + 30].replace("\n", " ")
        shown = ("…" if begin else "") + around + ("…" if at + 30 < len(self.text) else "")
        return error(f"can't read the network at character {at + 1} of {shown!r}: {why}")

    def trimmed(self, start: int, end: int) -> tuple[int, int]:
        """Return the ends without blanks; raises BadInput where nothing is left."""
        piece = self.text[start:end]
        if not piece.strip():
            at = min(start, max(0, len(self.text) - 1))
            raise self.refusal(at, "a layer or an activation is missing here")
        return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())

    def split(self, start: int, end: int, mark: str) -> list[tuple[int, int]]:
        """Return the pieces between marks that stand outside brackets; raises BadInput."""
        pieces, opened, here = [], [], start
        at = start
        while at < end:
            sign = self.text[at]
            if sign in _OPEN:
                opened.append(at)
            elif sign in _CLOSE:
                if not opened or _OPEN[_CLOSE.index(sign)] != self.text[opened.pop()]:
                    raise self.refusal(at, f"{sign!r} has no partner")
            elif not opened and self.text.startswith(mark, at):
                pieces.append((here, at))
                here = at = at + len(mark)
                continue
            at += 1
        if opened:
            raise self.refusal(opened[-1], "this bracket isn't closed")
        return [*pieces, (here, end)]

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
        """Read one layer, one bracket, or a count times one of these."""
        factors = self.split(start, end, "*")
        if (
            len(factors) > 1
            and self.is_count(start, factors[-2][1])
            and self.is_network(factors[-1])
        ):
            body = self.item(*self.trimmed(*factors[-1]), depth + 1)
            count = self.scalar(start, factors[-2][1])
            return self.kept(self.build(start, Repeat, body, count), start)
        if self.text[start] == "(" and self.matching(start) == end - 1:
            return self.network(start + 1, end - 1, depth + 1)
        found = _CALL.match(self.text, start, end)
        if found and found[1] in LAYERS:
            last = self.matching(found.end() - 1)
            if last == end - 1:
                return self.kept(self.call(found[1], start, found.end(), last, depth), start)
            raise self.refusal(self.trimmed(last + 1, end)[0], ">> goes between two layers")
        return self.kept(self.activation(start, end), start)

    def is_count(self, start: int, end: int) -> bool:
        """Whether what stands before * can be a number of copies, and not a formula in x, h or z."""
        return not set(_NAME.findall(self.text[start:end])) & set(ARGUMENTS)

    def is_network(self, piece: tuple[int, int]) -> bool:
        """Whether the last factor of a product is a block, and not a number."""
        start, end = self.trimmed(*piece)
        found = _CALL.match(self.text, start, end)
        if found:
            return found[1] in LAYERS or found[1] in ACTIVATIONS or found[1] in COMBINED
        text = self.text[start:end]
        if text in ACTIVATIONS or text in self.definitions or text in COMBINED:
            return True
        if not text.startswith("(") or self.matching(start) != end - 1:
            return False
        inner = self.split(start + 1, end - 1, ">>")
        return len(inner) > 1 or self.is_network(inner[0])

    def matching(self, at: int) -> int:
        """Return the place of the bracket that closes the one here."""
        level = 0
        for place in range(at, len(self.text)):
            level += (self.text[place] in _OPEN) - (self.text[place] in _CLOSE)
            if level == 0:
                return place
        raise self.refusal(at, "this bracket isn't closed")

    def call(self, name: str, place: int, start: int, end: int, depth: int) -> Layer:
        """Read ``Name(values, key=value)`` by the layer's own signature."""
        kind = LAYERS[name].layer
        signature = list(fields(kind))
        many = len(signature) == 1 and "tuple[Layer" in str(signature[0].type)
        if many:
            return self.build(place, kind, tuple(self.branches(start, end, depth)))
        given: dict[str, Any] = {}
        blank = not self.text[start:end].strip()
        for number, piece in enumerate([] if blank else self.split(start, end, ",")):
            field, value = self.argument(name, signature, number, piece)
            if field.name in given:
                raise self.refusal(piece[0], f"{name} gets {field.name} twice")
            given[field.name] = self.value(field, *value, depth)
        for field in signature:
            if field.default is MISSING and field.name not in given:
                raise self.refusal(
                    place, f"{name} needs {field.name}: {_signature(name, signature)}"
                )
        return self.build(place, kind, **given)

    def branches(self, start: int, end: int, depth: int) -> Iterator[Layer]:
        for piece in self.split(start, end, ","):
            yield self.network(*self.trimmed(*piece), depth + 1)

    def argument(
        self, name: str, signature: list[Field[Any]], number: int, piece: tuple[int, int]
    ) -> tuple[Field[Any], tuple[int, int]]:
        """Return the field that a piece between commas fills, and the ends of its value."""
        start, end = self.trimmed(*piece)
        key = _KEY.match(self.text, start, end)
        if key:
            found = next((f for f in signature if f.name == key[1]), None)
            if found is None:
                names = [f.name for f in signature]
                hint = did_you_mean(key[1], names) or f"It has {', '.join(names) or 'none'}."
                raise self.refusal(start, f"{name} has no {key[1]!r}. {hint}".rstrip())
            return found, (key.end(), end)
        if number >= len(signature):
            raise self.refusal(start, f"one value too many: {_signature(name, signature)}")
        return signature[number], (start, end)

    def value(self, field: Field[Any], start: int, end: int, depth: int) -> Any:
        """Read one value: a network where the signature says so, else a word, numbers or a formula."""
        start, end = self.trimmed(start, end)
        if str(field.type) == "Layer":
            return self.network(start, end, depth + 1)
        text = self.text[start:end].strip("'\"")
        if str(field.type) == "bool" and text not in ("True", "False"):
            raise self.refusal(start, f"{field.name} is True or False, not {text}")
        if text in _WORDS:
            return _WORDS[text]
        if str(field.type) == "str":
            return text
        if str(field.type) == "Activation":
            return self.phi(start, text)
        if self.text[start] == "(" and self.matching(start) == end - 1:
            pieces = self.split(start + 1, end - 1, ",")
            if len(pieces) > 1:
                return tuple(
                    self.scalar(*piece) for piece in pieces if self.text[slice(*piece)].strip()
                )
        return self.scalar(start, end)

    def scalar(self, start: int, end: int) -> Expr:
        """Read a number, a symbol or a formula of them."""
        start, end = self.trimmed(start, end)
        try:
            return parse_scalar(self.text[start:end])
        except VarpropError as error:
            raise self.refusal(start, str(error)) from None

    def build(self, place: int, kind: type[Layer], *values: Any, **named: Any) -> Layer:
        """Make the layer; what it refuses carries the place."""
        try:
            return kind(*values, **named)
        except BadInput as error:
            raise self.refusal(place, str(error)) from None

    def phi(self, start: int, text: str) -> Activation:
        """Read the activation inside a layer, such as that of a recurrent one."""
        try:
            return self.definitions[text] if text in self.definitions else activation(text)
        except VarpropError as error:
            kind = UnknownName if isinstance(error, UnknownName) else BadInput
            raise self.refusal(start, str(error), kind) from None

    def activation(self, start: int, end: int) -> Layer:
        """Read an activation: one that is defined, a gated or combined one, or the catalogue's."""
        text = self.text[start:end]
        if text in self.definitions:
            return Activate(self.definitions[text])
        found = _CALL.match(text)
        name = found[1] if found else text
        try:
            entry = combined(text)
            if entry is not None:
                return _combined_layer(entry.name, isinstance(entry, GatedPair))
            if (
                found
                and name not in ACTIVATIONS
                and name[:1].isupper()
                and name not in self.definitions
            ):
                raise UnknownName(
                    f"no layer {name!r}. {did_you_mean(name, LAYERS.spellings())}"
                    f"All {len(LAYERS)}: varprop list layers"
                )
            return Activate(activation(text))
        except VarpropError as error:
            kind = UnknownName if isinstance(error, UnknownName) else BadInput
            raise self.refusal(start, str(error), kind) from None


def _combined_layer(name: str, gated: bool) -> Layer:
    if gated:
        return Gated(name)
    if name.startswith("maxout"):
        digits = re.sub(r"\D", "", name)
        return Maxout(parse_scalar(digits or "2"))
    return LAYERS["CReLU"].layer()


def _signature(name: str, signature: list[Field[Any]]) -> str:
    shown = [f.name if f.default is MISSING else f"{f.name}={f.default}" for f in signature]
    return f"{name}({', '.join(shown)})"
