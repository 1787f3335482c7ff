"""What stands between a layer's brackets, read by the layer's own signature."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from typing import Any

from sympy import Expr

from varprop.errors import BadInput, VarpropError, did_you_mean
from varprop.expression_text import exact
from varprop.networks.kinds import LAYERS
from varprop.networks.layer import Layer
from varprop.networks.spec_activations import Definitions, meaning, phi
from varprop.networks.spec_text import NAME, Piece, Written

_KEY = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)")
_TRUTH = {"True": True, "False": False}
_PADDINGS = ("same", "valid")


class Arguments(Written):
    """A text whose calls of layers are read. Abstract: networks inside are read from outside."""

    def __init__(self, text: str, definitions: Definitions) -> None:
        super().__init__(text)
        self.definitions = definitions

    @abstractmethod
    def network(self, start: int, end: int, depth: int) -> Layer:
        """Read layers joined by >>."""

    def call(self, name: str, place: int, inside: Piece, depth: int) -> Layer:
        """Read ``Name(values, key=value)``."""
        kind = LAYERS[name].layer
        signature = list(fields(kind))
        if len(signature) == 1 and "tuple[Layer" in str(signature[0].type):
            return self.build(place, kind, tuple(self.branches(name, *inside, depth)))
        given: dict[str, Any] = {}
        for field, value in self.arguments(name, signature, self.values(*inside)):
            if field.name in given:
                raise self.refusal(value[0], f"{name} gets {field.name} twice")
            given[field.name] = self.value(name, field, *value, depth)
        for field in signature:
            if field.default is MISSING and field.name not in given:
                raise self.refusal(
                    place, f"{name} needs {field.name}: {_signature(name, signature)}"
                )
        return self.build(place, kind, **given)

    def branches(self, name: str, start: int, end: int, depth: int) -> Iterator[Layer]:
        """Yield the branches of Concat, Add or Multiply."""
        for piece in self.values(start, end):
            key = _KEY.match(self.text, *piece)
            if key:
                raise self.refusal(piece[0], f"{name} takes branches alone, not {key[1]!r}")
            yield self.network(*piece, depth + 1)

    def arguments(
        self, name: str, signature: list[Field[Any]], pieces: list[Piece]
    ) -> Iterator[tuple[Field[Any], Piece]]:
        """Yield the field that each piece between commas fills, and the ends of its value."""
        if len(pieces) > len(signature):
            at = pieces[len(signature)][0]
            raise self.refusal(at, f"one value too many: {_signature(name, signature)}")
        named = False
        for field, (start, end) in zip(signature, pieces, strict=False):
            key = _KEY.match(self.text, start, end)
            if key:
                named = True
                yield self.field(name, signature, key[1], start), (key.end(), end)
            elif named:
                raise self.refusal(start, "a value without a name can't follow a named one")
            else:
                yield field, (start, end)

    def field(self, name: str, signature: list[Field[Any]], key: str, at: int) -> Field[Any]:
        """Return the field of that name."""
        found = next((f for f in signature if f.name == key), None)
        if found is None:
            names = [f.name for f in signature]
            hint = did_you_mean(key, names) or f"It has {', '.join(names) or 'none'}."
            raise self.refusal(at, f"{name} has no {key!r}. {hint}".rstrip())
        return found

    def value(self, name: str, field: Field[Any], start: int, end: int, depth: int) -> Any:
        """Read one value: a network where the signature says so, else a word, numbers or a formula."""
        start, end = self.trimmed(start, end, "a value")
        kind, text = str(field.type), self.text[start:end].strip("'\"")
        if kind == "Layer":
            return self.network(start, end, depth + 1)
        if kind == "bool":
            if text not in _TRUTH:
                raise self.refusal(start, f"{field.name} is True or False, not {text}")
            return _TRUTH[text]
        if kind == "str" or ("str" in kind and text in _PADDINGS):
            return text
        if kind == "Activation":
            return self.phi(start, text)
        if self.bracketed(start, end):
            pieces = self.values(start + 1, end - 1)
            if len(pieces) > 1:
                return tuple(self.scalar(*piece, f"{field.name} of {name}") for piece in pieces)
        return self.scalar(start, end, f"{field.name} of {name}")

    def phi(self, start: int, text: str) -> Any:
        """Read the activation inside a layer, such as that of a recurrent one."""
        try:
            return phi(text, self.definitions)
        except VarpropError as error:
            raise self.passed_on(start, error) from None

    def scalar(self, start: int, end: int, what: str) -> Expr:
        """Read a number, a symbol or a formula of them; names of activations and layers are neither."""
        start, end = self.trimmed(start, end, "a number")
        text = self.text[start:end]
        for found in NAME.finditer(text):
            kind = meaning(found[0], self.definitions)
            called = text[found.end() :].lstrip().startswith("(")
            if kind == "layer" or (kind is not None and not called):
                joined = ": layers in a row are joined with >>" if kind == "layer" else ""
                raise self.refusal(
                    start + found.start(),
                    f"{what} is a number or a symbol, and {found[0]} is the name of "
                    f"{'a layer' if kind == 'layer' else 'an activation'}{joined}",
                )
        try:
            return exact(text, what)
        except VarpropError as error:
            raise self.passed_on(start, error) from None

    def build(self, place: int, kind: type[Layer], /, *values: Any, **named: Any) -> Layer:
        """Make the layer; what it refuses carries the place."""
        try:
            return kind(*values, **named)
        except BadInput as error:
            raise self.passed_on(place, error) from None


def _signature(name: str, signature: list[Field[Any]]) -> str:
    shown = [f.name if f.default is MISSING else f"{f.name}={f.default}" for f in signature]
    return f"{name}({', '.join(shown)})"
