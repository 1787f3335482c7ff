"""``varprop gain``: moments and gains of activations, and what libraries make of them."""

from __future__ import annotations

from typing import Any

import click

from varprop.cli.options import HEADS, chosen_format, complete_activation, figure_option

LIBRARIES = ("torch", "keras", "jax", "timm")
SORT_KEYS = ("name", "gain", "mean", "second_moment", "chi_parallel", "chi_perp")


@click.command(
    "gain",
    context_settings=HEADS,
    epilog="""Examples:

\b
  varprop gain gelu
  varprop gain relu tanh "leaky_relu(0.2)" --q 2
  varprop gain "x*tanh(exp(x))" --plot
  varprop gain relu gelu --figure gains.svg
  varprop gain --sort chi_parallel
  varprop gain tanh --certified --digits 20
  varprop gain --against torch
""",
)
@click.argument("activations", nargs=-1, metavar="ACT...", shell_complete=complete_activation)
@click.option("--q", default="1", show_default=True, metavar="VAR", help="Pre-activation variance.")
@click.option("--against", type=click.Choice(LIBRARIES), help="Judge a library's constants.")
@click.option("--sort", type=click.Choice(SORT_KEYS), help="Order of the rows (as given).")
@click.option("--plot", is_flag=True, help="Draw φ and the length map in the terminal.")
@figure_option("The same as a picture: .svg, .png or .pdf (needs matplotlib).")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, nothing else.")
@click.option("--latex", "as_latex", is_flag=True, help="The closed forms as LaTeX.")
@click.option("--markdown", "as_markdown", is_flag=True, help="The table as Markdown.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "latex", "markdown"]),
    help="The same three, and text (default).",
)
@click.option(
    "--digits",
    default=6,
    show_default=True,
    metavar="N",
    type=click.IntRange(1, 200),
    help="Significant digits; beyond 15 by arbitrary-precision quadrature.",
)
@click.option(
    "--certified",
    is_flag=True,
    help="Proved enclosures, value ± radius, by ball arithmetic (extra: certified).",
)
@click.option("--no-color", is_flag=True, help="No colours (NO_COLOR works, too).")
def command(activations: tuple[str, ...], **options: Any) -> int:
    """Moments, gains and stability of the activations named, or of the whole catalogue.

    ACT is a name (gelu), a name with values ("leaky_relu(0.2)", leaky_relu:0.2) or a formula in x
    ("x*tanh(exp(x))").
    """
    form = chosen_format(
        options["as_json"], options["as_latex"], options["as_markdown"], options["form"]
    )
    from varprop.cli import gaining

    if options["against"] is not None:
        gaining.against(options["against"], activations, form, options)
    else:
        gaining.gains(activations, form, options)
    return 0
