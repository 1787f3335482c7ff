"""``spectrum`` and ``advise`` as Markdown and as one aligned block of LaTeX."""

from __future__ import annotations

from collections.abc import Sequence

from varprop.answer.advise import Advice, Judgement, Option
from varprop.answer.phase import Edge
from varprop.answer.spectrum import SpectrumReport
from varprop.render.latex import escape, to_latex
from varprop.render.markdown import table, to_markdown
from varprop.render.numbers import number
from varprop.solving.edge_point import EdgePoint

SHOWN = (0.1, 0.5, 1.0, 4.0)
"""Fixed points at which a whole edge of chaos is listed."""


def aligned(rows: Sequence[str]) -> str:
    """Return one ``aligned`` block of lines that hold one & each."""
    body = " \\\\\n".join(rows)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def edge_points(found: Edge) -> tuple[EdgePoint, ...]:
    """Return the solutions at the σ_b² asked for, or a few points of the whole curve."""
    if found.solutions is not None:
        return found.solutions
    points = (found.at(q) for q in SHOWN)
    return tuple(point for point in points if point is not None)


def spectrum_values(found: SpectrumReport) -> tuple[tuple[str, float | None], ...]:
    """Return what a spectrum says in numbers, by name."""
    return (
        ("mean of s²", found.mean),
        ("variance of s²", found.variance),
        ("largest s", found.largest),
        ("share of s = 0", found.zero_share),
        ("σ_w²", found.sigma_w2),
        ("σ_b²", found.sigma_b2),
        ("q*", found.q_star),
    )


def advice_title(found: Advice) -> str:
    """Say what was asked and whether there is an answer."""
    low, high = (number(x, 4) for x in found.band)
    asked = f"{found.activation}, {found.depth} layers of {found.width}, band {low} to {high}"
    return asked if found.recommended is not None else f"{asked}: nothing keeps everything in it"


def option_title(option: Option, found: Advice) -> str:
    """Say what an option draws, and whether it is the one to take."""
    mark = "recommended: " if option is found.recommended else ""
    branch = "" if option.branch is None else f", branch × {number(option.branch)}"
    return (
        f"{mark}{option.form}, {option.law} weights, σ_w² = {number(option.sigma_w2)}, "
        f"σ_b² = {number(option.sigma_b2)}{branch}"
    )


def in_band(judgement: Judgement) -> str:
    """Say whether a quantity stays in the band."""
    return {True: "in band", False: "outside", None: "no band"}[judgement.holds]


@to_markdown.register
def _(noun: SpectrumReport, *, digits: int = 6) -> str:
    rows = [(name, number(value, digits)) for name, value in spectrum_values(noun)]
    head = f"## {noun.activation}, {noun.depth} layers, {noun.law} weights"
    return f"{head}\n\n{table(('singular values s of J', 'theory'), rows)}"


@to_markdown.register
def _(noun: Advice, *, digits: int = 6) -> str:
    parts = [f"## {advice_title(noun)}"]
    for option in noun.options:
        rows = [(j.name, number(j.value, digits), in_band(j), j.reason) for j in option.judgements]
        parts.append(option_title(option, noun))
        parts.append(table(("quantity", "value", "band", "reason"), rows))
    return "\n\n".join(parts)


@to_latex.register
def _(noun: SpectrumReport) -> str:
    return aligned(
        [rf"\text{{{escape(name)}}} &= {number(value)}" for name, value in spectrum_values(noun)]
    )


@to_latex.register
def _(noun: Advice) -> str:
    rows = []
    for option in noun.options:
        rows.append(rf"& \text{{{escape(option_title(option, noun))}}}")
        rows += [
            rf"\text{{{escape(j.name)}}} &= {_tex(j.value)} \quad \text{{{in_band(j)}}}"
            for j in option.judgements
        ]
    return aligned(rows)


def _tex(value: float | None) -> str:
    text = number(value)
    mantissa, mark, exponent = text.partition("e")
    return rf"{mantissa} \times 10^{{{exponent}}}" if mark else text
