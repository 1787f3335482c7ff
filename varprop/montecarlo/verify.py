"""Is this network what was predicted? Forward and backward, with verdicts."""

from __future__ import annotations

import math
import time
from concurrent.futures import Executor

from varprop.errors import BadInput
from varprop.montecarlo.budget import SAFETY, Budget
from varprop.montecarlo.design import (
    Design,
    InARow,
    LayersApart,
    Machine,
    Simulator,
    choose_dtype,
    shorten,
)
from varprop.montecarlo.judgement import Outcome, judge_ratios
from varprop.montecarlo.network import DenseNetwork
from varprop.montecarlo.ratios import Prediction
from varprop.montecarlo.simulate import Progress, simulate
from varprop.montecarlo.statistics import LEVEL, Looks, looks, sidak
from varprop.verdict import Check, Verdict

TITLES = {"forward": "forward q", "backward": "gradient"}


def verify_dense(
    network: DenseNetwork,
    predicted: Prediction,
    *,
    samples: int | None = None,
    seconds: float = 1.0,
    tolerance: float = 0.02,
    level: float = LEVEL,
    seed: int = 0,
    stream: int = 0,
    executor: Executor | None = None,
    progress: Progress | None = None,
    simulator: Simulator = simulate,
) -> tuple[Check, ...]:
    """Compare sampled networks with a prediction, forward and backward.

    Each check holds the observed ratio to the prediction, averaged over layers (predicted: 1), and
    ``tolerance`` is relative. The number of networks follows from ``samples``, or from ``seconds``
    by a fixed table of costs, so that one seed gives the same numbers on a slow machine. They are
    drawn in up to six rounds, each judged at a corrected level, and end when both checks are
    decided. Narrow networks, where theory for infinite width is off by more than a quarter of the
    tolerance, are tested layer by layer, and the note says so. Checks of one seed share their
    draws unless each has its own ``stream``. ``simulator`` may be ``simulate_marginal``.

    Raises BadInput for budgets, tolerances and predictions that can't be used.
    """
    if not 0 < tolerance < 1:
        raise BadInput(f"a relative tolerance of {tolerance:g} must lie between 0 and 1.")
    predicted.check(network)
    budget = Budget(samples, seconds)
    started = time.monotonic()
    machine = Machine(executor, budget.deadline(started), progress, simulator)
    depth = budget.depth(network, choose_dtype(predicted))
    network, predicted, shortened = shorten(network, predicted, depth)
    design = _design(network, predicted, (seed, stream), tolerance, budget, machine)
    plan = looks(budget.replicates(design.cost), level=sidak(level, len(design.parts)))
    outcomes, stopped = _sequence(design, plan, tolerance, machine)
    spent = time.monotonic() - started
    remarks = (design.note, shortened, stopped)
    return tuple(
        Check(
            name=f"{TITLES[part]}, {design.networks} networks",
            predicted=1.0,
            observed=outcome.observed.value,
            standard_error=outcome.observed.standard_error,
            tolerance=tolerance,
            replicates=design.networks,
            width=min(network.widths[network.first_level : -1], default=network.widths[0]),
            depth=network.depth,
            seed=seed,
            verdict=outcome.verdict,
            seconds=spent,
            finite_width=outcome.effect if math.isfinite(outcome.effect) else None,
            note="; ".join(text for text in (outcome.note, *remarks) if text) or None,
        )
        for part, outcome in outcomes.items()
    )


def _design(
    network: DenseNetwork,
    predicted: Prediction,
    seed: tuple[int, int],
    tolerance: float,
    budget: Budget,
    machine: Machine,
) -> Design:
    """Return the layers in a row where width allows it, else each layer on its own.

    The first networks only show the size of the finite-width effect, never the verdict.
    """
    dtype = choose_dtype(predicted)
    row = InARow(network, predicted, seed, dtype)
    if not row.narrow:
        first = looks(budget.replicates(row.cost)).counts[0]
        if not row.extend(first, machine) or not row.distorted(tolerance):
            return row
    return LayersApart(network, predicted, seed, dtype)


def _sequence(
    design: Design, plan: Looks, tolerance: float, machine: Machine
) -> tuple[dict[str, Outcome], str | None]:
    """Look after each round and stop when every part is decided, or the clock says so."""
    outcomes: dict[str, Outcome] = {}
    for count in plan.counts:
        complete = design.extend(count, machine)
        outcomes = {
            part: judge_ratios(design.ratios(part), plan.each, tolerance) for part in design.parts
        }
        if not complete:
            return outcomes, f"stopped by the clock after {SAFETY} times the budget"
        if all(outcome.verdict is not Verdict.TOO_WEAK for outcome in outcomes.values()):
            break
    return outcomes, None
