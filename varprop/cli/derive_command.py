"""``varprop derive``: an argument line by line, as text, LaTeX or Markdown."""

from __future__ import annotations

from typing import Any

import click

from varprop.cli.options import HEADS, chosen_format, complete_init, output_options


@click.command(
    "derive",
    context_settings=HEADS,
    epilog="""Examples:

\b
  varprop derive he
  varprop derive glorot --latex
  varprop derive uniform
  varprop derive "E[gelu(h)^2]"
  varprop derive he --verify
""",
)
@click.argument("what", metavar="NAME|MOMENT", shell_complete=complete_init)
@click.option("--steps/--short", default=True, show_default=True, help="Every line, or key lines.")
@click.option("--verify", is_flag=True, help="Test every line by its kind; exit code 1 on failure.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), metavar="N")
@output_options
def command(**options: Any) -> int:
    """Show the derivation of an initialisation, of a law's variance, or of a moment.

    Every line names its reason and what it takes for granted.
    """
    form = chosen_format(
        options["as_json"], options["as_latex"], options["as_markdown"], options["form"]
    )
    from varprop.answer.derive import derive

    found = derive(options["what"])
    if options["verify"]:
        return _verified(found, form, options["seed"])
    if form == "json":
        from varprop.render.json_face import dumps, to_json

        click.echo(dumps(to_json(found)))
    elif form == "latex":
        from varprop.render.latex import to_latex

        click.echo(to_latex(found))
    elif form == "markdown":
        from varprop.render.markdown import to_markdown

        click.echo(to_markdown(found))
    else:
        from varprop.render.derivation_screen import show_derivation
        from varprop.render.screen import Screen, console

        screen = Screen(console(no_color=options["no_color"]))
        screen.line(found.title, style="bold")
        show_derivation(found, screen, short=not options["steps"], label="")
        if found.assumptions:
            screen.labelled("Assumes", ("; ".join(found.assumptions),), style="dim")
        if found.sources:
            screen.labelled("Sources", ("; ".join(found.sources),), style="dim")
    return 0


def _verified(found: Any, form: str, seed: int) -> int:
    """Print the derivation with a verdict for each line that can be tested."""
    from varprop.render import faces

    tested = faces.verify_result(found, seed=seed)
    click.echo(
        getattr(faces, {"latex": "to_latex", "markdown": "to_markdown"}.get(form, form))(tested)
    )
    return 0 if tested.agrees else 1
