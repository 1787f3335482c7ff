"""``varprop verify``: every formula against an experiment."""

from __future__ import annotations

from typing import Any

import click

from varprop.cli.options import HEADS, chosen_format, figure_option, output_options


def complete_names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer what can be verified whose name starts as typed."""
    from varprop.answer.verify_names import spellings

    return [name for name in spellings() if name.startswith(incomplete)]


@click.command(
    "verify",
    context_settings=HEADS,
    epilog="""Examples:

\b
  varprop verify relu
  varprop verify he "glorot(gain=2)" truncated_normal
  varprop verify "x*tanh(exp(x))" --tolerance 0.005
  varprop verify --all --resume sweep.jsonl
  varprop verify laws --json
""",
)
@click.argument("names", nargs=-1, metavar="NAME...", shell_complete=complete_names)
@click.option("--all", "everything", is_flag=True, help="Every formula of every registry.")
@click.option(
    "--tolerance",
    default=0.02,
    show_default=True,
    metavar="REL",
    type=float,
    help="Largest relative difference that counts as agreement.",
)
@click.option("--samples", metavar="N", type=int, help="Most samples of one check.")
@click.option("--seconds", metavar="S", type=float, help="Begin no check after that time.")
@click.option("--threads", metavar="N", type=int, help="Worker threads (all processors).")
@click.option("--dask", metavar="ADDRESS", help="Run on the workers of a Dask scheduler.")
@click.option("--resume", metavar="FILE", help="Keep finished checks there, and go on from them.")
@click.option(
    "--marginal",
    is_flag=True,
    help="Sample Gaussian networks without their weights, deep ones a million wide.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), metavar="N")
@click.option("--all-rows", is_flag=True, help="Every check, however many.")
@figure_option("(observed − predicted)/error of all checks as a picture: .svg, .png or .pdf.")
@output_options
def command(names: tuple[str, ...], everything: bool, **options: Any) -> int:
    """Compare the formulas of what is named, or of everything, with experiments.

    NAME is an activation, law, initialiser, condition or layer, a kind of them (activations, laws,
    inits, conditions, layers), the full name of a check, or a formula in x. Exit code 1 when
    anything disagrees, is too weak to tell or was not finished; 130 when interrupted.
    """
    form = chosen_format(
        options["as_json"], options["as_latex"], options["as_markdown"], options["form"]
    )
    _check_request(names, everything)
    from varprop.answer.verify import verify
    from varprop.render.verify_progress import sweep_progress

    with sweep_progress(shown=True, no_color=options["no_color"]) as progress:
        found = verify(
            *names,
            tolerance=options["tolerance"],
            samples=options["samples"],
            seconds=options["seconds"],
            threads=options["threads"],
            dask=options["dask"],
            resume=options["resume"],
            seed=options["seed"],
            marginal=options["marginal"],
            progress=progress,
        )
    if options["figure"]:
        from varprop.render.figures import verify_figure

        verify_figure(found, options["figure"])
    _print(found, form, options)
    if found.stopped == "interrupted":
        return 130
    return 0 if found.agrees else 1


def _check_request(names: tuple[str, ...], everything: bool) -> None:
    if names and everything:
        raise click.UsageError("--all is everything: leave the names out, or --all.")
    if not names and not everything:
        raise click.UsageError("name what to verify, e.g. varprop verify relu, or give --all.")


def _print(found: Any, form: str, options: dict[str, Any]) -> None:
    if form == "json":
        from varprop.render.verify_json import document

        click.echo(document(found))
        for warning in found.warnings:
            click.echo(f"Warning: {warning}", err=True)
        return
    if form in ("latex", "markdown"):
        from varprop.render.verify_text import to_latex, to_markdown

        shown = to_latex(found) if form == "latex" else to_markdown(found, digits=options["digits"])
        click.echo(shown)
        return
    from varprop.render.screen import Screen, console
    from varprop.render.verify_screen import show_verification

    screen = Screen(console(no_color=options["no_color"]))
    show_verification(found, screen, digits=options["digits"], all_rows=options["all_rows"])
