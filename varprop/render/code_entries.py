"""The rows of an emitted table SCALES: one per weight tensor, whatever kind of answer it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sympy import Expr, S, Symbol

from varprop.answer.architecture import ArchitectureSolution
from varprop.answer.architecture_tensors import TensorScale
from varprop.answer.distributions import parameters
from varprop.catalogue.law_code import Drawing
from varprop.catalogue.law_entry import WeightLaw
from varprop.catalogue.laws import LAWS
from varprop.frozen import frozen
from varprop.networks.containers import Serial
from varprop.networks.network import Network
from varprop.networks.positional import Positional
from varprop.networks.shape import Shape
from varprop.render.architecture_screen import formula_text
from varprop.render.code_libraries import STORED, Library
from varprop.render.code_numbers import need_numbers, no_number
from varprop.render.numbers import number
from varprop.render.plain import plain
from varprop.result import Fans, LawParameter, LayerScale, Quantity, Solution

LONGEST = 60


@frozen
class Entry:
    """One weight tensor, or ``copies`` equal ones: its axes, the law's number, and its biases.

    ``label`` is the name that no other entry of the network has; ``place`` says where it stands if
    its layer has other scales elsewhere. ``scale`` is the law's parameter, for laws of matrices the
    standard deviation of an entry; ``bias`` the number of biases that come with it.
    """

    name: str
    fed_by: str
    comment: str
    dims: tuple[Expr, ...]
    layout: str
    split: Expr
    scale: float
    copies: int
    bias: int
    place: str = ""
    label: str = ""

    def lines(self, library: Library) -> list[str]:
        """Return the comment and the row."""
        ways = library.layouts.get(self.layout, ("as_is",))
        shapes = dict.fromkeys(STORED[way](self.dims, self.split) for way in ways)
        stored = _tuple(_tuple(map(str, shape)) for shape in shapes)
        row = f"({self.label!r}, {stored}, {self.scale!r}, {self.copies}, {self.bias}),"
        return [f"    # {self.comment}", f"    {row}"]


def drawing(law: WeightLaw, library: Library) -> Drawing:
    """Return the source that draws the law in the library."""
    assert law.code is not None
    return law.code.in_library(library.name, tuple((f.symbol, f.default) for f in law.forms))


def scale_of(variance: Quantity, fans: Fans, law: WeightLaw) -> LawParameter:
    """Return what an emitted draw of the law takes: its parameter, or an entry's std for a matrix."""
    return parameters(variance, fans, (law if law.independent else LAWS["normal"],))[0]


def entries(noun: Solution | ArchitectureSolution, law: WeightLaw) -> list[Entry]:
    """Return the rows of a network's answer; raises BadInput while a symbol is left."""
    need_numbers(noun)
    if isinstance(noun, Solution):
        return _labelled([_of_width(layer, law) for layer in noun.layers])
    tensors = (_of_tensor(t, law) for t in (*noun.layers, *noun.biases))
    return _labelled([*tensors, *_of_positions(noun.network, law)])


def _labelled(found: list[Entry]) -> list[Entry]:
    """Give each its own label: its name and place, if need be what feeds it, else a number."""
    labels = [_label(e.name, e.place) for e in found]
    labels = [
        _label(e.name, e.place, e.fed_by and f"fed by {e.fed_by}")
        if labels.count(label) > 1
        else label
        for e, label in zip(found, labels, strict=True)
    ]
    numbered = [
        f"{label} no. {labels[: k + 1].count(label)}" if labels.count(label) > 1 else label
        for k, label in enumerate(labels)
    ]
    return [replace(e, label=label) for e, label in zip(found, numbered, strict=True)]


def _label(name: str, *details: str) -> str:
    """Return the name with what tells it from others of that name in brackets."""
    told = ", ".join(filter(None, details))
    return f"{name} ({told})" if told else name


def _of_width(layer: LayerScale, law: WeightLaw) -> Entry:
    fans = layer.fans
    if fans.fan_in_value is None or fans.fan_out_value is None:
        raise no_number([fans.fan_in if fans.fan_in_value is None else fans.fan_out])
    formula = plain(layer.weight_variance.expr, {fans.fan_in: "fan_in", fans.fan_out: "fan_out"})
    if len(formula) > LONGEST or "\n" in formula:
        formula = number(layer.weight_variance.value)
    dims = (S(fans.fan_out_value), S(fans.fan_in_value))
    return Entry(
        layer.name,
        layer.fed_by,
        _comment(formula, str(dims[1]), str(dims[0]), layer.fed_by),
        dims,
        "linear",
        S.One,
        _value(layer.weight_variance, fans, law),
        1,
        fans.fan_out_value,
    )


def _of_tensor(layer: TensorScale, law: WeightLaw) -> Entry:
    fan_in = str(layer.fans.fan_in)
    product = fan_in if layer.product == fan_in else f"{fan_in} = {layer.product}"
    scale = _value(layer.weight_variance, layer.fans, law)
    return Entry(
        f"{layer.name} {layer.role}".strip(),
        layer.fed_by,
        _comment(formula_text(layer, 6), product, str(layer.fans.fan_out), layer.fed_by),
        layer.dims,
        layer.layout,
        layer.split,
        scale,
        int(layer.copies),
        int(layer.bias or 0),
        layer.where,
    )


def _comment(formula: str, fan_in: str, fan_out: str, fed_by: str) -> str:
    return f"Var(w) = {formula}, fan_in = {fan_in}, fan_out = {fan_out}; fed by {fed_by}"


def _value(variance: Quantity, fans: Fans, law: WeightLaw) -> float:
    found = scale_of(variance, fans, law).value
    if found is None:
        raise no_number(variance.expr.free_symbols)
    return found


def _of_positions(net: Network, law: WeightLaw) -> Iterator[Entry]:
    """Yield the learned positions that stand in the network itself, not inside a block."""
    if not isinstance(net.layer, Serial):
        return
    for _, layer, shape in net.layer.steps(net.shape):
        if isinstance(layer, Positional) and layer.learned:
            yield _of_position(layer, shape, law)


def _of_position(layer: Positional, shape: Shape, law: WeightLaw) -> Entry:
    variance = Quantity(layer.second, float(layer.second) if layer.second.is_number else None)
    one = Fans(Symbol("fan_in"), Symbol("fan_out"), 1, 1)
    assert shape.tokens is not None
    return Entry(
        str(layer),
        "",
        f"Var(p) = {layer.second}: the vector of each position, added to the token's",
        (shape.tokens, shape.features),
        "positions",
        S.One,
        _value(variance, one, law),
        1,
        0,
    )


def _tuple(parts: Iterable[str]) -> str:
    """Return Python's spelling of a tuple."""
    shown = list(parts)
    return f"({', '.join(shown)}{',' * (len(shown) == 1)})"
