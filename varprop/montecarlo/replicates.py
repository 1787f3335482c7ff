"""A number per independent replicate, drawn until a corrected sequence of looks decides."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from varprop.errors import BadInput
from varprop.montecarlo.network import generator
from varprop.montecarlo.statistics import LEVEL, Estimate, estimate, judge, looks
from varprop.verdict import Check, Verdict

Replicate = Callable[[np.random.Generator, int], float]
"""One unbiased average of about ``points`` samples: (rng, points) -> value."""

FIRST = 64
POINTS = 1024
MOST = 2**22
"""Samples of one check unless told otherwise."""

ROUNDING = 1e-12


@dataclass(frozen=True)
class Effort:
    """How hard one check may try, and how sure it must be.

    ``tolerance`` is relative, ``samples`` caps the samples of one check, ``level`` is the
    confidence of one check over all its looks; ``marginal`` samples Gaussian networks without
    their weights. Raises BadInput for less than two samples and for
    a tolerance outside (0, 1).
    """

    tolerance: float = 0.02
    samples: int | None = None
    level: float = LEVEL
    seed: int = 0
    marginal: bool = False

    def __post_init__(self) -> None:
        """Refuse what no verdict can come of."""
        if not 0 < self.tolerance < 1:
            raise BadInput(f"a relative tolerance of {self.tolerance:g} must lie between 0 and 1.")
        if self.samples is not None and self.samples < 2:
            raise BadInput(f"{self.samples} samples give no standard error: ask for 2 or more.")
        if self.seed < 0:
            raise BadInput(f"the seed {self.seed} must be a whole number that isn't negative.")

    def batches(self, most: int = MOST, points: int = POINTS) -> tuple[int, int]:
        """Return the points of one replicate and the largest number of replicates."""
        samples = most if self.samples is None else self.samples
        each = max(1, min(points, samples // FIRST))
        return each, max(2, samples // each)


def verify_replicates(
    replicate: Replicate,
    predicted: float,
    effort: Effort,
    *,
    name: str,
    stream: int = 0,
    unit: float | None = None,
    most: int = MOST,
    points: int = POINTS,
    accuracy: float = ROUNDING,
    note: str = "",
) -> Check:
    """Compare the mean of independent replicates with a prediction.

    Replicate k is drawn from stream k of (seed, ``stream``), so that it is the same whatever the
    budget. ``unit`` is what the relative tolerance is relative to, |predicted| unless given;
    ``accuracy`` is the relative error of a replicate's arithmetic, which joins the standard error.
    """
    started = time.monotonic()
    scale = abs(predicted) if unit is None else unit
    allowed = effort.tolerance * scale
    each, count = effort.batches(most, points)
    values: list[float] = []
    plan = looks(count, first=FIRST, level=effort.level)
    for wanted in plan.counts:
        for index in range(len(values), wanted):
            values.append(float(replicate(generator((effort.seed, stream), index), each)))
        observed = estimate(values)
        verdict = judge(observed.interval(plan.each), predicted, allowed)
        if verdict is not Verdict.TOO_WEAK:
            break
    error = math.hypot(observed.standard_error, accuracy * scale)
    return outcome(
        name,
        predicted,
        replace(observed, standard_error=error),
        allowed,
        verdict,
        effort.seed,
        time.monotonic() - started,
        f"{len(values)} × {each} samples{note}",
    )


def outcome(
    name: str,
    predicted: float,
    observed: Estimate,
    tolerance: float,
    verdict: Verdict,
    seed: int,
    seconds: float,
    note: str | None,
    finite_width: float | None = None,
) -> Check:
    """Return the check of an estimate that has no width and depth of its own."""
    return Check(
        name=name,
        predicted=float(predicted),
        observed=observed.value,
        standard_error=observed.standard_error,
        tolerance=float(tolerance),
        replicates=observed.count,
        width=None,
        depth=None,
        seed=seed,
        verdict=verdict,
        seconds=seconds,
        finite_width=finite_width,
        note=note,
    )
