"""From the options of ``phase`` to what it prints, draws and saves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from varprop.answer.phase import phase
from varprop.errors import BadInput


def answer(act: str, form: str, options: Mapping[str, Any]) -> None:
    """Answer, then save and draw what was asked for."""
    found = phase(act, options["sigma_w2"], options["sigma_b2"], options["start"])
    _print(found, form, options)
    extras = [name for name in ("grid", "plot", "figure", "save") if options[name]]
    if not extras:
        return
    from varprop.answer.phase import Edge

    if not isinstance(found, Edge):
        raise BadInput(f"--{extras[0]} shows the whole curve or diagram: leave --sigma-w2 out.")
    from varprop.answer.phase_diagram import curve, diagram, save
    from varprop.render.phase_plot import draw, figure

    shown = diagram(found, options["grid"]) if options["grid"] else curve(found)
    if options["save"]:
        save(shown, options["save"])
    if options["figure"]:
        figure(found, shown, options["figure"])
    if options["plot"] and form == "text":
        draw(found, shown, no_color=options["no_color"])


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
