"""``varprop phase``: fixed points, the edge of chaos and the phase diagram of an activation."""

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
    "phase",
    context_settings=HEADS,
    epilog="""Examples:

\b
  varprop phase gelu
  varprop phase tanh --sigma-w2 1.69 --sigma-b2 0.09
  varprop phase silu --sigma-b2 0.04
  varprop phase tanh --plot --grid 200x200 --save diagram.npz
""",
)
@click.argument("act", metavar="ACT", shell_complete=complete_activation)
@click.option("--sigma-w2", metavar="VAR", help="σ_w² = fan_in·Var(w).")
@click.option(
    "--sigma-b2",
    "--bias-variance",
    metavar="VAR",
    help="σ_b² = Var(b); alone: every point of the edge of chaos at it.",
)
@click.option("--from", "start", default="1", show_default=True, metavar="VAR", help="First q.")
@click.option("--grid", metavar="NxM", help="Phase diagram on N values of σ_w² by M of σ_b².")
@click.option("--plot", is_flag=True, help="Draw the edge of chaos in the terminal.")
@figure_option()
@save_option("Numbers of the curve or the grid: .csv or .npz.")
@click.option("--verify", is_flag=True, help="Sample networks there; exit code 1 if they disagree.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), metavar="N")
@output_options
def command(act: str, **options: Any) -> int:
    """Where signal and gradient of a very deep network go.

    Without σ_w² and σ_b²: the edge of chaos of ACT, point by point. With σ_w²: fixed points of
    q' = σ_w²·E[φ²] + σ_b², stability, phase, depth scales.
    """
    form = chosen_format(
        options["as_json"], options["as_latex"], options["as_markdown"], options["form"]
    )
    from varprop.cli.phase_answers import answer

    return answer(act, form, options)
