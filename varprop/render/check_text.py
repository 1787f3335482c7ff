"""Claims as Markdown and LaTeX, registered with the faces."""

from __future__ import annotations

from sympy import sympify
from sympy.core.sympify import SympifyError

from varprop.checking.findings import Checked, Decision
from varprop.render import check_screen
from varprop.render.latex import escape, latex, to_latex
from varprop.render.markdown import to_markdown


@to_markdown.register
def _(noun: Checked) -> str:
    return check_screen.to_markdown(noun)


@to_markdown.register
def _(noun: Decision) -> str:
    return check_screen.to_markdown(Checked((noun,), noun.seed))


@to_latex.register
def _(noun: Checked) -> str:
    rows = r" \\ ".join(_row(one) for one in noun.decisions)
    return rf"\begin{{aligned}} {rows} \end{{aligned}}"


@to_latex.register
def _(noun: Decision) -> str:
    return rf"\begin{{aligned}} {_row(noun)} \end{{aligned}}"


def _row(noun: Decision) -> str:
    words = escape(noun.statement.replace("\\", " "))
    row = rf"& \text{{{noun.answer.value}: {words}}}"
    computed = noun.finding.computed
    if computed is None:
        return row
    try:
        return rf"{row} && {latex(sympify(computed))}"
    except SympifyError:
        return row
