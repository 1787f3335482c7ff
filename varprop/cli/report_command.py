"""``varprop report``: one page about a network, to keep, to print or to send."""

from __future__ import annotations

from typing import Any

import click

from varprop.cli.options import (
    HEADS,
    complete_condition,
    complete_init,
    complete_network,
    signal_options,
)


@click.command(
    "report",
    context_settings=HEADS,
    epilog="""Examples:

\b
  varprop report "Input(784) >> Dense(512) >> relu >> Dense(10)" -o report.html
  varprop report resnet18 -o resnet18.html
  varprop report @network.txt -o report.html --init solved --init glorot
  varprop report "Input(64) >> 8 * Residual(LayerNorm() >> Dense(64) >> gelu, scale=s)" \\
      --for s -o residual.html
""",
)
@click.argument("network", metavar="TEXT|@FILE|NAME", shell_complete=complete_network)
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="The page to write; - prints it."
)
@click.option(
    "--define",
    multiple=True,
    metavar="NAME=EXPR",
    help="An activation of your own; repeatable.",
)
@click.option("--for", "unknown", metavar="SYMBOL", help="A factor left open, to be solved for.")
@click.option(
    "--condition",
    default="forward",
    show_default=True,
    metavar="NAME",
    shell_complete=complete_condition,
    help="What the scales should keep.",
)
@click.option(
    "--init",
    "inits",
    multiple=True,
    metavar="INIT",
    shell_complete=complete_init,
    help="Initialisers to compare (solved, he, glorot, lecun, torch_default); repeatable.",
)
@click.option("--q", default="1", show_default=True, metavar="VAR", help="Pre-activation variance.")
@click.option(
    "--bias-variance",
    "--sigma-b2",
    default="0",
    show_default=True,
    metavar="VAR",
    help="σ_b², the variance of the biases.",
)
@signal_options
@click.option("--verify/--no-verify", default=True, help="Sample networks (on by default).")
@click.option("--samples", type=click.IntRange(2, 10_000), metavar="N", help="Networks to draw.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), metavar="N")
def command(**options: Any) -> int:
    """Write a self-contained HTML page: the network, its scales and why, experiments with error bars.

    Initialisers are compared layer by layer, and library code stands ready to paste. The page loads
    nothing and runs nothing. Exit code 1 when the experiment disagrees.
    """
    from varprop.answer.architecture_api import Architecture
    from varprop.answer.architecture_text import read_whole
    from varprop.answer.report import COMPARED, report, write
    from varprop.cli.solving import first_signal
    from varprop.render.report_page import report_page
    from varprop.verdict import Verdict

    found = report(
        Architecture(read_whole(options["network"], options["define"])),
        condition=options["condition"],
        q=options["q"],
        bias_variance=options["bias_variance"],
        data=first_signal(options),
        for_=options["unknown"],
        inits=options["inits"] or COMPARED,
        verify=options["verify"],
        samples=options["samples"],
        seed=options["seed"],
        title=options["network"],
    )
    if options["output"] == "-":
        click.echo(report_page(found), nl=False)
    else:
        write(options["output"], report_page(found))
    failed = any(check.verdict is Verdict.DISAGREES for check in found.experiment.checks)
    return 1 if failed else 0
