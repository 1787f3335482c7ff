"""LaTeX and Markdown of ``solve --arch``."""

from __future__ import annotations

from sympy import sympify

from varprop.answer.architecture import ArchitectureSolution
from varprop.answer.architecture_tensors import TensorScale
from varprop.render.architecture_screen import HEADER, passage_words
from varprop.render.latex import escape, latex, to_latex
from varprop.render.markdown import table, to_markdown
from varprop.render.numbers import number
from varprop.render.plain import plain


def _name(layer: TensorScale) -> str:
    return " ".join(filter(None, (layer.name, layer.role, layer.where)))


@to_latex.register
def _(noun: ArchitectureSolution) -> str:
    lines = [
        rf"\operatorname{{Var}}(w) &= {latex(layer.weight_variance.expr)} "
        rf"&& \text{{{escape(_name(layer))}, fed by {escape(layer.fed_by)}}}"
        for layer in noun.layers
    ]
    if noun.unknown is not None:
        unknown = noun.unknown
        lines.append(
            rf"{latex(unknown.symbol)} &= {latex(unknown.value.expr)} && \text{{{escape(unknown.imposed)}}}"
        )
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


@to_markdown.register
def _(noun: ArchitectureSolution, *, digits: int = 6) -> str:
    parts = ["# Initial weights of a network", f"```\n{noun.network}\n```"]
    if noun.unknown is not None:
        unknown = noun.unknown
        value = "" if unknown.value.value is None else f" = {number(unknown.value.value, digits)}"
        parts.append(
            f"$${latex(unknown.symbol)} = {latex(unknown.value.expr)}{value}$$\n\n{unknown.imposed}."
        )
    parts.append(f"{noun.condition}: {noun.condition_words}.")
    parts.append(table(HEADER, [_row(layer, digits) for layer in noun.layers]))
    if noun.passage is not None:
        parts.append("; ".join(passage_words(noun)) + ".")
    for title, lines in (("Assumes", noun.assumptions), ("Approximates", noun.approximations)):
        if lines:
            parts.append(f"{title}: " + "; ".join(lines) + ".")
    return "\n\n".join((*parts, *noun.notes))


def _row(layer: TensorScale, digits: int) -> tuple[str, ...]:
    laws = {law.law: law for law in layer.distributions}
    return (
        _name(layer),
        plain(sympify(layer.copies)),
        layer.product,
        str(layer.fans.fan_out),
        f"${latex(layer.formula)}$",
        number(laws["normal"].value, digits),
        number(laws["uniform"].value, digits),
        number(layer.gain.value, digits),
        layer.fed_by,
    )
