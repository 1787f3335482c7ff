"""One self-contained page: a frame around fragments, readable in light, in dark and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from varprop.render.html_parts import STYLE, words
from varprop.version import __version__

PAGE_STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--accent:#0b57a4}
@media (prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e6e9ec;--accent:#8ab8ee}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink)}
main,header,footer{max-width:64rem;margin:0 auto;padding:0 1.2rem}
.varprop-page .varprop{max-width:64rem}
header{padding-top:1.6rem}footer{padding:1.6rem 1.2rem;opacity:.8;font-size:.9em}
h1{font-size:1.7rem;line-height:1.25}h2{font-size:1.25rem;margin-top:2rem}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:.6rem}
@media (max-width:40rem){
.varprop{font-size:.95rem}
.scroll th[scope=row]{position:sticky;left:0;max-width:11rem;background:var(--paper)}
.scroll th:first-child{position:sticky;left:0;background:var(--paper)}
.lines{padding-left:1.6rem}.because{display:block;margin-left:1rem}
}
@media print{
:root{color-scheme:light;--paper:#fff;--ink:#000}
body{font-size:9.5pt}main,header,footer{max-width:none;padding:0}
.varprop-page .varprop{font-size:9.5pt;max-width:none}
.varprop th,.varprop td{padding-right:.5rem}
.varprop math{font-size:1em}
.lines>li>details>summary{list-style:none}
.choices>details:not([open]){display:none}
.pictures{grid-template-columns:1fr 1fr}
}
"""


@dataclass(frozen=True)
class Section:
    """A heading as plain text and its content as HTML."""

    title: str
    inner: str


def page(title: str, sections: Sequence[Section], *, lead: str = "", language: str = "en") -> str:
    """Return a whole HTML document: nothing is loaded, nothing runs.

    ``title`` and ``lead`` are plain text; headings are h1 for the page and h2 for its sections.
    """
    body = "".join(
        f'<section aria-labelledby="s{k}"><h2 id="s{k}">{words(s.title)}</h2>{s.inner}</section>'
        for k, s in enumerate(sections, start=1)
    )
    opening = f"<p>{words(lead)}</p>" if lead else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{words(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="varprop {__version__}">\n'
        f"<title>{words(title)}</title>\n<style>{STYLE}{PAGE_STYLE}</style>\n</head>\n"
        f'<body class="varprop-page">\n<header class="varprop"><h1>{words(title)}</h1>{opening}</header>\n'
        f'<main class="varprop">{body}</main>\n'
        f'<footer class="varprop">varprop {__version__}</footer>\n</body>\n</html>\n'
    )
