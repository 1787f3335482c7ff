"""Registers every face; importing this module is all that it takes."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console

from varprop import faces
from varprop.answer.distributions import SHOWN
from varprop.answer.gain import GainReport
from varprop.answer.gain_outlook import outlook
from varprop.answer.propagate import Propagation
from varprop.answer.verification import Verification
from varprop.derivation import Derivation
from varprop.render import gain_text
from varprop.render.derivation_screen import show_derivation
from varprop.render.gain_one import show_one
from varprop.render.json_face import dumps
from varprop.render.latex import to_latex
from varprop.render.markdown import to_markdown
from varprop.render.propagate_screen import show_propagations
from varprop.render.screen import PIPE_WIDTH, Screen
from varprop.render.solve_screen import show_solution
from varprop.render.verify_json import to_json
from varprop.render.verify_screen import show_verification
from varprop.result import Solution


def text(noun: Any) -> str:
    """Return what the terminal would show, as plain text."""
    out = StringIO()
    screen = Screen(
        Console(
            file=out,
            width=PIPE_WIDTH,
            color_system=None,
            highlight=False,
            markup=False,
            emoji=False,
        )
    )
    if isinstance(noun, Solution):
        show_solution(noun, screen, laws=SHOWN)
    elif isinstance(noun, Derivation):
        show_derivation(noun, screen, label="")
    elif isinstance(noun, Propagation):
        show_propagations([noun], screen)
    elif isinstance(noun, Verification):
        show_verification(noun, screen)
    elif isinstance(noun, GainReport):
        show_one(noun, outlook(noun), screen, digits=6)
    else:
        raise TypeError(f"no text face for {type(noun).__name__}")
    return out.getvalue().rstrip("\n")


@to_latex.register
def _(noun: GainReport) -> str:
    return gain_text.to_latex([noun])


@to_markdown.register
def _(noun: GainReport, *, digits: int = 6) -> str:
    return gain_text.to_markdown([noun], digits=digits)


faces.register("text", text)
faces.register("latex", to_latex)
faces.register("markdown", to_markdown)
faces.register("json", lambda noun: dumps(to_json(noun)))
