"""From the options of ``solve`` to its answer; imported only once a command runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from varprop.answer.distributions import read_laws, with_laws
from varprop.answer.inputs import InputMoments, input_moments, read_data, widths
from varprop.answer.layer import solve_first, solve_layer, solve_widths
from varprop.catalogue.law_entry import WeightLaw
from varprop.errors import BadInput
from varprop.result import Solution
from varprop.verdict import Verdict

if TYPE_CHECKING:
    from varprop.answer.architecture import ArchitectureSolution


def asked_laws(options: Mapping[str, Any]) -> tuple[WeightLaw, ...]:
    """Return the laws of --dist, none where it isn't given."""
    texts: Sequence[str] = options["dist"]
    return read_laws(texts, kernels=options["arch"] is not None) if texts else ()


def answered(options: Mapping[str, Any], form: str) -> Solution | ArchitectureSolution:
    """Return the answer for a layer or a network, with every law that was asked for."""
    laws = asked_laws(options)
    _check(options, form)
    if options["code"]:
        from varprop.render.code import one_law
        from varprop.render.code_libraries import LIBRARIES

        one_law(options["dist"], LIBRARIES[options["code"]])
    if options["arch"] is not None:
        from varprop.cli.architecture import solved_network

        network = solved_network(options)
        return with_laws(network, laws) if laws else network
    solution = solved(options, form)
    return with_laws(solution, laws) if laws else solution


def _check(options: Mapping[str, Any], form: str) -> None:
    """Refuse options that would change nothing."""
    if options["arch"] is None and (options["unknown"] or options["define"]):
        name = "--for" if options["unknown"] else "--define"
        raise BadInput(
            f'{name} speaks of a network: give --arch "Input(784) >> Dense(512) >> relu".'
        )
    if options["code"] and form not in ("text", "json"):
        raise BadInput(f"--code prints Python, alone or with --json: leave --{form} out.")
    if options["code"] and options["steps"]:
        raise BadInput("--code prints Python, without a derivation: leave --steps out.")
    if options["dist"] and form == "latex":
        raise BadInput("--latex shows Var(w), whatever law draws it: leave --dist out.")
    sampled = options["verify"] if options["arch"] is not None else options["verify"] is not False
    if options["samples"] is not None and not sampled:
        asked = "add --verify" if options["arch"] is not None else "leave --no-verify out"
        raise BadInput(f"--samples counts the networks of an experiment: {asked}.")


def first_signal(options: Mapping[str, Any]) -> InputMoments | None:
    """Return the moments of the first signal from --data or --input, None when neither is given."""
    if options["data"] and options["input_text"]:
        raise BadInput("--data and --input both give the first signal. Leave one out.")
    if options["data"]:
        return read_data(options["data"])
    return input_moments(options["input_text"]) if options["input_text"] else None


def solved(options: Mapping[str, Any], form: str) -> Solution:
    """Answer the question that the options ask, with its experiment unless --no-verify."""
    data = first_signal(options)
    shared = {
        "condition": options["condition"],
        "linearised": options["linearised"],
        "q": options["q"],
        "bias_variance": options["bias_variance"],
    }
    if options["widths"]:
        if options["fan_in"] or options["fan_out"]:
            raise BadInput("--widths gives every fan: leave --fan-in and --fan-out out.")
        solution = solve_widths(
            options["act"], widths(options["widths"]), data=data,
            uniform_factor=options["uniform_factor"], **shared,
        )  # fmt: skip
    else:
        if options["uniform_factor"]:
            raise BadInput("--uniform-factor speaks of a network's first layer: give --widths.")
        solution = one_layer(options, data, shared)
    solution = replace(solution, seed=options["seed"])
    if options["verify"] is False:
        return solution
    from varprop.answer.experiment import verified
    from varprop.render.progress import experiment_progress

    with experiment_progress(shown=form == "text") as progress:
        return verified(
            solution,
            samples=options["samples"],
            seed=options["seed"],
            data=data,
            asked=options["verify"] is True,
            progress=progress,
        )


def one_layer(
    options: Mapping[str, Any], data: InputMoments | None, shared: dict[str, Any]
) -> Solution:
    """Answer for one layer, fed by an activation or by data."""
    if data is None:
        return solve_layer(
            options["act"], fan_in=options["fan_in"], fan_out=options["fan_out"], **shared
        )
    return solve_first(options["act"], data, options["fan_in"], options["fan_out"], **shared)


def verdict_code(solution: Solution | ArchitectureSolution, *, asked: bool) -> int:
    """Return 1 when an experiment disagrees, or is too weak although it was asked for."""
    verdicts = {check.verdict for check in solution.checks or ()}
    if Verdict.DISAGREES in verdicts or (asked and Verdict.TOO_WEAK in verdicts):
        return 1
    return 0
