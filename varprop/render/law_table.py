"""The parameters of chosen weight laws: what a column is called, and a table for every tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from varprop.catalogue.laws import LAWS
from varprop.render.numbers import number
from varprop.render.plain import plain
from varprop.result import LawParameter, LayerScale, Quantity

if TYPE_CHECKING:
    from varprop.answer.architecture_tensors import TensorScale
    from varprop.render.screen import Screen

_COLUMNS = {
    "normal": "normal std",
    "uniform": "uniform a",
    "truncated_normal": "truncated std",
    "orthogonal": "orthogonal gain",
    "delta_orthogonal": "delta-orthogonal gain",
}

SHORT = 16
"""Characters of a formula that stands in the place of a number."""


def value_words(found: Quantity | LawParameter, digits: int) -> str:
    """Return a number, or its formula where it is known by that alone and that is short."""
    if found.value is not None:
        return number(found.value, digits)
    text = plain(found.expr)
    return text if len(text) <= SHORT else number(None)


def law_label(law: LawParameter) -> str:
    """Return the law with its numbers of form: student_t (nu = 5)."""
    forms = ", ".join(f"{name} = {number(value)}" for name, value in law.extra)
    return f"{law.law} ({forms})" if forms else law.law


def column(law: LawParameter) -> str:
    """Return the heading over a law's parameter."""
    if law.law in _COLUMNS:
        return _COLUMNS[law.law]
    return f"{law_label(law)} {LAWS[law.law].parameter.symbol}"


def cells(layer: LayerScale | TensorScale, laws: Sequence[str], digits: int) -> list[str]:
    """Return one tensor's parameters of these laws, in their order."""
    held = {law.law: law for law in layer.distributions}
    return [value_words(held[name], digits) for name in laws]


def headings(layer: LayerScale | TensorScale, laws: Sequence[str]) -> list[str]:
    """Return the headings over these laws."""
    held = {law.law: law for law in layer.distributions}
    return [column(held[name]) for name in laws]


def _rows(layers: Sequence[TensorScale], laws: Sequence[str], digits: int) -> list[list[str]]:
    return [
        [f"{layer.name} {layer.role}".strip(), str(layer.copies), *cells(layer, laws, digits)]
        for layer in layers
    ]


def show_laws(
    layers: Sequence[TensorScale], laws: Sequence[str], screen: Screen, digits: int
) -> None:
    """Print the parameters that draw each tensor of a network from these laws."""
    header = ["draw", "×", *headings(layers[0], laws)]
    right = frozenset(range(1, len(header)))
    screen.columns(_rows(layers, laws, digits), header, right=right, fold=frozenset({0}))


def law_markdown(layers: Sequence[TensorScale], laws: Sequence[str], digits: int) -> str:
    """Return the same as a Markdown table."""
    from varprop.render.markdown import table

    return table(["draw", "×", *headings(layers[0], laws)], _rows(layers, laws, digits))
