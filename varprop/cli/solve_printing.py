"""The answer of ``solve`` in the form that was asked for, or as code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from varprop.cli.solving import asked_laws, verdict_code
from varprop.result import Solution

if TYPE_CHECKING:
    from varprop.answer.architecture import ArchitectureSolution


def print_answer(
    solution: Solution | ArchitectureSolution, form: str, options: Mapping[str, Any]
) -> None:
    """Print a layer's or a network's answer; faces are imported one by one, for a quick start."""
    laws = tuple(law.name for law in asked_laws(options))
    code = _code(solution, options)
    if form == "json":
        click.echo(_document(solution, code))
    elif code is not None:
        click.echo(code, nl=False)
        _tell_experiment(solution, asked=options["verify"] is True)
    elif form == "latex":
        _register(solution, "architecture_text")
        from varprop.render.latex import to_latex

        click.echo(to_latex(solution))
    elif form == "markdown":
        _register(solution, "architecture_text")
        from varprop.render.markdown import to_markdown

        click.echo(to_markdown(solution, digits=options["digits"]))
        if laws and not isinstance(solution, Solution):
            from varprop.render.law_table import law_markdown

            click.echo("\n" + law_markdown(solution.layers, laws, options["digits"]))
    else:
        _show(solution, laws, options)


def _code(solution: Solution | ArchitectureSolution, options: Mapping[str, Any]) -> str | None:
    """Return the initialiser of --code, None where it isn't asked for."""
    if not options["code"]:
        return None
    from varprop.render.code import initialiser_code

    return initialiser_code(solution, options["code"], laws=options["dist"])


def _tell_experiment(solution: Solution | ArchitectureSolution, *, asked: bool) -> None:
    """Tell on standard error, next to code, of an experiment that was asked for or that disagrees."""
    if solution.checks is None or not (asked or verdict_code(solution, asked=asked)):
        return
    from varprop.render.experiment import experiment_lines

    for line in experiment_lines(solution.checks):
        click.echo(f"Experiment: {line}", err=True)


def _document(solution: Solution | ArchitectureSolution, code: str | None) -> str:
    """Return the JSON document, with the code where it was asked for."""
    _register(solution, "architecture_json")
    from varprop.render.json_face import dumps, to_json

    document = to_json(solution)
    return dumps(document if code is None else {**document, "code": code})


def _register(solution: Solution | ArchitectureSolution, module: str) -> None:
    if not isinstance(solution, Solution):
        from importlib import import_module

        import_module(f"varprop.render.{module}")


def _show(
    solution: Solution | ArchitectureSolution, laws: tuple[str, ...], options: Mapping[str, Any]
) -> None:
    from varprop.render.screen import Screen, console

    screen = Screen(console(no_color=options["no_color"]))
    shown = {"digits": options["digits"], "steps": options["steps"]}
    if isinstance(solution, Solution):
        from varprop.answer.distributions import SHOWN
        from varprop.render.solve_screen import show_solution

        show_solution(solution, screen, laws=laws or SHOWN, **shown)
        return
    from varprop.render.architecture_screen import show_architecture

    show_architecture(solution, screen, **shown)
    if laws:
        from varprop.render.law_table import show_laws

        screen.line()
        show_laws(solution.layers, laws, screen, options["digits"])
