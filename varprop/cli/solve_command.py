"""``varprop solve``: the weight scale of a layer or of a network, derived and tested."""

from __future__ import annotations

from typing import Any

import click

from varprop.cli.options import (
    HEADS,
    chosen_format,
    complete_activation,
    complete_condition,
    network_options,
    output_options,
    signal_options,
)


@click.command(
    "solve",
    context_settings=HEADS,
    epilog="""Examples:

\b
  varprop solve --act relu --fan-in 512
  varprop solve --act tanh --fan-in 300 --fan-out 100 --condition harmonic
  varprop solve --act leaky_relu:0.2 --fan-in n --latex
  varprop solve --act "x*tanh(exp(x))" --fan-in 512 --q 1 --steps
  varprop solve --act relu --widths 784,512,256,10 --data train.npy
  varprop solve --arch "Input(784) >> Dense(512) >> relu >> Dense(10)"
  varprop solve --arch "Input(n) >> L * Residual(LayerNorm() >> Dense(n), scale=s)" --for s
  varprop solve --arch resnet50 --code torch
""",
)
@click.option(
    "--act",
    default="linear",
    show_default=True,
    metavar="NAME|EXPR",
    shell_complete=complete_activation,
    help="The activation whose output feeds the weights; leaky_relu(0.2) or leaky_relu:0.2.",
)
@click.option("--fan-in", metavar="N", help="Inputs per unit: a number or a symbol.")
@click.option("--fan-out", metavar="N", help="Units that each input feeds: a number or a symbol.")
@click.option("--widths", metavar="N,N,…", help="A network: input width, hidden widths, outputs.")
@network_options
@click.option(
    "--for",
    "unknown",
    metavar="SYMBOL",
    help="A factor left open in --arch: all branches together add what the skip path carries.",
)
@click.option(
    "--condition",
    default="forward",
    show_default=True,
    metavar="NAME",
    shell_complete=complete_condition,
    help="forward, backward, harmonic (Glorot), geometric or critical (χ⊥ = 1).",
)
@click.option("--linearised", is_flag=True, help="Use φ'(0) instead of expectations (Glorot).")
@click.option(
    "--dist",
    multiple=True,
    metavar="LAW",
    help="Laws to show, or with --code to draw from: laplace, student_t(nu=6), …; repeatable, or all.",
)
@click.option(
    "--q",
    default="1",
    show_default=True,
    metavar="VAR",
    help="Pre-activation variance at which expectations are taken.",
)
@click.option(
    "--bias-variance",
    "--sigma-b2",
    default="0",
    show_default=True,
    metavar="VAR",
    help="σ_b², the variance of the biases.",
)
@signal_options
@click.option(
    "--uniform-factor", is_flag=True, help="Give the first layer the hidden layers' factor."
)
@click.option(
    "--verify/--no-verify",
    "verify",
    default=None,
    help="Run the experiment: on by default with a budget of 1 s, with --arch only when asked.",
)
@click.option(
    "--samples",
    type=click.IntRange(2, 10_000_000),
    metavar="N",
    help="Networks to draw in the experiment.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), metavar="N")
@click.option("--steps", is_flag=True, help="Every line of the derivation.")
@click.option(
    "--code",
    type=click.Choice(["torch", "keras", "jax", "numpy"]),
    default=None,
    help="Print an initialiser for a library instead; with --json as its key code.",
)
@output_options
def command(**options: Any) -> int:
    """Solve for the weight variance that keeps a signal, a gradient, or a compromise.

    The answer is a formula with its derivation, its number in every convention, its stability and
    an experiment. Exit code 1 when the experiment disagrees.
    """
    form = chosen_format(
        options["as_json"], options["as_latex"], options["as_markdown"], options["form"]
    )
    from varprop.cli.solve_printing import print_answer
    from varprop.cli.solving import answered, verdict_code

    solution = answered(options, form)
    print_answer(solution, form, options)
    return verdict_code(solution, asked=options["verify"] is True)
