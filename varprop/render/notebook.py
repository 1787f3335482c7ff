"""How nouns show themselves in notebooks: every kind of text that a front end may choose from.

The mathematics in text/html is MathML, never dollar signs, which VS Code leaves as they are;
text/latex is one block between double dollars that needs no package; text/plain is the terminal's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from sympy import Expr

from varprop.render.html import to_html
from varprop.render.html_parts import STYLE
from varprop.render.latex import to_latex
from varprop.render.markdown import to_markdown

MATHEMATICS = (r"\begin{aligned}", r"\mathbb", r"\operatorname")
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
    """Return HTML that brings its own small style along."""
    return f'<div class="varprop"><style>{STYLE}</style>{inner}</div>'


def teach_ipython(kind: type[Expr]) -> None:
    """Let a running IPython show expressions of this kind as MathML, beside SymPy's own LaTeX.

    Does nothing where no notebook runs: nobody is there to look.
    """
    shell = sys.modules.get("IPython")
    running = None if shell is None else shell.get_ipython()
    if running is not None:
        html = running.display_formatter.formatters["text/html"]
        html.for_type(kind, lambda held: fragment(to_html(held)))
