"""``gain`` as Markdown (a table) and as LaTeX (the closed forms, one aligned block)."""

from __future__ import annotations

from collections.abc import Sequence

from varprop.answer.gain import GainReport
from varprop.render.latex import latex
from varprop.render.numbers import number

HEADER = ("activation", "E[φ]", "E[φ²]", "E[φ'²]", "gain", "std gain", "backward", "χ∥", "χ⊥")
SIGNS = {
    "second_moment": r"\mathbb{{E}}[\varphi(h)^2]",
    "mean": r"\mathbb{{E}}[\varphi(h)]",
    "derivative_second_moment": r"\mathbb{{E}}[\varphi'(h)^2]",
}


def to_markdown(reports: Sequence[GainReport], *, digits: int = 6) -> str:
    """Return a Markdown table, one row per activation."""
    lines = [f"| {' | '.join(HEADER)} |", f"|{'---|' * len(HEADER)}"]
    for report in reports:
        gains = report.gains
        values = (
            *(report.value(n) for n in ("mean", "second_moment", "derivative_second_moment")),
            *(gains.second_moment, gains.variance, gains.derivative),
            *(report.chi_parallel, report.chi_perp),
        )
        cells = " | ".join(number(value, min(digits, 15)) for value in values)
        lines.append(f"| `{report.activation}` | {cells} |")
    lines += ["", f"at q = {reports[0].q}; χ∥ and χ⊥ at the first gain"]
    return "\n".join(lines)


def to_latex(reports: Sequence[GainReport], *, digits: int = 6) -> str:
    """Return one aligned block: each moment in closed form, as a number where none is known."""
    rows = []
    for report in reports:
        name = report.activation.replace("_", r"\_").replace("^", r"\^{}")
        rows.append(rf"& \text{{{name}}} \\")
        for moment, sign in SIGNS.items():
            form = report.closed.get(moment)
            value = number(report.value(moment), min(digits, 15))
            right = f"= {latex(form)}" if form is not None else rf"\approx {value}"
            rows.append(rf"{sign.format()} &{right} \\")
    body = "\n".join(rows).removesuffix(r" \\")
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"
