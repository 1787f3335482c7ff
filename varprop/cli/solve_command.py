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
@click.option("--dist", multiple=True, metavar="LAW", help="Laws to show; repeatable, or all.")
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
    help="Run the experiment (on by default, budget 1 s).",
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
    help="Print an initialiser for a library instead.",
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
    if options["arch"] is not None or options["define"] or options["unknown"]:
        return _network(options, form)
    from varprop.cli.solving import asked_laws, solved, verdict_code

    laws = asked_laws(options["dist"])
    solution = solved(options, form)
    code = verdict_code(solution, asked=options["verify"] is True)
    if options["code"]:
        from varprop.render.code import initialiser_code

        click.echo(initialiser_code(solution, options["code"], laws=options["dist"]), nl=False)
        return code
    if form == "json":
        from varprop.render.json_face import dumps, to_json

        click.echo(dumps(to_json(solution)))
        return code
    if form == "latex":
        from varprop.render.latex import to_latex

        click.echo(to_latex(solution))
        return code
    if form == "markdown":
        from varprop.render.markdown import to_markdown

        click.echo(to_markdown(solution, digits=options["digits"]))
        return code
    from varprop.render.screen import Screen, console
    from varprop.render.solve_screen import show_solution

    screen = Screen(console(no_color=options["no_color"]))
    show_solution(solution, screen, laws=laws, digits=options["digits"], steps=options["steps"])
    return code


def _network(options: dict[str, Any], form: str) -> int:
    """Answer for a whole network."""
    from varprop.errors import BadInput

    if options["arch"] is None:
        name = "--for" if options["unknown"] else "--define"
        raise BadInput(
            f'{name} speaks of a network: give --arch "Input(784) >> Dense(512) >> relu".'
        )
    from varprop.cli.architecture import solved_network

    solution = solved_network(options)
    if options["code"]:
        from varprop.render.code import initialiser_code

        click.echo(initialiser_code(solution, options["code"], laws=options["dist"]), nl=False)
    elif form == "json":
        from varprop.render.architecture_json import to_json
        from varprop.render.json_face import dumps

        click.echo(dumps(to_json(solution)))
    elif form != "text":
        from varprop.render.architecture_text import to_latex, to_markdown

        face = to_latex if form == "latex" else to_markdown
        click.echo(face(solution))
    else:
        from varprop.render.architecture_screen import show_architecture
        from varprop.render.screen import Screen, console

        screen = Screen(console(no_color=options["no_color"]))
        show_architecture(solution, screen, digits=options["digits"], steps=options["steps"])
    from varprop.cli.solving import verdict_code

    return verdict_code(solution, asked=options["verify"] is True)
