"""``--code``: a runnable initialiser for a library, with the formulas in comments.

What is emitted matches tensors by their whole shape, never by position: it raises for a shape that
isn't in the network, for a wrong number of tensors, and where one shape has two scales.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import singledispatch

from varprop.answer.architecture import ArchitectureSolution
from varprop.answer.architecture_tensors import TensorScale
from varprop.errors import BadInput
from varprop.render.architecture_screen import formula_text
from varprop.render.code_layer import layer_code
from varprop.render.code_libraries import LIBRARIES, STORED, TRUNCATED, Library
from varprop.result import Solution
from varprop.version import __version__


@singledispatch
def initialiser_code(noun: object, library: str, *, laws: Sequence[str] = ()) -> str:  # noqa: ARG001
    """Return Python source that draws the weights of an answer; raises BadInput while symbols are left.

    ``laws`` names the one law to draw from (normal unless given).
    """
    raise TypeError(f"no code for {type(noun).__name__}")


@initialiser_code.register
def _(noun: Solution, library: str, *, laws: Sequence[str] = ()) -> str:
    return layer_code(noun, LIBRARIES[library], one_law(laws, LIBRARIES[library]))


@initialiser_code.register
def _(noun: ArchitectureSolution, library: str, *, laws: Sequence[str] = ()) -> str:
    chosen = LIBRARIES[library]
    law = one_law(laws, chosen)
    cut = next(dict(p.extra).get("k", 2.0) for p in noun.layers[0].distributions if p.law == law)
    lines = [
        f"# Initial weights by varprop {__version__}: {noun.condition}, {noun.condition_words}.",
        *(f"#   {line}" for line in str(noun.network).splitlines()),
        f"# Each entry: layer, its shapes in {chosen.name}, {_parameter(noun.layers[0], law)[0]} of the "
        f"{law.replace('_', ' ')} law, copies.",
        chosen.header.rstrip(),
        "",
        "SCALES = [",
        *(
            line
            for layer in noun.layers
            if layer.layout != "bias"
            for line in _entry(layer, law, chosen)
        ),
        "]",
    ]
    sampler = TRUNCATED.format(cut=cut) if law == "truncated_normal" else ""
    body = chosen.body.replace("{truncated}", sampler)
    draw = chosen.draws[law].format(cut=cut)
    return "\n".join(lines) + body.replace("{draw}", draw).replace("{{", "{").replace("}}", "}")


def one_law(laws: Sequence[str], library: Library) -> str:
    """Return the law to draw from; raises BadInput for several, or one that has no code."""
    if not laws:
        return "normal"
    from varprop.catalogue.laws import LAWS

    if len(laws) > 1 or laws[0] == "all":
        raise BadInput("--code draws from one law: give --dist once, such as --dist uniform.")
    law = LAWS[laws[0]].name
    if law not in library.draws:
        raise BadInput(f"--code {library.name} has no {law} law. Try {', '.join(library.draws)}.")
    return law


def _parameter(layer: TensorScale, law: str) -> tuple[str, float]:
    found = next(p for p in layer.distributions if p.law == law)
    if found.value is None:
        names = ", ".join(sorted(str(s) for s in layer.weight_variance.expr.free_symbols))
        raise BadInput(
            f"--code needs numbers, but {names} is a symbol of the network. Write a number for it."
        )
    return found.parameter, found.value


def _entry(layer: TensorScale, law: str, library: Library) -> list[str]:
    value = _parameter(layer, law)[1]
    ways = library.layouts.get(layer.layout, ("as_is",))
    shapes = dict.fromkeys(STORED[way](layer.dims, layer.split) for way in ways)
    product = (
        layer.product
        if layer.product == str(layer.fans.fan_in)
        else f"{layer.fans.fan_in} = {layer.product}"
    )
    name = f"{layer.name} {layer.role}".strip()
    return [
        f"    # Var(w) = {formula_text(layer, 6)}, fan_in = {product}, fan_out = {layer.fans.fan_out}; "
        f"fed by {layer.fed_by}",
        f"    ({name!r}, {_tuple(_tuple(map(str, shape)) for shape in shapes)}, {value!r}, {layer.copies}),",
    ]


def _tuple(parts: Iterable[str]) -> str:
    """Return Python's spelling of a tuple."""
    shown = list(parts)
    return f"({', '.join(shown)}{',' * (len(shown) == 1)})"
