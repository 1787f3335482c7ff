"""A refereed derivation as LaTeX, Markdown and JSON."""

from __future__ import annotations

from typing import Any

from varprop.refereeing.draft import Draft, Option, Options
from varprop.render.draft_screen import closing
from varprop.render.json_face import to_json
from varprop.render.latex import escape, latex, to_latex
from varprop.render.markdown import table, to_markdown
from varprop.version import __version__


@to_latex.register
def _(noun: Draft) -> str:
    return to_latex(noun.derivation)


@to_latex.register
def _(noun: Options) -> str:
    rows = [rf"\text{{{escape(option.name)}}} &: {latex(option.line)}" for option in noun] or [
        rf"& {latex(noun.after)}"
    ]
    body = " \\\\\n".join(rows)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


@to_markdown.register
def _(noun: Draft, *, digits: int = 6) -> str:  # noqa: ARG001
    rows = [(f"${latex(step.equation)}$", step.because, "; ".join(step.assumes)) for step in noun]
    shown = table(("equation", "because", "assumes"), rows)
    return f"## {noun.definition.text}\n\n{shown}\n\n{closing(noun)}"


@to_markdown.register
def _(noun: Options, *, digits: int = 6) -> str:  # noqa: ARG001
    rows = [(option.name, f"${latex(option.line)}$", option.steps[-1].because) for option in noun]
    return f"after ${latex(noun.after)}$\n\n{table(('rule', 'next line', 'because'), rows)}"


@to_json.register
def _(noun: Draft) -> Any:
    checks = None
    if noun.checks is not None:
        checks = [None if check is None else to_json(check) for check in noun.checks]
    return {
        **to_json(noun.derivation),
        "definition": noun.definition.text,
        "letters": {
            family.name: {"stands_for": family.words, "iid": noun.known(family).iid}
            for family in noun.families
        },
        "checks": checks,
    }


@to_json.register
def _(noun: Option) -> Any:
    return {
        "name": noun.name,
        "small": noun.small,
        "line": str(noun.line),
        "latex": latex(noun.line),
        "because": noun.steps[-1].because,
    }


@to_json.register
def _(noun: Options) -> Any:
    return {
        "varprop": __version__,
        "after": str(noun.after),
        "options": [to_json(option) for option in noun],
    }
