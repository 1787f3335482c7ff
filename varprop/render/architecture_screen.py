"""The screen of ``solve --arch``: the open factor, a row per weight tensor, and what the network does."""

from __future__ import annotations

import math
from itertools import groupby
from operator import attrgetter

from sympy import Expr, Float, Number, Rational, factor_terms, sympify

from varprop.answer.architecture import ArchitectureSolution, Passage
from varprop.answer.architecture_tensors import FAN_IN, FAN_OUT, TensorScale
from varprop.answer.words import times
from varprop.render.experiment import experiment_lines
from varprop.render.law_table import value_words
from varprop.render.layer_names import short_name
from varprop.render.numbers import number, sized
from varprop.render.plain import plain
from varprop.render.screen import Screen

LONGEST = 34
MOST_ROWS = 4
"""Values of one layer that are listed one by one; --steps and pipes show all."""

HEADER = ("layer", "×", "fan_in", "fan_out", "Var(w)", "std", "uniform a", "gain", "fed by")


def show_architecture(
    found: ArchitectureSolution, screen: Screen, *, digits: int = 6, steps: bool = False
) -> None:
    """Print the answer for a network; ``steps`` adds the lines of the derivation and assumptions."""
    if found.unknown is not None:
        screen.line(unknown_words(found, digits), style="bold green")
        screen.line(found.unknown.imposed)
        screen.line()
    screen.line(f"{found.condition}: {found.condition_words}{_where(found)}", style="bold")
    screen.line()
    most = len(found.layers) if steps or screen.boundless else MOST_ROWS
    rows = [row for group in _groups(found.layers) for row in _rows(group, digits, most)]
    numbers, words = frozenset({1, 2, 3, 5, 6, 7}), frozenset({0, 8})
    screen.columns(rows, HEADER, right=numbers, fold=words, optional=(7, 6, 3, 1, 8))
    screen.line()
    _formulas(found, screen, digits)
    if found.passage is not None:
        screen.labelled("Network", passage_words(found))
    if steps:
        screen.labelled("Assumes", found.assumptions)
        for step in found.derivation:
            screen.line(f"{plain(step.equation)}    {step.because}")
    if found.approximations:
        screen.labelled("Approximate", found.approximations)
    for note in found.notes:
        screen.labelled("Note", (note,))
    if found.checks is not None:
        screen.labelled("Experiment", experiment_lines(found.checks))
    screen.labelled("Next", ("--steps · --code torch · varprop propagate --arch …",), style="dim")


def unknown_words(found: ArchitectureSolution, digits: int) -> str:
    """Return s = 1/√24 = 0.204124."""
    unknown = found.unknown
    assert unknown is not None
    known = [] if unknown.value.value is None else [number(unknown.value.value, digits)]
    exact = [] if isinstance(unknown.value.expr, Float) else [_root_words(unknown.value.expr)]
    return " = ".join((str(unknown.symbol), *exact, *known))


def _root_words(value: Expr) -> str:
    """Return 1/√24 and 1/√(2·L) rather than √6/12, where the square is one over something plain."""
    inverse = factor_terms(1 / value**2)
    if inverse.is_Integer:
        return f"1/√{inverse}"
    if inverse.is_Mul and inverse.is_polynomial() and not inverse.as_numer_denom()[1].free_symbols:
        return f"1/√({plain(inverse)})" if inverse.as_numer_denom()[1] == 1 else plain(value)
    return plain(value)


def _where(found: ArchitectureSolution) -> str:
    parts = []
    if found.q != 1:
        parts.append(f"q = {plain(found.q)}")
    if found.bias_variance != 0:
        parts.append(f"σ_b² = {plain(found.bias_variance)}")
    return f" ({', '.join(parts)})" if parts else ""


def _groups(layers: tuple[TensorScale, ...]) -> list[list[TensorScale]]:
    """Return tensors that differ in their value alone together."""
    key = attrgetter("name", "role", "product", "fans", "fed_by")
    return [list(group) for _, group in groupby(layers, key)]


