"""From ``--arch`` and its options to an answer; imported only once a command runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from varprop.answer.architecture import ArchitectureSolution, solve_network
from varprop.answer.architecture_signal import propagate_network
from varprop.answer.architecture_text import read_whole
from varprop.answer.inputs import numeric, variance
from varprop.answer.propagate import SOLVED, Propagation
from varprop.cli.solving import first_signal
from varprop.errors import BadInput
from varprop.networks.network import Network

ALONE = ("fan_in", "fan_out", "widths", "uniform_factor", "linearised")


def asked_network(options: Mapping[str, Any]) -> Network:
    """Return the network of --arch; raises BadInput for a --define that it doesn't use."""
    return read_whole(options["arch"], options["define"])


def solved_network(options: Mapping[str, Any]) -> ArchitectureSolution:
    """Answer ``solve --arch``."""
    for name in ALONE:
        if options[name]:
            shown = "--" + name.replace("_", "-")
            raise BadInput(f"--arch gives every layer and its fans: leave {shown} out.")
    if options["act"] != "linear":
        raise BadInput(
            f"--arch names its activations itself: leave --act {options['act']} out (--define gives one of "
            "your own a name)."
        )
    solution = solve_network(
        asked_network(options),
        condition=options["condition"],
        q=numeric(options["q"], "--q", positive=True),
        bias_variance=variance(options["bias_variance"], "--bias-variance"),
        data=first_signal(options),
        unknown=options["unknown"],
    )
    if not options["verify"]:
        return replace(solution, seed=options["seed"])
    from varprop.answer.architecture_experiment import verified_network
    from varprop.render.progress import experiment_progress

    with experiment_progress(shown=True) as progress:
        return verified_network(
            solution, samples=options["samples"], seed=options["seed"], progress=progress
        )


def network_propagations(options: Mapping[str, Any]) -> tuple[Propagation, ...]:
    """Follow the network of ``propagate --arch`` once per initialiser."""
    for name in ("widths", "width", "depth"):
        if options[name]:
            raise BadInput(f"--arch gives every layer: leave --{name} out.")
    if options["act"] != "linear":
        raise BadInput(f"--arch names its activations itself: leave --act {options['act']} out.")
    net = asked_network(options)
    data = first_signal(options)
    return tuple(
        propagate_network(
            net,
            init,
            bias_variance=options["bias_variance"],
            data=data,
            correlation=options["correlation"],
        )
        for init in options["inits"] or (SOLVED,)
    )
