"""From the options of ``propagate`` to its answers; imported only once the command runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from varprop.answer.asking import network_widths
from varprop.answer.propagate import SOLVED, Propagation, propagate
from varprop.cli.solving import first_signal
from varprop.errors import BadInput

if TYPE_CHECKING:
    from varprop.answer.histograms import Histograms
    from varprop.answer.verification import Verification


def propagations(options: Mapping[str, Any]) -> tuple[Propagation, ...]:
    """Follow the network once per initialiser."""
    layer_widths = asked_widths(options)
    data = first_signal(options)
    return tuple(
        propagate(
            options["act"],
            layer_widths,
            init,
            bias_variance=options["bias_variance"],
            data=data,
            correlation=options["correlation"],
        )
        for init in options["inits"] or (SOLVED,)
    )


def activity(options: Mapping[str, Any]) -> Histograms | None:
    """Sample the networks where histograms were asked for; ``--figure`` draws these."""
    if not options["histogram"]:
        return None
    if options.get("arch"):
        raise BadInput("--histogram samples dense networks: give --widths or --width and --depth.")
    if options["bias_variance"]:
        raise BadInput(
            "--histogram samples an initialiser's own biases: leave --bias-variance out."
        )
    from varprop.answer.histograms import histograms

    found = histograms(
        options["act"],
        asked_widths(options),
        options["inits"] or (SOLVED,),
        bias_variance=options["bias_variance"],
        data=first_signal(options),
        seed=options["seed"],
    )
    if options["figure"]:
        from varprop.render.histogram_screen import save_histograms

        save_histograms(found, options["figure"])
    return found


def experiments(
    found: Sequence[Propagation], options: Mapping[str, Any]
) -> tuple[Verification, ...]:
    """Sample each network where that was asked for; the checks are named after its initialiser."""
    if not options["verify"]:
        return ()
    from varprop.answer.propagate_experiment import experiment_on

    return tuple(experiment_on(one, seed=options["seed"]) for one in found)


def asked_widths(options: Mapping[str, Any]) -> tuple[int, ...]:
    """Return n_0 … n_L from --widths or from --width and --depth."""
    return network_widths(*(options[name] or None for name in ("widths", "width", "depth")))
