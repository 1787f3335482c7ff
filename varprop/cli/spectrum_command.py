"""``varprop spectrum``: the singular values of the input-output Jacobian."""

from __future__ import annotations

from typing import Any

import click

from varprop.cli.options import (
    HEADS,
    chosen_format,
    complete_activation,
    figure_option,
    output_options,
    save_option,
)


@click.command(
    "spectrum",
    context_settings=HEADS,
    epilog="""Examples:

\b
  varprop spectrum tanh --depth 32 --law orthogonal --q 0.05
  varprop spectrum relu --depth 8 --simulate
  varprop spectrum hard_tanh --depth 16 --sigma-w2 1.1 --sigma-b2 0.05 --save density.csv
""",
)
@click.argument("act", metavar="ACT", shell_complete=complete_activation)
@click.option("--depth", default="8", show_default=True, metavar="L", help="Layers.")
@click.option(
    "--sigma-w2", default="critical", show_default=True, metavar="VAR|critical", help="σ_w²."
)
@click.option("--sigma-b2", "--bias-variance", metavar="VAR", help="σ_b².")
@click.option(
    "--q", default="1", show_default=True, metavar="VAR", help="q* of a critical network."
)
@click.option(
    "--law", type=click.Choice(["normal", "orthogonal"]), default="normal", show_default=True,
    help="Law of the weights.",
)  # fmt: skip
@click.option("--simulate", is_flag=True, help="Sample networks beside the theory.")
@click.option(
    "--width", default=512, show_default=True, metavar="N", help="Width of sampled networks."
)
@click.option("--networks", type=click.IntRange(2, 1000), default=4, show_default=True, metavar="N")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@figure_option()
@save_option("Numbers: .csv or .npz.")
@output_options
def command(act: str, **options: Any) -> int:
    """Law of the squared singular values of J, ∂h_L/∂h_0 of a wide network at its fixed point."""
    form = chosen_format(
        options["as_json"], options["as_latex"], options["as_markdown"], options["form"]
    )
    if form in ("latex", "markdown"):
        raise click.UsageError(f"spectrum has no {form} form: text and --json.")
    from varprop.answer.spectrum import spectrum

    wanted = ("sigma_w2", "sigma_b2", "q", "law", "networks", "seed")
    found = spectrum(
        act,
        options["depth"],
        width=options["width"] if options["simulate"] else None,
        **{name: options[name] for name in wanted},
    )
    _show(found, form, options)
    return 0


def _show(found: Any, form: str, options: dict[str, Any]) -> None:
    from varprop.render import spectrum_screen

    if options["save"]:
        spectrum_screen.save(found, options["save"])
    if options["figure"]:
        spectrum_screen.figure(found, options["figure"])
    if form == "json":
        import varprop.render.spectrum_json  # noqa: F401
        from varprop.render.json_face import dumps, to_json

        click.echo(dumps(to_json(found)))
        return
    from varprop.render.screen import Screen, console

    screen = Screen(console(no_color=options["no_color"]))
    spectrum_screen.show_spectrum(found, screen, digits=options["digits"])
