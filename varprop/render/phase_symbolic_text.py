"""``phase`` with symbols as text, LaTeX and Markdown."""

from __future__ import annotations

from varprop.answer.phase_symbolic import SymbolicPhase
from varprop.render.latex import escape, latex, to_latex
from varprop.render.markdown import to_markdown

SIGNS = {
    "length_map": "q'",
    "q_star": "q^*",
    "chi_parallel": r"\chi_\parallel",
    "chi_perp": r"\chi_\perp",
}
WORDS = {
    "length_map": "variance after one layer",
    "q_star": "fixed point",
    "chi_parallel": "slope of the length map",
    "chi_perp": "gradient factor of a layer",
}


@to_latex.register
def _(noun: SymbolicPhase) -> str:
    rows = [
        rf"{SIGNS[name]} &= {latex(noun.formulas[name])} && \text{{{escape(WORDS[name])}}}"
        for name in _known(noun)
    ]
    rows.append(rf"{latex(noun.chi_perp)} &= 1 && \text{{edge of chaos}}")
    body = " \\\\\n".join(rows)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


@to_markdown.register
def _(noun: SymbolicPhase, *, digits: int = 6) -> str:  # noqa: ARG001
    head = (
        f"`{noun.activation}` at $\\sigma_w^2 = {latex(noun.sigma_w2)}$, "
        f"$\\sigma_b^2 = {latex(noun.sigma_b2)}$"
    )
    rows = [f"| ${SIGNS[n]}$ | ${latex(noun.formulas[n])}$ | {WORDS[n]} |" for n in _known(noun)]
    edge = f"Edge of chaos where ${latex(noun.chi_perp)} = 1$."
    return "\n".join([head, "", "| | | |", "|---|---|---|", *rows, "", edge])


def _known(noun: SymbolicPhase) -> list[str]:
    return [name for name in SIGNS if noun.formulas[name] is not None]