def _rows(group: list[TensorScale], digits: int, most: int) -> list[tuple[str, ...]]:
    """Return a row each, or the outer ones of a long group and how many lie between."""
    rows = [_row(layer, digits) for layer in group]
    if len(rows) <= most:
        return rows
    between = f"… {len(rows) - 2} more, in between: --steps"
    return [rows[0], (between, *[""] * (len(HEADER) - 1)), rows[-1]]


def _row(layer: TensorScale, digits: int) -> tuple[str, ...]:
    fans = layer.fans
    fan_in = plain(fans.fan_in)
    same = layer.product == str(fans.fan_in)
    product = fan_in if same else f"{fan_in} = {layer.product}"
    laws = {law.law: law for law in layer.distributions}
    return (
        " ".join(filter(None, (short_name(layer.name), layer.role, layer.where))),
        plain(sympify(layer.copies)),
        product,
        plain(fans.fan_out),
        formula_words(layer, digits),
        value_words(laws["normal"], digits),
        value_words(laws["uniform"], digits),
        value_words(layer.gain, digits),
        layer.fed_by,
    )


def formula_words(layer: TensorScale, digits: int) -> str:
    """Return the variance in fan_in and fan_out, or digits where that would be too long."""
    text = formula_text(layer, digits)
    if len(text) <= LONGEST:
        return text
    value = layer.weight_variance.value
    if value is not None:
        return number(value, digits)
    short = plain(layer.weight_variance.expr)
    return short if len(short) <= LONGEST else "see below"


def formula_text(layer: TensorScale, digits: int) -> str:
    """Return the variance in fan_in and fan_out, spelt out; measured numbers to that many digits."""
    return plain(_rounded(layer.formula, digits), {FAN_IN: "fan_in", FAN_OUT: "fan_out"})


LARGE = 10**9
"""Whole numbers above this, as in a constant of many digits, are shown as decimals."""


def _rounded(formula: Expr, digits: int) -> Expr:
    if any(max(abs(x.p), x.q) > LARGE for x in formula.atoms(Rational)):
        formula = formula.evalf(digits + 3)
    texts = {x: number(float(x), digits) for x in formula.atoms(Float)}
    return formula.xreplace({x: Number(text) for x, text in texts.items()})


def _formulas(found: ArchitectureSolution, screen: Screen, digits: int) -> None:
    """Print the formulas that did not fit into the table."""
    spelt = {formula_text(layer, digits): layer for layer in found.layers}
    long = {text: layer for text, layer in spelt.items() if len(text) > LONGEST}
    for text, layer in long.items():
        screen.line(f"Var(w) = {text}    {layer.name}, fed by {layer.fed_by}")
    if long:
        screen.line()


DECADES = 3
"""Powers of ten that a gradient's norm may gain or lose from end to end before that is said."""


def _verdict(passage: Passage) -> str:
    """Say so where the gradient's norm, summed over units, explodes or vanishes."""
    whole = passage.whole_gradient
    if whole is None or abs(whole) <= DECADES * math.log(10):
        return ""
    word = "explodes" if whole > 0 else "vanishes"
    return f": summed over units it {word}, see varprop propagate"


def passage_words(found: ArchitectureSolution) -> tuple[str, ...]:
    """Say what stream and gradient do from end to end."""
    passage = found.passage
    assert passage is not None
    words = []
    if passage.stream is not None:
        before, after = passage.stream
        words.append(
            f"the skip path carries E[x²] = {before:.4g} at its start, {after:.4g} at its end"
        )
    gradient = passage.gradient
    size = times(gradient)
    if not math.isfinite(gradient) and passage.log_gradient is not None:
        size = f"×{sized(gradient, passage.log_gradient, 4)}"
    said = f"gradient from the output to {passage.origin}: E[δ²] {size} (per unit)"
    words.append(f"{said}{_verdict(passage)}")
    return tuple(words)
