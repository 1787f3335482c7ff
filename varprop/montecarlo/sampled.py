"""One expectation under any law that can be drawn, heavy tails included."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from varprop.catalogue.arrays import Array
from varprop.errors import BadInput
from varprop.montecarlo.network import generator
from varprop.montecarlo.replicates import outcome
from varprop.montecarlo.statistics import LEVEL, MEAN, choose_method, estimate, judge, looks
from varprop.verdict import Check, Verdict

BLOCK = 2**12


def verify_sampled(
    draw: Callable[[np.random.Generator, int], Array],
    predicted: float,
    *,
    kurtosis: float = 3.0,
    samples: int = 2**18,
    tolerance: float = 0.02,
    unit: float | None = None,
    level: float = LEVEL,
    seed: int = 0,
    name: str = "expectation",
) -> Check:
    """Compare the mean of independent values, ``draw(rng, count)``, with a prediction.

    ``kurtosis`` is that of one value, inf where its fourth moment diverges: where it makes the
    standard error of a mean worthless, the median of means takes its place and the note says so.
    ``tolerance`` is relative to the prediction, or to ``unit``. Ends at the first of several
    corrected looks that decides.

    Raises BadInput for a prediction of 0 without a unit and for less than 2 samples.
    """
    if not predicted and unit is None:
        raise BadInput("a prediction of 0 needs a unit: give the root mean square of the values.")
    if samples < 2:
        raise BadInput(f"{samples} samples give no standard error: ask for 2 or more.")
    started = time.monotonic()
    allowed = tolerance * (abs(predicted) if unit is None else unit)
    plan = looks(samples, first=BLOCK, level=level)
    method = choose_method(kurtosis, samples)
    values: list[Array] = []
    for count in plan.counts:
        while sum(part.size for part in values) < count:
            values.append(np.asarray(draw(generator(seed, len(values)), BLOCK), dtype=float))
        observed = estimate(np.concatenate(values)[:count], method)
        verdict = judge(observed.interval(plan.each), predicted, allowed)
        if verdict is not Verdict.TOO_WEAK:
            break
    note = None if method == MEAN else f"{method} of {len(observed.groups)} groups: heavy tails"
    return outcome(
        name, predicted, observed, allowed, verdict, seed, time.monotonic() - started, note
    )
