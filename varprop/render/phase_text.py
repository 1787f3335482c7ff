"""``phase`` as Markdown and as LaTeX."""

from __future__ import annotations

from collections.abc import Sequence

from varprop.answer.phase import Edge, Phase
from varprop.render import latex as latex_face
from varprop.render import markdown as markdown_face
from varprop.render.latex import latex
from varprop.render.numbers import number

SIGNS = {
    "length_map": "q'",
    "chi_parallel": r"\chi_\parallel",
    "chi_perp": r"\chi_\perp",
    "q_star": "q^*",
}


def to_markdown(found: Phase | Edge, *, digits: int = 6) -> str:
    """Return tables of fixed points, or of points of the edge of chaos."""
    if isinstance(found, Phase):
        head = f"`{found.activation}` at $\\sigma_w^2 = {number(float(found.sigma_w2), digits)}$, "
        head += f"$\\sigma_b^2 = {number(float(found.sigma_b2), digits)}$: {found.phase or 'no fixed point'}"
        rows: list[tuple[str, ...]] = [
            (
                number(p.q, digits),
                number(p.chi_parallel, digits),
                number(p.chi_perp, digits),
                p.verdict,
            )
            for p in found.found.points
        ]
        return _table(head, ("$q$", r"$\chi_\parallel$", r"$\chi_\perp$", "length"), rows)
    points = found.solutions
    if points is None:
        points = tuple(p for p in (found.at(q) for q in (0.1, 0.5, 1.0, 4.0)) if p)
    rows = [
        (
            *(number(x, digits) for x in (p.q_star, p.sigma_w2, p.sigma_b2, p.chi_parallel)),
            p.verdict,
        )
        for p in points
    ]
    header = ("$q^*$", r"$\sigma_w^2$", r"$\sigma_b^2$", r"$\chi_\parallel$", "length")
    return _table(f"Edge of chaos of `{found.activation}`", header, rows)


def _table(head: str, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, "", f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def to_latex(found: Phase | Edge, *, digits: int = 6) -> str:
    """Return one aligned block: the maps where they have a closed form, and the numbers."""
    if isinstance(found, Edge):
        rows = [r"\sigma_w^2 &= \frac{1}{\mathbb{E}[\varphi'(h)^2]}"]
        rows.append(r"\sigma_b^2 &= q^* - \sigma_w^2\,\mathbb{E}[\varphi(h)^2]")
        for p in found.solutions or ():
            rows.append(
                rf"q^* &\approx {number(p.q_star, digits)},\quad \sigma_w^2 \approx "
                rf"{number(p.sigma_w2, digits)},\quad \sigma_b^2 = {number(p.sigma_b2, digits)}"
            )
        return _aligned(rows)
    rows = [
        f"{sign} &= {latex(formula)}"
        for name, sign in SIGNS.items()
        if (formula := found.formulas[name]) is not None
    ]
    values = {
        "q^*": found.q_star,
        r"\chi_\parallel": found.chi_parallel,
        r"\chi_\perp": found.chi_perp,
    }
    rows += [
        rf"{sign} &\approx {number(value, digits)}"
        for sign, value in values.items()
        if value is not None
    ]
    return _aligned(rows)


def _aligned(rows: list[str]) -> str:
    body = " \\\\\n".join(rows)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


for _noun in (Phase, Edge):
    latex_face.to_latex.register(_noun, to_latex)
    markdown_face.to_markdown.register(_noun, to_markdown)
