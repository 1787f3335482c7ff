"""How nouns show themselves in notebooks: every kind of text that a front end may choose from.

The mathematics in text/html is MathML, never dollar signs, which VS Code leaves as they are;
text/latex is one block between double dollars that needs no package; text/plain is the terminal's.
Pictures are images with their data inside: viewers that don't trust a notebook drop inline SVG.
"""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Callable
from typing import Any

from sympy import Basic, Expr

from varprop.render.html import to_html
from varprop.render.html_parts import STYLE
from varprop.render.latex import NAMES, latex, to_latex
from varprop.render.markdown import to_markdown

MATHEMATICS = (r"\begin{aligned}", r"\mathbb", r"\operatorname")
GREY = "#767676"
"""As far from white as from black: contrast 4.5 to 1 and 4.6 to 1."""

SVG = re.compile(r'<svg\b[^>]*\baria-label="([^"]*)".*?</svg>', re.DOTALL)
DOCUMENT_ONLY = (r"\begin{tabular}", r"\begin{table}")


def bundle(noun: Any, text: Callable[[Any], str]) -> dict[str, str]:
    """Return a noun in every form that notebooks take; ``text`` gives the plain one."""
    shown = {
        "text/plain": text(noun),
        "text/html": fragment(to_html(noun)),
        "text/markdown": to_markdown(noun),
    }
    mathematics = to_latex(noun)
    if not any(mark in mathematics for mark in DOCUMENT_ONLY):
        shown["text/latex"] = f"$$\n{mathematics}\n$$"
    return shown


def fragment(inner: str) -> str:
    """Return HTML that brings its own small style along, its pictures as images."""
    shown = SVG.sub(lambda found: _image(found[0], found[1]), inner)
    return f'<div class="varprop"><style>{STYLE}</style>{shown}</div>'


def _image(svg: str, title: str) -> str:
    """Return SVG as an image that stands out on white and on black: it inherits no colour."""
    whole = svg.replace("<svg ", f'<svg color="{GREY}" ', 1)
    data = base64.b64encode(whole.encode()).decode()
    return f'<img alt="{title}" src="data:image/svg+xml;base64,{data}">'


def teach_ipython(kind: type[Expr]) -> None:
    """Let a running IPython show expressions of this kind as MathML, beside SymPy's own LaTeX.

    SymPy's LaTeX of an expression with σ_w² or σ_b² in it gets the field's signs. Does nothing where
    no notebook runs: nobody is there to look.
    """
    shell = sys.modules.get("IPython")
    running = None if shell is None else shell.get_ipython()
    if running is not None:
        formatters = running.display_formatter.formatters
        formatters["text/html"].for_type(kind, lambda held: fragment(to_html(held)))
        formatters["text/latex"].for_type(Basic, named_latex)


def named_latex(noun: Basic) -> str | None:
    """Return SymPy's own LaTeX for notebooks, or varprop's where one of its symbols occurs."""
    if any(str(symbol) in NAMES for symbol in noun.free_symbols):
        return rf"$\displaystyle {latex(noun)}$"
    return noun._repr_latex_()
