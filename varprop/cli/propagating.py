"""From the options of ``propagate`` to its answers; imported only once the command runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from varprop.answer.inputs import width, widths
from varprop.answer.propagate import SOLVED, Propagation, propagate
from varprop.cli.solving import first_signal
from varprop.errors import BadInput

if TYPE_CHECKING:
    from varprop.answer.histograms import Histograms
    from varprop.answer.verification import Verification

DEEPEST = 1_000_000


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
    from varprop.answer.verify_result import verify_result

    tested = [verify_result(one, seed=options["seed"]) for one in found]
    return tuple(
        replace(one, checks=tuple(replace(c, name=f"{net.init}: {c.name}") for c in one.checks))
        for net, one in zip(found, tested, strict=True)
    )


def asked_widths(options: Mapping[str, Any]) -> tuple[int, ...]:
    """Return n_0 … n_L from --widths or from --width and --depth."""
    if options["widths"]:
        if options["width"] or options["depth"]:
            raise BadInput("--widths gives every layer: leave --width and --depth out.")
        found = widths(options["widths"])
    elif options["width"] and options["depth"]:
        depth = width(options["depth"], "--depth")
        if not depth.is_Integer or depth > DEEPEST:
            raise BadInput(
                f"--depth must be a whole number up to {DEEPEST}, not {options['depth']}."
            )
        found = (width(options["width"], "--width"),) * (int(depth) + 1)
    else:
        raise BadInput("propagate needs a network: --width 512 --depth 50, or --widths 784,512,10.")
    symbolic = [str(w) for w in found if not w.is_Integer]
    if symbolic:
        raise BadInput(f"propagate needs whole numbers for widths, not {symbolic[0]}. Try 512.")
    return tuple(int(w) for w in found)
