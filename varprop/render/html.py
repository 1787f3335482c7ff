"""HTML for notebooks and pages: native MathML, no script, every word that a user typed escaped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from sympy import Expr

from varprop import faces
from varprop.answer.words import depth_sentences
from varprop.derivation import Derivation, Step
from varprop.refereeing.draft import Draft, Options
from varprop.render.draft_screen import closing, mark
from varprop.render.experiment import experiment_lines
from varprop.render.html_parts import (
    entries,
    formula,
    paragraph,
    preformatted,
    table,
    unfolding,
    words,
)
from varprop.render.markdown import running
from varprop.render.numbers import full, number
from varprop.result import Solution
from varprop.verdict import Check


@singledispatch
def to_html(noun: object) -> str:
    """Return a noun of varprop as an HTML fragment; one without a layout of its own keeps its text."""
    if isinstance(noun, Expr):
        return formula(noun, display=True)
    return preformatted(faces.face("text")(noun))


@to_html.register
def _(noun: Derivation) -> str:
    return (
        paragraph(f"<strong>{words(noun.title)}</strong>")
        + lines(noun.steps)
        + _assumed(noun.assumptions)
    )


@to_html.register
def _(noun: Draft) -> str:
    checks = noun.checks or (None,) * len(noun.steps)
    shown = lines(noun.steps, checks if noun.checks is not None else None)
    return (
        paragraph(f"<strong>{words(noun.definition.text)}</strong>")
        + shown
        + paragraph(words(closing(noun)))
    )


@to_html.register
def _(noun: Options) -> str:
    rows = [
        (words(option.name), formula(option.line), words(option.steps[-1].because))
        for option in noun
    ]
    after = paragraph(f"after {formula(noun.after)}")
    if not rows:
        return after + paragraph("nothing applies to this line")
    return after + table(("rule", "next line", "because"), rows)


@to_html.register
def _(noun: Solution) -> str:
    parts = [
        _headline(noun),
        paragraph(words(f"For a layer whose input is {noun.fed_by}; {noun.condition_words}.")),
    ]
    parts.append(_laws(noun))
    if noun.layers:
        parts.append(_layers(noun))
    derivation = noun.derivation
    summary = f"Why: {len(derivation)} lines, {len(derivation.assumptions)} assumptions"
    parts.append(unfolding(words(summary), lines(derivation.steps)))
    if noun.stability is not None:
        sentences = running(depth_sentences(noun.stability, float(noun.q)))
        parts.append(paragraph(f"<strong>Depth:</strong> {words(sentences)}."))
    parts += [paragraph(f"<strong>Note:</strong> {words(note)}.") for note in noun.notes]
    if noun.checks:
        found = "; ".join(experiment_lines(noun.checks))
        parts.append(paragraph(f"<strong>Experiment:</strong> {words(found)}."))
    return "".join(parts)


def lines(steps: Sequence[Step], checks: Sequence[Check | None] | None = None) -> str:
    """Return the lines of a derivation; each unfolds to its rule, what it assumes and its source."""
    shown = []
    for place, step in enumerate(steps):
        outcome = None if checks is None else checks[place]
        sign = "" if checks is None else f"{mark(outcome)} "
        because = f'<span class="because">{words(step.because)}</span>'
        summary = f"{sign}{formula(step.equation)} {because}"
        more = unfolding(summary, entries(_about(step, outcome)))
        shown.append(f'<li class="{"key" if step.key else "small"}">{more}</li>')
    return f'<ol class="lines">{"".join(shown)}</ol>'


def _about(step: Step, check: Check | None) -> list[tuple[str, str]]:
    tested = (
        ""
        if check is None
        else (
            f"{check.verdict.value}: {number(check.observed, 9)} against {number(check.predicted, 9)}"
            f" ({check.note or 'sampled'})"
        )
    )
    return [
        ("rule", words(step.rule)),
        ("kind", words(step.kind.value)),
        ("assumes", words("; ".join(step.assumes))),
        ("source", words(step.source or "")),
        ("tested", words(tested)),
    ]


def _assumed(assumptions: Sequence[str]) -> str:
    if not assumptions:
        return paragraph("nothing is assumed")
    listed = "".join(f"<li>{words(assumption)}</li>" for assumption in assumptions)
    return unfolding(f"assumes {len(assumptions)} things", f"<ul>{listed}</ul>")


def _headline(noun: Solution) -> str:
    value = "" if noun.value is None else f" = {full(noun.value, 9)}"
    gain = "" if noun.gain.value is None else f" = {number(noun.gain.value, 7)}"
    return paragraph(
        f"<strong>Var(w) = {formula(noun.weight_variance)}{words(value)}</strong>, "
        f"gain {formula(noun.gain.expr)}{words(gain)}"
    )


def _laws(noun: Solution) -> str:
    rows = [
        (words(law.law), words(law.parameter), formula(law.expr), number(law.value))
        for law in noun.distributions
    ]
    return table(("draw from", "parameter", "formula", "value"), rows, numbers=frozenset({3}))


def _layers(noun: Solution) -> str:
    rows = [
        (
            words(layer.name),
            words(layer.fed_by),
            formula(layer.weight_variance.expr),
            number(layer.weight_variance.value),
        )
        for layer in noun.layers
    ]
    return table(("layer", "fed by", "Var(w)", "value"), rows, numbers=frozenset({3}))
