"""One moment of an activation against its prediction, at a variance where sampling can tell."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from varprop.errors import BadInput
from varprop.montecarlo.expectation import HEAVY, PLAIN, Proposal, choose_proposal
from varprop.montecarlo.integrands import DIFFERENCES, INTEGRANDS, STEP
from varprop.montecarlo.network import Pointwise
from varprop.montecarlo.replicates import (
    ROUNDING,
    Effort,
    Replicate,
    outcome,
    verify_replicates,
)
from varprop.montecarlo.statistics import Estimate
from varprop.verdict import Check, Verdict

VARIANCES = (1.7, 0.6, 0.2, 0.05, 5.0, 20.0, 100.0, 0.01)
"""Where a moment may be checked, in this order; 1 is left out because q = q² = √q there."""

VANISHING = 1e-9
"""Below this part of E|f| an expectation of f counts as 0."""

NODES = 2**18


@dataclass(frozen=True)
class Place:
    """A variance, how to draw there, and how hard that is: Var(one sample)/predicted²."""

    q: float
    f: Pointwise
    predicted: float
    unit: float
    proposal: Proposal
    relative_variance: float


def verify_moment(
    phi: Pointwise,
    moment: str,
    predict: Callable[[float], float],
    effort: Effort,
    *,
    name: str,
    stream: int = 0,
    q: float | None = None,
) -> Check:
    """Compare a moment of φ with ``predict(q)`` at the first variance that sampling can handle.

    There, one sample's relative variance is at most 100; where no variance allows that, the moment
    is compared with a quadrature, and the note says so. ``moment`` is a key of INTEGRANDS or
    "variance".
    """
    if moment == "variance":
        return _verify_variance(phi, predict, effort, name, stream, q)
    if moment not in INTEGRANDS:
        raise BadInput(f"no moment {moment!r} can be sampled. All: {', '.join(INTEGRANDS)}.")
    hardest: Place | None = None
    for variance in VARIANCES if q is None else (q,):
        place = _place(INTEGRANDS[moment](phi, variance), predict(variance), variance)
        if place.relative_variance <= HEAVY:
            return verify_replicates(
                _average(place),
                place.predicted,
                effort,
                name=name,
                stream=stream,
                unit=place.unit,
                accuracy=2 * STEP if moment in DIFFERENCES else ROUNDING,
                note=_words(place),
            )
        hardest = hardest or place
    assert hardest is not None
    return _by_quadrature(hardest, effort, name)


def sizes(f: Pointwise, q: float) -> tuple[float, float]:
    """Return √E[f(h)²] and E|f(h)|, h ~ N(0, q), by the trapezoidal rule.

    The first is the unit of a vanishing mean; a mean vanishes when it is small beside the second.
    """
    z = np.linspace(-37.0, 37.0, 74_001)
    with np.errstate(all="ignore"):
        values = np.broadcast_to(np.asarray(f(math.sqrt(q) * z), dtype=float), z.shape)
        density = np.exp(-(z**2) / 2)
        square, absolute = values**2 * density, np.abs(values) * density
    usable = np.isfinite(square) & (density > 0)
    total = float(density.sum())
    return math.sqrt(float(square[usable].sum()) / total), float(absolute[usable].sum()) / total


def _place(f: Pointwise, predicted: float, q: float) -> Place:
    proposal, hardness = choose_proposal(f, q)
    size, absolute = sizes(f, q)
    unit = abs(predicted)
    if unit <= VANISHING * absolute:
        unit = size
        hardness = min(hardness, 1.0) if math.isfinite(hardness) else hardness
    return Place(q, f, predicted, unit, proposal, hardness)


def _average(place: Place) -> Replicate:
    root = math.sqrt(place.q)

    def replicate(rng: np.random.Generator, points: int) -> float:
        z, factors = place.proposal.draw(rng, points)
        with np.errstate(all="ignore"):
            return float((factors * np.asarray(place.f(root * z), dtype=float)).sum())

    return replicate


def _words(place: Place) -> str:
    how = "stratified" if place.proposal is PLAIN else "stratified, importance sampling"
    return (
        f" at q = {place.q:g}, {how}; relative variance of one sample {place.relative_variance:.2g}"
    )


def _verify_variance(
    phi: Pointwise,
    predict: Callable[[float], float],
    effort: Effort,
    name: str,
    stream: int,
    q: float | None,
) -> Check:
    """Compare Var(φ): each replicate has two independent halves, so that m² has no bias."""
    squares = INTEGRANDS["second_moment"]
    place = None
    for variance in VARIANCES if q is None else (q,):
        place = _place(squares(phi, variance), predict(variance), variance)
        if place.relative_variance <= HEAVY:
            break
    assert place is not None
    root, proposal = math.sqrt(place.q), place.proposal

    def half(rng: np.random.Generator, points: int) -> tuple[float, float]:
        z, factors = proposal.draw(rng, points)
        values = np.asarray(phi(root * z), dtype=float) * np.ones_like(z)
        return float((factors * values).sum()), float((factors * values**2).sum())

    def replicate(rng: np.random.Generator, points: int) -> float:
        with np.errstate(all="ignore"):
            first, second = half(rng, points), half(rng, points)
        return (first[1] + second[1]) / 2 - first[0] * second[0]

    unit = abs(place.predicted) or sizes(phi, place.q)[0] ** 2
    return verify_replicates(
        replicate,
        place.predicted,
        effort,
        name=name,
        stream=stream,
        unit=unit,
        note=_words(place) if place.relative_variance <= HEAVY else f" at q = {place.q:g}",
    )


def _by_quadrature(place: Place, effort: Effort, name: str) -> Check:
    """Compare with the trapezoidal rule on two grids; their difference is the error."""
    started = time.monotonic()
    fine, coarse = (_trapezoid(place, nodes) for nodes in (NODES, NODES // 2))
    error = abs(fine - coarse)
    allowed = effort.tolerance * place.unit
    distance = abs(fine - place.predicted)
    if error > allowed / 4 or not math.isfinite(fine):
        verdict = Verdict.TOO_WEAK
    else:
        verdict = Verdict.AGREES if distance <= allowed else Verdict.DISAGREES
    note = (
        f"by quadrature with {NODES} nodes at q = {place.q:g}: one sample's relative variance is "
    )
    note += f"{place.relative_variance:.2g}"
    return outcome(
        name,
        place.predicted,
        Estimate(fine, error, NODES),
        allowed,
        verdict,
        effort.seed,
        time.monotonic() - started,
        note,
    )


def _trapezoid(place: Place, nodes: int) -> float:
    z = np.linspace(-37.0, 37.0, nodes)
    with np.errstate(all="ignore"):
        density = np.exp(-(z**2) / 2)
        values = np.asarray(place.f(math.sqrt(place.q) * z), dtype=float) * density
    return float(values[density > 0].sum() / density.sum())
