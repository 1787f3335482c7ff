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
main,header,footer{max-width:60rem;margin:0 auto;padding:0 1.2rem}
header{padding-top:1.6rem}footer{padding:1.6rem 1.2rem;opacity:.8;font-size:.9rem}
h1{font-size:1.7rem;line-height:1.25}h2{font-size:1.25rem;margin-top:2rem}
a{color:var(--accent)}
@media print{
:root{--paper:#fff;--ink:#000}
details>summary{list-style:none}
section{break-inside:avoid-page}
a{color:inherit}
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
