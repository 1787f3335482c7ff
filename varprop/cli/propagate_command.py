"""``varprop propagate``: signal and gradient, layer by layer."""

from __future__ import annotations

from typing import Any

import click

from varprop.cli.options import (
    HEADS,
    chosen_format,
    complete_activation,
    complete_init,
    figure_option,
    network_options,
    output_options,
    save_option,
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
  varprop propagate --arch resnet18 --plot
  varprop propagate --act tanh --width 256 --depth 50 --init lecun --init he --figure depth.svg
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
@network_options
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
@click.option(
    "--correlation",
    metavar="C",
    help="E[x_a x_b]/E[x²] of two inputs (that of independent data when left out).",
)
@click.option(
    "--histogram", is_flag=True, help="Sample the network; show every layer's activations."
)
@click.option("--plot", is_flag=True, help="Draw signal and gradient by layer in the terminal.")
@figure_option(
    "Every --init by layer as a picture, with --histogram the histograms: .svg, .png or .pdf "
    "(needs matplotlib)."
)
@save_option("Every row as numbers: .csv or .npz.")
@click.option("--verify", is_flag=True, help="Sample the network; exit code 1 unless it agrees.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), metavar="N")
@signal_options
@click.option("--all-rows", is_flag=True, help="Every layer, however many.")
@output_options
def command(**options: Any) -> int:
    """Follow q, E[x²], the mean, the gradient and two inputs through a dense network.

    c is the correlation of two inputs, q(1 − c) the variance over the data at fixed weights.
    Several --init are shown side by side. The gradient is E[δ_l²]/E[δ_L²], the rate is the
    geometric mean factor per layer over the last half.
    """
    form = chosen_format(
        options["as_json"], options["as_latex"], options["as_markdown"], options["form"]
    )
    from varprop.cli.propagating import activity, experiments

    found = _answers(options)
    seen, tested = activity(options), experiments(found, options)
    _files(found, options)
    code = 0 if all(one.agrees for one in tested) else 1
    if form == "json":
        from varprop.render.json_face import dumps, to_json

        document = to_json(found[0])
        if len(found) > 1:
            document["networks"] = [to_json(one) for one in found]
        if seen is not None:
            document["histograms"] = to_json(seen)
        if tested:
            document["checks"] = [to_json(check) for one in tested for check in one.checks]
        click.echo(dumps(document))
        return code
    if form in ("latex", "markdown"):
        from varprop.render.markdown import propagation_latex, propagation_markdown

        face = propagation_latex if form == "latex" else propagation_markdown
        click.echo(face(found, digits=options["digits"]))
        if seen is not None:
            click.echo(f"\n{getattr(seen, form)()}")
        for one in tested:
            click.echo(f"\n{getattr(one, form)()}")
        return code
    from varprop.render.propagate_screen import show_propagations
    from varprop.render.screen import Screen, console

    screen = Screen(console(no_color=options["no_color"]))
    show_propagations(found, screen, digits=options["digits"], all_rows=options["all_rows"])
    if options["plot"]:
        from varprop.render.propagate_numbers import show_plots

        show_plots(found, screen)
    if seen is not None:
        from varprop.render.histogram_screen import show_histograms

        screen.line()
        show_histograms(seen, screen)
    for one in tested:
        from varprop.render.verify_screen import show_verification

        screen.line()
        show_verification(one, screen, digits=options["digits"])
    return code


def _files(found: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Write the picture and the numbers that were asked for."""
    if options["figure"] and not options["histogram"]:
        from varprop.render.figures import propagate_figure

        propagate_figure(found, options["figure"])
    if options["save"]:
        from varprop.render.propagate_numbers import save_rows

        save_rows(found, options["save"])


def _answers(options: dict[str, Any]) -> tuple[Any, ...]:
    """Follow the network that the options name, dense or written as a spec, with the seed."""
    from dataclasses import replace

    return tuple(replace(one, seed=options["seed"]) for one in _followed(options))


def _followed(options: dict[str, Any]) -> tuple[Any, ...]:
    if options["arch"] is not None:
        from varprop.cli.architecture import network_propagations

        return network_propagations(options)
    if options["define"]:
        from varprop.errors import BadInput

        raise BadInput(
            '--define speaks of a network: give --arch "Input(784) >> Dense(512) >> act".'
        )
    from varprop.cli.propagating import propagations

    return propagations(options)
