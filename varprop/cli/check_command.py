"""``varprop check``: is a statement about random variables or networks true?"""

from __future__ import annotations

from typing import Any

import click

from varprop.cli.options import HEADS, chosen_format, output_options


def complete_claims(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the registered claims whose name starts as typed."""
    from varprop.claims import CLAIMS

    return [name for name in CLAIMS if name.startswith(incomplete)]


@click.command(
    "check",
    context_settings=HEADS,
    epilog="""Examples:

\b
  varprop check "Var(relu(h)) = Var(h)/2" --given "h ~ N(0, var=q)"
  varprop check "Var(x*y) = Var(x)*Var(y)" --given "x, y uncorrelated"
  varprop check "q[5] = q[0]" --given "net = 5*(Dense(n) >> tanh)" --given "init = glorot_uniform"
  varprop check sheet.toml --markdown
  varprop check --all --verdict false
""",
)
@click.argument("claims", nargs=-1, metavar="CLAIM...", shell_complete=complete_claims)
@click.option(
    "--given", multiple=True, metavar="TEXT", help="What it takes for granted; repeatable."
)
@click.option(
    "--define", multiple=True, metavar="NAME=EXPR", help="A function of x of your own; repeatable."
)
@click.option("--all", "everything", is_flag=True, help="Every registered claim.")
@click.option("--list", "listing", is_flag=True, help="Names of the registered claims, undecided.")
@click.option("--source", metavar="TEXT", help="Of the registered claims, those with that source.")
@click.option(
    "--verdict",
    type=click.Choice(["true", "conditional", "false", "undecided"]),
    help="Show only claims with that verdict.",
)
@click.option("--template", is_flag=True, help="Print a file of claims to start from.")
@click.option("--strict", is_flag=True, help="Exit with 1 for conditional claims, too.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), metavar="N")
@output_options
def command(claims: tuple[str, ...], **options: Any) -> int:
    """Decide statements: true, conditional, false or undecided, with the evidence.

    CLAIM is a statement in E[..], Var(..), Cov(..), Std(..), P(..), sum(term, i, 1, n),
    activations, or q[l], g[l], c[l] of a network; a registered claim's name; or a TOML file.
    The second value of N(0, q) is a variance. Exit code 1 when a claim is false or undecided, or,
    where a file says what to expect, when the verdict differs.
    """
    form = chosen_format(
        options["as_json"], options["as_latex"], options["as_markdown"], options["form"]
    )
    if form == "latex":
        raise click.UsageError("check has no latex form: text, --markdown and --json.")
    from varprop.cli import checking

    if options["template"]:
        return checking.template()
    if options["listing"]:
        return checking.listing(options["source"], form)
    return checking.run(claims, form, options)
