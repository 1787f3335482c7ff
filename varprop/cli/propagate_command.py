"""``varprop propagate``: signal and gradient, layer by layer."""

from __future__ import annotations

from typing import Any

import click

from varprop.cli.options import (
    HEADS,
    chosen_format,
    complete_activation,
    complete_init,
    output_options,
    signal_options,
)


@click.command(
    "propagate",
    context_settings=HEADS,
    epilog="""Examples:

\b
  varprop propagate --act relu --width 512 --depth 50
  varprop propagate --act tanh --width 256 --depth 20 --init glorot --init he
  varprop propagate --act linear --width 256 --depth 3 --init "uniform(-1/sqrt(d), 1/sqrt(d))"
  varprop propagate --act linear --width 2 --depth 9 --init "identity(1.5)"
  varprop propagate --act relu --widths 64,512,256,10 --data digits.npy --init torch_default
""",
)
@click.option(
    "--act",
    default="linear",
    show_default=True,
    metavar="NAME|EXPR",
    shell_complete=complete_activation,
    help="The activation after every layer.",
)
@click.option("--widths", metavar="N,N,…", help="Input width, hidden widths, outputs.")
@click.option("--width", metavar="N", help="One width for all layers; with --depth.")
@click.option("--depth", metavar="L", help="The number of weight layers; with --width.")
@click.option(
    "--init",
    "inits",
    multiple=True,
    metavar="INIT",
    shell_complete=complete_init,
    help="solved (default), he, glorot, lecun, torch_default, glorot(gain=sqrt(2)), "
    "normal(std=0.01), uniform(-a, a), identity(1.5), …; repeatable.",
)
@click.option(
    "--bias-variance",
    "--sigma-b2",
    default=None,
    metavar="VAR",
    help="σ_b² in every layer (the initialiser's own when left out).",
)
@signal_options
@click.option("--all-rows", is_flag=True, help="Every layer, however many.")
@output_options
def command(**options: Any) -> int:
    """Follow q, E[x²], the mean and the gradient through a dense network.

    Several --init are shown side by side. The gradient is E[δ_l²]/E[δ_L²], the rate is the
    geometric mean factor per layer over the last half.
    """
    form = chosen_format(
        options["as_json"], options["as_latex"], options["as_markdown"], options["form"]
    )
    from varprop.cli.propagating import propagations

    found = propagations(options)
    if form == "json":
        from varprop.render.json_face import dumps, to_json

        document = to_json(found[0])
        if len(found) > 1:
            document["networks"] = [to_json(one) for one in found]
        click.echo(dumps(document))
        return 0
    if form in ("latex", "markdown"):
        from varprop.render.markdown import propagation_latex, propagation_markdown

        face = propagation_latex if form == "latex" else propagation_markdown
        click.echo(face(found, digits=options["digits"]))
        return 0
    from varprop.render.propagate_screen import show_propagations
    from varprop.render.screen import Screen, console

    screen = Screen(console(no_color=options["no_color"]))
    show_propagations(found, screen, digits=options["digits"], all_rows=options["all_rows"])
    return 0
