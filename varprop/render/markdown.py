"""Markdown: answers and derivations for pages, with one aligned block of LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from varprop.answer.propagate import Propagation
from varprop.answer.words import depth_sentences
from varprop.derivation import Derivation
from varprop.render.experiment import experiment_lines
from varprop.render.latex import escape, latex, to_latex
from varprop.render.numbers import full, number, sized
from varprop.render.propagate_screen import shown_rows
from varprop.result import Solution

MOST_ROWS = 40


@singledispatch
def to_markdown(noun: object, *, digits: int = 6) -> str:  # noqa: ARG001
    """Return a noun of varprop as Markdown."""
    raise TypeError(f"no Markdown face for {type(noun).__name__}")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def running(sentences: Sequence[str]) -> str:
    """Return lines of a screen as running text: a line that ends in a comma goes on."""
    return "; ".join(sentences).replace(",; ", ", ")


@to_markdown.register
def _(noun: Derivation, *, digits: int = 6) -> str:  # noqa: ARG001
    parts = [f"## {noun.title}", f"$$\n{to_latex(noun)}\n$$"]
    if noun.assumptions:
        parts.append("Assumes: " + "; ".join(noun.assumptions) + ".")
    if noun.sources:
        parts.append("Sources: " + "; ".join(noun.sources) + ".")
    return "\n\n".join(parts)


@to_markdown.register
def _(noun: Solution, *, digits: int = 6) -> str:
    value = "" if noun.value is None else f" = {full(noun.value, digits + 3)}"
    gain = "" if noun.gain.value is None else f" = {number(noun.gain.value, digits + 1)}"
    parts = [
        f"# Initial weights for `{noun.activation}`",
        f"$$\\operatorname{{Var}}(w) = {latex(noun.weight_variance)}{value}, \\qquad "
        f"\\text{{gain}} = {latex(noun.gain.expr)}{gain}$$",
        f"For a layer whose input is {noun.fed_by}; {noun.condition_words}.",
        table(
            ("law", "parameter", "formula", "value"),
            [
                (law.law, law.parameter, f"${latex(law.expr)}$", number(law.value, digits))
                for law in noun.distributions
            ],
        ),
    ]
    if noun.layers:
        parts.append(
            table(
                ("layer", "fed by", "Var(w)", "value"),
                [
                    (
                        layer.name,
                        layer.fed_by,
                        f"${latex(layer.weight_variance.expr)}$",
                        number(layer.weight_variance.value, digits),
                    )
                    for layer in noun.layers
                ],
            )
        )
    parts.append(to_markdown(noun.derivation))
    if noun.stability is not None:
        parts.append("**Depth:** " + running(depth_sentences(noun.stability, float(noun.q))) + ".")
    parts += [f"**Note:** {note}." for note in noun.notes]
    if noun.checks:
        parts.append("**Experiment:** " + "; ".join(experiment_lines(noun.checks)) + ".")
    return "\n\n".join(parts)


@to_markdown.register
def _(noun: Propagation, *, digits: int = 6) -> str:
    return propagation_markdown([noun], digits=digits)


@to_latex.register
def _(noun: Propagation) -> str:
    return propagation_latex([noun])


def propagation_markdown(found: Sequence[Propagation], *, digits: int = 6) -> str:
    """Return one table per initialiser, at most 40 rows each."""
    return "\n\n".join(
        f"## {_subject(one)}, {one.init}\n\n{table(_HEADER, _rows(one, digits))}\n\n"
        f"Verdict: {one.verdict} (forward ×{number(one.forward.rate)} {one.step}, "
        f"gradient ×{number(one.gradient.rate)} {one.step})."
        for one in found
    )


def _subject(one: Propagation) -> str:
    """Return the activation, or the network where it is a spec."""
    return one.activation if one.network is None else f"`{one.network}`"


def propagation_latex(found: Sequence[Propagation], *, digits: int = 6) -> str:
    """Return one ``tabular`` per initialiser, at most 40 rows each."""
    blocks = []
    for one in found:
        rows = [" & ".join(map(escape, row)) + r" \\" for row in _rows(one, digits)]
        head = r"layer & $q$ & $\mathbb{E}[x^2]$ & $\mathbb{E}[x]$ & $c$ & $q(1-c)$ & gradient \\ \hline"
        body = "\n".join([head, *rows])
        blocks.append(f"% {one.init}\n\\begin{{tabular}}{{lrrrrrr}}\n{body}\n\\end{{tabular}}")
    return "\n\n".join(blocks)


_HEADER = ("layer", "q", "E[x²]", "E[x]", "c", "q(1 − c)", "gradient")


def _rows(one: Propagation, digits: int) -> list[tuple[str, ...]]:
    return [
        (
            level.name,
            number(level.q, digits),
            number(level.second_moment, digits),
            number(level.mean, digits),
            number(level.correlation, digits),
            number(level.data_variance, digits),
            sized(level.gradient, level.log_gradient, digits),
        )
        for level in (one.levels[k] for k in shown_rows(one.names, MOST_ROWS))
    ]
