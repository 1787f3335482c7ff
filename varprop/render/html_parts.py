"""The pieces that HTML is made of: escaped words, tables, lists that unfold, mathematics as MathML."""

from __future__ import annotations

import html
from collections.abc import Sequence

from sympy import Basic

from varprop.render.mathml import mathml

STYLE = """
.varprop{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;overflow-wrap:break-word}
.varprop math{font-size:1.08em;font-family:"STIX Two Math","Latin Modern Math","Cambria Math",math}
.varprop .formula{display:inline-block;max-width:100%;overflow-x:auto;overflow-y:hidden;
vertical-align:middle;padding:.1rem 0}
.varprop div.formula{display:block}
.varprop .scroll{overflow-x:auto;margin:.6rem 0}
.varprop table{border-collapse:collapse;margin:0}
.varprop caption{text-align:left;font-weight:600;padding:.2rem 0}
.varprop th,.varprop td{padding:.25rem .9rem .25rem 0;text-align:left;vertical-align:baseline;
border-bottom:1px solid color-mix(in srgb,currentColor 18%,transparent);background:none}
.varprop th[scope=row]{font-weight:500}
.varprop .number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.varprop .aside{display:block;font-weight:400;opacity:.8;font-size:.9em}
.varprop .because{opacity:.85;margin-left:1.2rem}
.varprop .lines{list-style:decimal;padding-left:2.2rem;margin:.4rem 0}
.varprop .lines>li{margin:.2rem 0}
.varprop .lines .small{opacity:.85}
.varprop summary{cursor:pointer}
.varprop summary .formula{max-width:calc(100% - 1.6rem)}
.varprop dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem .9rem;margin:.2rem 0 .6rem 1.2rem}
.varprop dt{font-weight:600}.varprop dd{margin:0;min-width:0}
.varprop pre{overflow-x:auto;line-height:1.35}
.varprop svg{max-width:100%;height:auto}
@media print{.varprop .scroll,.varprop .formula,.varprop pre{overflow:visible}
.varprop pre{white-space:pre-wrap;overflow-wrap:anywhere}
.varprop .scroll,.varprop tr,.varprop li,.varprop svg{break-inside:avoid}
.varprop h2,.varprop h3,.varprop caption{break-after:avoid}}
"""


def words(text: str) -> str:
    """Return text that may stand in HTML, whatever a user typed."""
    return html.escape(text, quote=True)


def formula(expression: Basic, *, display: bool = False) -> str:
    """Return mathematics as MathML that scrolls where it is wider than the page."""
    shown = mathml(expression, display=display)
    tag = "div" if display else "span"
    return f'<{tag} class="formula">{shown}</{tag}>'


def paragraph(inner: str) -> str:
    """Return a paragraph around HTML."""
    return f"<p>{inner}</p>"


def heading(text: str, level: int = 3) -> str:
    """Return a heading of some level, from plain text."""
    return f"<h{level}>{words(text)}</h{level}>"


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    caption: str = "",
    numbers: frozenset[int] = frozenset(),
) -> str:
    """Return a table that scrolls where it is wider than the page.

    Cells are HTML, header and caption are plain text. The first cell of a row is its header; the
    columns in ``numbers`` are set to the right.
    """
    said = words(caption or ", ".join(filter(None, header)))
    parts = [f'<div class="scroll" role="region" tabindex="0" aria-label="{said}"><table>']
    if caption:
        parts.append(f"<caption>{words(caption)}</caption>")
    heads = "".join(
        f'<th scope="col"{_set(k in numbers)}>{words(cell)}</th>' for k, cell in enumerate(header)
    )
    parts.append(f"<thead><tr>{heads}</tr></thead><tbody>")
    for row in rows:
        first, *rest = row
        cells = "".join(f"<td{_set(k in numbers)}>{c}</td>" for k, c in enumerate(rest, start=1))
        parts.append(f'<tr><th scope="row"{_set(0 in numbers)}>{first}</th>{cells}</tr>')
    return "".join([*parts, "</tbody></table></div>"])


def _set(number: bool) -> str:
    return ' class="number"' if number else ""


def unfolding(summary: str, inner: str, *, opened: bool = False) -> str:
    """Return HTML that unfolds under a line; both are HTML."""
    state = ' open=""' if opened else ""
    return f"<details{state}><summary>{summary}</summary>{inner}</details>"


def entries(pairs: Sequence[tuple[str, str]]) -> str:
    """Return a list of names and what they are, as HTML; pairs without a value are left out."""
    inner = "".join(f"<dt>{words(name)}</dt><dd>{value}</dd>" for name, value in pairs if value)
    return f"<dl>{inner}</dl>" if inner else ""


def preformatted(text: str) -> str:
    """Return text that keeps its lines."""
    return f"<pre>{words(text)}</pre>"
