"""From the options of ``phase`` to what it prints, draws and saves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import click

from varprop.answer.phase import Edge, Phase, phase
from varprop.answer.phase_symbolic import is_symbolic, symbolic_phase
from varprop.errors import BadInput
from varprop.verdict import Verdict


def answer(act: str, form: str, options: Mapping[str, Any]) -> int:
    """Answer, then save and draw what was asked for; return the exit code."""
    extras = [name for name in ("grid", "plot", "figure", "save") if options[name]]
    if options["sigma_w2"] and is_symbolic(options["sigma_w2"], options["sigma_b2"]):
        return _symbolic(act, form, options, extras)
    found = phase(act, options["sigma_w2"], options["sigma_b2"], options["start"])
    if extras and not isinstance(found, Edge):
        raise BadInput(f"--{extras[0]} shows the whole curve or diagram: leave --sigma-w2 out.")
    shown = None
    if isinstance(found, Edge) and extras:
        from varprop.answer.phase_diagram import curve, diagram

        grid = options["grid"]
        shown = diagram(found, grid, float(options["start"])) if grid else curve(found)
    if options["verify"]:
        found = _verified(found, shown, options["seed"])
    if shown is not None:
        _files(found, shown, options)
    _print(found, form, options)
    if shown is not None and isinstance(found, Edge) and options["plot"] and form == "text":
        from varprop.render.phase_plot import draw

        draw(found, shown, no_color=options["no_color"])
    agree = all(check.verdict is Verdict.AGREES for check in found.checks or ())
    return 0 if agree else 1


def _symbolic(act: str, form: str, options: Mapping[str, Any], extras: list[str]) -> int:
    """Print the formulas of a point with symbols."""
    if extras or options["verify"] or form in ("latex", "markdown"):
        wanted = f"--{extras[0]}" if extras else "--verify" if options["verify"] else f"--{form}"
        raise BadInput(f"{wanted} needs numbers for --sigma-w2 and --sigma-b2.")
    from varprop.render.phase_symbolic_screen import show_symbolic_phase

    found = symbolic_phase(act, options["sigma_w2"], options["sigma_b2"] or 0)
    if form == "json":
        from varprop.render.json_face import dumps, to_json

        click.echo(dumps(to_json(found)))
        return 0
    from varprop.render.screen import Screen, console

    show_symbolic_phase(found, Screen(console(no_color=options["no_color"])))
    return 0


def _verified(found: Phase | Edge, shown: Any, seed: int) -> Phase | Edge:
    from varprop.answer.phase_experiment import (
        effort_for,
        verified_edge,
        verified_grid,
        verified_phase,
    )

    effort = effort_for(seed=seed)
    if isinstance(found, Phase):
        return verified_phase(found, effort)
    if shown is not None and shown.is_grid:
        return replace(found, checks=verified_grid(found, shown, effort))
    return verified_edge(found, effort)


def _files(found: Any, shown: Any, options: Mapping[str, Any]) -> None:
    """Write numbers and picture before anything is printed: a closed pipe leaves them whole."""
    if options["save"]:
        from varprop.answer.phase_diagram import save

        save(shown, options["save"])
    if options["figure"]:
        from varprop.render.phase_plot import figure

        figure(found, shown, options["figure"])


def _print(found: Any, form: str, options: Mapping[str, Any]) -> None:
    if form == "json":
        import varprop.render.phase_json  # noqa: F401
        from varprop.render.json_face import dumps, to_json

        click.echo(dumps(to_json(found)))
        return
    if form in ("latex", "markdown"):
        from varprop.render.phase_text import to_latex, to_markdown

        face = to_latex if form == "latex" else to_markdown
        click.echo(face(found, digits=options["digits"]))
        return
    from varprop.render.phase_screen import show_phase
    from varprop.render.screen import Screen, console

    show_phase(found, Screen(console(no_color=options["no_color"])), digits=options["digits"])
