"""``varprop advise``: scale, law and form for a depth and a width."""

from __future__ import annotations

from typing import Any

import click

from varprop.cli.options import HEADS, chosen_format, complete_activation, output_options


@click.command(
    "advise",
    context_settings=HEADS,
    epilog="""Examples:

\b
  varprop advise --act tanh --depth 100 --width 1000
  varprop advise --act relu --depth 1000 --width 1000
  varprop advise --act gelu --depth 24 --width 768 --band 0.25,4
""",
)
@click.option(
    "--act", default="linear", show_default=True, metavar="NAME|EXPR",
    shell_complete=complete_activation, help="The activation.",
)  # fmt: skip
@click.option("--depth", required=True, metavar="L", help="Layers.")
@click.option("--width", required=True, metavar="N", help="Units per layer.")
@click.option(
    "--band", default="0.5,2", show_default=True, metavar="LOW,HIGH",
    help="Factors between which everything shall stay.",
)  # fmt: skip
@output_options
def command(**options: Any) -> int:
    """Which scale, law and form keep signal, gradient and spectrum in a band; or that nothing does."""
    form = chosen_format(
        options["as_json"], options["as_latex"], options["as_markdown"], options["form"]
    )
    if form in ("latex", "markdown"):
        raise click.UsageError(f"advise has no {form} form: text and --json.")
    from varprop.answer.advise import advise

    band = [part.strip() for part in options["band"].split(",")]
    found = advise(options["act"], depth=options["depth"], width=options["width"], band=band)
    from varprop.render import advise_screen

    if form == "json":
        from varprop.render.json_face import dumps, to_json

        click.echo(dumps(to_json(found)))
        return 0
    from varprop.render.screen import Screen, console

    screen = Screen(console(no_color=options["no_color"]))
    advise_screen.show_advice(found, screen, digits=options["digits"])
    return 0
