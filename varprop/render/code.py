"""``--code``: a runnable initialiser for a library, with the formulas in comments.

What is emitted matches tensors by their whole shape, never by position: it raises for a shape that
isn't in the network, for a wrong number of tensors, and where one shape has two scales.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from varprop.answer.architecture import ArchitectureSolution
from varprop.answer.distributions import read_laws
from varprop.catalogue.law_entry import WeightLaw
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.render.architecture_screen import unknown_words
from varprop.render.code_biases import (
    Biases,
    bias_constants,
    bias_source,
    biases_of,
    shifts,
)
from varprop.render.code_entries import Entry, drawing, entries
from varprop.render.code_layer import law_words, layer_code
from varprop.render.code_libraries import LIBRARIES, Library
from varprop.result import Solution
from varprop.version import __version__

DIGITS = 15


@singledispatch
def initialiser_code(noun: object, library: str, *, laws: Sequence[str] = ()) -> str:  # noqa: ARG001
    """Return Python source that draws the weights of an answer; raises BadInput while symbols are left.

    ``laws`` names the one law to draw from, ``student_t(nu=6)`` with its form (normal unless given).
    """
    raise TypeError(f"no code for {type(noun).__name__}")


@initialiser_code.register
def _(noun: Solution, library: str, *, laws: Sequence[str] = ()) -> str:
    chosen = LIBRARIES[library]
    law = one_law(laws, chosen)
    if not noun.layers:
        return layer_code(noun, chosen, law)
    widths = [noun.layers[0].fans.fan_in_value, *(x.fans.fan_out_value for x in noun.layers)]
    told = [f"#   dense layers {' → '.join(map(str, widths))}, {noun.activation} in between"]
    return _network_code(noun, told, chosen, law)


@initialiser_code.register
def _(noun: ArchitectureSolution, library: str, *, laws: Sequence[str] = ()) -> str:
    chosen = LIBRARIES[library]
    law = one_law(laws, chosen)
    told = [f"#   {line}" for line in str(noun.network).splitlines()]
    if noun.unknown is not None:
        told += [
            f"# {unknown_words(noun, DIGITS)}: {noun.unknown.imposed}.",
            f"# The weights are sized for it; multiplying by {noun.unknown.symbol} is the model's own part.",
        ]
    return _network_code(noun, told, chosen, law)


def _network_code(
    noun: Solution | ArchitectureSolution, told: list[str], library: Library, law: WeightLaw
) -> str:
    """Return the table of all tensors and the function that goes through a model with it."""
    every = entries(noun, law)
    biases = biases_of(noun, every)
    rows = [entry for entry in every if entry.layout != "bias"]
    drawn = drawing(law, library)
    body = library.body.replace("<draw>", drawn.expression).replace("<biases>", biases.words)
    names = "" if library.name == "numpy" else "from difflib import get_close_matches\n\n"
    lines = [
        f"# Initial weights by varprop {__version__}: {noun.condition}, {noun.condition_words}.",
        *told,
        *_legend(library, law),
        f"# Use: {library.use}",
        (names + drawn.imports).replace("\n\nimport math", "\nimport math")
        + library.header.rstrip(),
        "",
        *bias_constants(biases),
        *(shifts(noun, rows) if library.name == "numpy" and biases.forget else ()),
        "SCALES = [",
        *(line for entry in rows for line in entry.lines(library)),
        "]",
    ]
    return "\n".join(lines) + "\n" + drawn.helper + body + _biases(biases, library, every)


def _legend(library: Library, law: WeightLaw) -> list[str]:
    """Return what the columns of SCALES are."""
    of = f"{law.parameter.key} of the {law.name.replace('_', ' ')} law"
    told = law_words(law)
    if not law.independent:
        of = f"std of an entry of an {law.name} matrix"
        told = [
            "# A kernel is flattened as the library does; gain = std·√(longer side of that matrix)."
        ]
    entry = f"Each entry: layer, its shapes in {library.name}, {of}, copies, number of biases."
    return [f"# {entry}", *told]


def _biases(biases: Biases, library: Library, every: list[Entry]) -> str:
    if library.name != "numpy":
        return bias_source(biases, library.name)
    if not (biases.std or biases.forget):
        return ""
    if biases.std and any(entry.layout == "bias" for entry in every):
        raise BadInput(
            "--code numpy draws biases next to their weights, but Bias() has none. Try --code torch."
        )
    return bias_source(biases, library.name)


def one_law(laws: Sequence[str], library: Library) -> WeightLaw:
    """Return the law to draw from; raises BadInput for several, or one that has no code."""
    if not laws:
        return LAWS["normal"]
    found = read_laws(laws, kernels=True)
    if len(found) > 1:
        names = [law.name for law in found]
        raise BadInput(
            f"--code draws from one law, not from {', '.join(names)}: give one, such as "
            f"--dist {names[0]}."
        )
    if found[0].code is None:
        known = ", ".join(law.name for law in LAWS.values() if law.code)
        raise BadInput(f"--code {library.name} has no {found[0].name} law. Try {known}.")
    return found[0]
