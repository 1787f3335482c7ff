"""Verifications for documents: Markdown, and LaTeX as one array."""

from __future__ import annotations

from collections.abc import Sequence

from varprop.answer.verification import Verification, z_score
from varprop.answer.verify_derivation import TestedDerivation
from varprop.render.latex import escape, latex, to_latex
from varprop.render.markdown import table, to_markdown
from varprop.render.numbers import number
from varprop.render.verify_lines import mark, marks, words
from varprop.render.verify_screen import closing_lines
from varprop.verdict import Check, Verdict

HEAD = ("check", "predicted", "observed", "error", "tolerance", "z", "verdict")
SIGNS = {
    Verdict.AGREES: r"\checkmark",
    Verdict.DISAGREES: r"\times",
    Verdict.TOO_WEAK: "?",
    None: "-",
}


def row(check: Check, digits: int) -> tuple[str, ...]:
    """Return a check's cells under HEAD."""
    numbers = (check.predicted, check.observed)
    cells = [_cell(value, digits) for value in numbers]
    cells += [_cell(value, 2) for value in (check.standard_error, check.tolerance)]
    return (check.name, *cells, f"{z_score(check):+.1f}", check.verdict.value)


def _cell(value: float, digits: int) -> str:
    return number(value, digits) if abs(value) < float("inf") else "–"


@to_markdown.register
def _(noun: Verification, *, digits: int = 6) -> str:
    rows = [row(check, digits) for check in noun.checks]
    return "\n\n".join(["## Experiments", table(HEAD, rows), _closing(noun)])


@to_markdown.register
def _(noun: TestedDerivation, *, digits: int = 6) -> str:  # noqa: ARG001
    rows = [
        (str(place), f"${latex(step.equation)}$", mark(check), words(check, reason))
        for place, (step, check, reason) in enumerate(
            zip(noun.derivation, noun.lines, noun.reasons, strict=True), start=1
        )
    ]
    head = ("line", "equation", "", "verdict")
    parts = [f"## {noun.derivation.title}, line by line", table(head, rows)]
    return "\n\n".join([*parts, f"Lines: {marks(noun)}", _closing(noun)])


@to_latex.register
def _(noun: Verification) -> str:
    rows: list[Sequence[str]] = [
        [rf"\text{{{escape(cell)}}}" for cell in row(check, 6)] for check in noun.checks
    ]
    head = [rf"\text{{{escape(cell)}}}" for cell in HEAD]
    return _array("lrrrrrl", [head, *rows])


@to_latex.register
def _(noun: TestedDerivation) -> str:
    rows = [
        (
            latex(step.equation),
            SIGNS[check.verdict if check else None],
            rf"\text{{{escape(words(check, reason))}}}",
        )
        for step, check, reason in zip(noun.derivation, noun.lines, noun.reasons, strict=True)
    ]
    return _array("lcl", rows)


def _array(columns: str, rows: Sequence[Sequence[str]]) -> str:
    body = " \\\\\n".join(" & ".join(cells) for cells in rows)
    return f"\\begin{{array}}{{{columns}}}\n{body}\n\\end{{array}}"


def _closing(noun: Verification) -> str:
    return "  \n".join(closing_lines(noun))
