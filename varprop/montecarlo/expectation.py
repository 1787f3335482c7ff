"""One expectation E[f(h)], h ~ N(mean, q), by stratified and importance sampling.

A replicate is one randomised stratified sample: each stratum of the normal law holds one point,
uniform within it, so that a replicate is unbiased and replicates are independent.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from varprop.catalogue.arrays import Array
from varprop.errors import BadInput
from varprop.montecarlo.network import Pointwise, generator
from varprop.montecarlo.statistics import LEVEL, estimate, judge
from varprop.verdict import Check, Verdict

REPLICATES = 64
HEAVY = 100.0
"""Above this relative variance of one sample, sampling is the wrong tool."""


@dataclass(frozen=True)
class Proposal:
    """A mixture of normal laws in z = (h − mean)/√q: (share, centre, standard deviation) each.

    The standard normal law always has a share, which bounds the importance weights by its inverse.
    """

    parts: tuple[tuple[float, float, float], ...]

    def weights(self, z: Array) -> Array:
        """Return the standard normal density over the mixture's."""
        with np.errstate(over="ignore"):
            mixture = sum(
                share * np.exp(z**2 / 2 - ((z - centre) / deviation) ** 2 / 2) / deviation
                for share, centre, deviation in self.parts
            )
        return np.asarray(1 / mixture)

    def draw(self, rng: np.random.Generator, points: int) -> tuple[Array, Array]:
        """Return z and the factors that each f(z) takes in the average.

        Between half and all of the ``points`` are used: with a fixed number of strata, a jump of f
        near the edge of one would show in rare replicates only, and the spread would miss it.
        """
        columns, factors = [], []
        for share, centre, deviation in self.parts:
            most = max(2, round(share * points))
            count = int(rng.integers(most // 2, most + 1))
            uniform = (np.arange(count) + rng.random(count)) / count
            z = centre + deviation * ndtri(np.clip(uniform, 1e-300, 1 - 2**-53))
            columns.append(z)
            factors.append(share / count * self.weights(z))
        return np.concatenate(columns), np.concatenate(factors)


PLAIN = Proposal(((1.0, 0.0, 1.0),))
PROPOSALS = (
    PLAIN,
    *(Proposal(((0.3, 0.0, 1.0), (0.7, 0.0, wide))) for wide in (1.5, 2.0, 3.0, 5.0)),
    *(
        Proposal(((0.2, 0.0, 1.0), (0.4, -shift, 1.0), (0.4, shift, 1.0)))
        for shift in (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0)
    ),
)


def choose_proposal(f: Pointwise, q: float, mean: float = 0.0) -> tuple[Proposal, float]:
    """Return the proposal of least variance and the relative variance of one of its samples.

    Judged on a grid, once and before sampling: the experiment is unbiased under any choice.
    """
    z = np.linspace(-37.0, 37.0, 7401)
    with np.errstate(all="ignore"):
        values = np.broadcast_to(np.asarray(f(mean + math.sqrt(q) * z), dtype=np.float64), z.shape)
        size = 2 * np.log(np.abs(values)) - z**2 / 2
    size[~np.isfinite(size)] = -np.inf
    top = float(size.max())
    if top == -math.inf:
        return PLAIN, 0.0
    inside = np.flatnonzero(np.isfinite(values))
    if int(size.argmax()) in (inside[0], inside[-1]):
        return PROPOSALS[-1], math.inf
    square = np.exp(size - top)
    moments = [float((square * proposal.weights(z)).sum()) for proposal in PROPOSALS]
    best = int(np.argmin(moments))
    density = np.exp(-(z**2) / 2)
    with np.errstate(all="ignore"):
        parts = np.where(np.isfinite(values), values, 0.0) * density
    first, absolute = float(parts.sum()), float(np.abs(parts).sum())
    total = float(density.sum())
    if abs(first) <= 1e-9 * absolute:
        return PROPOSALS[best], moments[best] / float(square.sum())
    log_ratio = math.log(moments[best]) + top + math.log(total) - 2 * math.log(abs(first))
    return PROPOSALS[best], math.exp(min(log_ratio, 700.0)) - 1


def verify_expectation(
    f: Pointwise,
    predicted: float,
    *,
    q: float = 1.0,
    mean: float = 0.0,
    samples: int = 2**16,
    tolerance: float = 0.01,
    unit: float | None = None,
    level: float = LEVEL,
    seed: int = 0,
    name: str = "expectation",
) -> Check:
    """Compare E[f(h)], h ~ N(mean, variance q), with a prediction.

    ``tolerance`` is relative to the prediction, or to ``unit`` where that is given; a prediction of
    0 is measured in units of √E[f²], sampled with the rest. The check's tolerance is absolute.
    Where one sample's relative variance stays above 100 under every proposal, the verdict is "too
    weak" whatever was seen, and the note asks for quadrature.

    Raises BadInput for a q that isn't positive and for too few samples.
    """
    if not (q > 0 and math.isfinite(q)):
        raise BadInput(f"the variance q = {q:g} must be positive and finite.")
    if samples < 2 * REPLICATES:
        raise BadInput(f"{samples} samples are too few: ask for {2 * REPLICATES} or more.")
    started = time.monotonic()
    proposal, relative_variance = choose_proposal(f, q, mean)
    averages, squares = np.empty(REPLICATES), np.empty(REPLICATES)
    with np.errstate(all="ignore"):
        for index in range(REPLICATES):
            z, factors = proposal.draw(generator(seed, index), samples // REPLICATES)
            values = np.asarray(f(mean + math.sqrt(q) * z), dtype=np.float64)
            averages[index] = (factors * values).sum()
            squares[index] = (factors * values**2).sum()
    if unit is None:
        unit = abs(predicted) if predicted else math.sqrt(float(squares.mean()))
    observed = estimate(averages)
    verdict = judge(observed.interval(level), predicted, tolerance * unit)
    if relative_variance > HEAVY:
        verdict = Verdict.TOO_WEAK
    return Check(
        name=name,
        predicted=float(predicted),
        observed=observed.value,
        standard_error=observed.standard_error,
        tolerance=float(tolerance * unit),
        replicates=REPLICATES,
        width=None,
        depth=None,
        seed=seed,
        verdict=verdict,
        seconds=time.monotonic() - started,
        note=_note(proposal, relative_variance, samples, q),
    )


def _note(proposal: Proposal, relative_variance: float, samples: int, q: float) -> str:
    how = "stratified" if proposal is PLAIN else "stratified, importance sampling"
    text = f"{samples} samples at q = {q:g}, {how}"
    if relative_variance > HEAVY:
        return f"{text}; relative variance of one sample {relative_variance:.2g}: use quadrature"
    return text
