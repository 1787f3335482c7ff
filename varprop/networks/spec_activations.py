"""Activations in a spec: names, names with values, formulas, definitions; and names that are none."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields

from sympy import Expr

from varprop.catalogue.activation_text import CatalogueFunctions, check_activation
from varprop.catalogue.activations import ACTIVATIONS, Activation, activation
from varprop.catalogue.combined import COMBINED, GatedPair
from varprop.catalogue.combined_text import combined
from varprop.errors import BadInput, UnknownName, did_you_mean
from varprop.expression_text import parse_expression, parse_scalar
from varprop.expression_text.functions import CONDITIONAL, FUNCTIONS
from varprop.networks.elementwise import Activate
from varprop.networks.gates import Gated, Maxout
from varprop.networks.kinds import LAYERS
from varprop.networks.layer import Layer
from varprop.networks.spec_text import CALL, NAME
from varprop.notation import h

Definitions = Mapping[str, Activation]

_COLON = re.compile(r"([A-Za-z_]\w*)\s*:\s*(.+)")
EXAMPLES = {
    "features": "64", "hidden": "64", "kernel": "3", "vocabulary": "1000", "count": "3",
    "factor": "1/2", "layer": "Dense(64)", "branch": "Dense(64)", "block": "Dense(64)",
    "branches": "Identity(), Dense(64)",
}  # fmt: skip
"""A value that each field without a default could have."""


def known(name: str, definitions: Definitions) -> bool:
    """Whether a name, in any capitals, is an activation or is defined."""
    folded = name.casefold()
    spellings = (*ACTIVATIONS.spellings(), *COMBINED.spellings())
    return name in definitions or any(s.casefold() == folded for s in spellings)


def meaning(name: str, definitions: Definitions) -> str | None:
    """Return what a name is where it can't be a number: an activation or a layer."""
    if name in LAYERS:
        return "layer"
    taken = name in ACTIVATIONS or name in COMBINED or name in definitions
    return "activation" if taken else None


def activation_layer(text: str, definitions: Definitions) -> Layer:
    """Return the layer of an activation: a defined, a gated or combined one, or the catalogue's.

    Raises UnknownName or BadInput.
    """
    if text in definitions:
        return Activate(definitions[text])
    entry = combined(text)
    if entry is not None:
        return _combined_layer(entry.name, isinstance(entry, GatedPair))
    _refuse_layers(text, definitions)
    try:
        return Activate(phi(text, definitions))
    except UnknownName as error:
        like = _layers_like(text)
        raise UnknownName(f"{error}. {like}" if like else str(error)) from None


def phi(text: str, definitions: Definitions) -> Activation:
    """Return the activation that a text names or writes; a formula may use defined ones as functions."""
    if text in definitions:
        return definitions[text]
    if set(NAME.findall(text)).isdisjoint(definitions):
        return activation(text)
    return composed(text, definitions)


def composed(text: str, definitions: Definitions) -> Activation:
    """Return a formula in which definitions are functions: ``2*act(x)``."""
    own = {n: _function(definitions[n].phi) for n in NAME.findall(text) if n in definitions}
    found = parse_expression(text, ChainMap(own, CatalogueFunctions()))  # type: ignore[arg-type]
    check_activation(text, found)
    return Activation(text, found)


def _function(expr: Expr) -> Callable[..., Expr]:
    def apply(argument: Expr) -> Expr:
        return expr.xreplace({h: argument})

    return apply


def _combined_layer(name: str, gated: bool) -> Layer:
    if gated:
        return Gated(name)
    if name.startswith("maxout"):
        digits = re.sub(r"\D", "", name)
        return Maxout(parse_scalar(digits or "2"))
    return LAYERS["CReLU"].layer()


def _layers_like(text: str) -> str:
    """Return the layers whose names look like the one in a text that is no activation."""
    found = NAME.match(text)
    hint = did_you_mean(found[0], LAYERS.spellings()) if found else ""
    return hint.replace("Did you mean", "Layers with such a name:").replace("?", ".").rstrip()


def _refuse_layers(text: str, definitions: Definitions) -> None:
    """Raise UnknownName or BadInput for a layer that is misspelt, or written as no layer is."""
    _refuse_dotted(text)
    found, colon = CALL.match(text), _COLON.fullmatch(text)
    name = found[1] if found else colon[1] if colon else text
    near = _folded(name)
    if near is not None and near not in ACTIVATIONS:
        if found:
            inside = text[found.end() :] if text.endswith(")") else "…)"
            raise UnknownName(f"no activation {name!r}. Did you mean the layer {near}({inside}?")
        if colon:
            raise BadInput(f"values stand in brackets: {near}({colon[2].strip()}).")
        raise BadInput(f"{near} is a layer: write {example(near)}.")
    taken = (*ACTIVATIONS.spellings(), *FUNCTIONS, *CONDITIONAL, *definitions)
    if found and name[:1].isupper() and name not in taken:
        raise UnknownName(
            f"no layer {name!r}. {did_you_mean(name, LAYERS.spellings())}"
            f"All {len(LAYERS)}: varprop list layers"
        )
    inner = next((n for n in re.findall(r"([A-Za-z_]\w*)\s*\(", text) if n in LAYERS), None)
    if inner is not None:
        raise BadInput(
            f"{inner} is a layer: >> goes between two layers, and a number of copies stands before one "
            f"with *: 3 * {example(inner)}."
        )


_DOTTED = re.compile(r"((?:[A-Za-z_]\w*\.)+)([A-Za-z_]\w*)\s*(?:\((.*)\))?", re.DOTALL)


def _refuse_dotted(text: str) -> None:
    """Raise BadInput for a name with dots, as another library's layers have, with what is written here."""
    found = _DOTTED.fullmatch(text)
    if found is None:
        return
    modules, name, inside = found.groups()
    layer = _folded(name)
    if layer is not None and layer not in ACTIVATIONS:
        written = f"a layer has its bare name here, and only what leaves it: {_counterpart(layer, inside)}"
    elif known(name, {}):
        written = f"an activation has its bare name here: {name.casefold()}"
    else:
        written = "names have no dots here (varprop list layers shows all)"
    raise BadInput(f"{modules}{name} is another library's name: {written}.")


def _counterpart(layer: str, inside: str | None) -> str:
    """Return the layer with the values that PyTorch gives it, without the inputs, which come first there."""
    name = LAYERS[layer].name
    values = [value.strip() for value in (inside or "").split(",")]
    unnamed = [value for value in values if "=" not in value]
    sizes = len(unnamed) > 1 and all(value.isdigit() for value in unnamed)
    if sizes and (name == "Dense" or name.startswith("Conv")):
        return f"{name}({', '.join(values[1:])})"
    return example(name)


def _folded(name: str) -> str | None:
    """Return the layer of that name in any capitals."""
    if name in LAYERS:
        return name
    return next((s for s in LAYERS.spellings() if s.casefold() == name.casefold()), None)


def example(name: str) -> str:
    """Return a call of a layer that gives it what it needs: ``Dense(64)``, ``Flatten()``."""
    if name == "Input":
        return "Input(784)"
    needed = [f.name for f in fields(LAYERS[name].layer) if f.default is MISSING]
    return f"{name}({', '.join(EXAMPLES.get(field, '1') for field in needed)})"
