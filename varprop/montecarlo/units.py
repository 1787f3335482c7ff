"""Moments of a unit with several pre-activations, such as glu or maxout, from the unit itself."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import ndtri

from varprop.catalogue.arrays import Array
from varprop.errors import BadInput
from varprop.montecarlo.expectation import HEAVY
from varprop.montecarlo.integrands import STEP
from varprop.montecarlo.network import generator
from varprop.montecarlo.replicates import ROUNDING, Effort, verify_replicates
from varprop.verdict import Check

Unit = Callable[[Array], Array]
"""Maps pre-activations (inputs, samples) to outputs (outputs, samples)."""

Quantity = Callable[[Unit, Array, float], Array]

SPREADS = (1.0, 1.3, 1.6, 2.0)
"""Standard deviations of the laws that are tried for drawing, in units of √q."""

PILOT = 2**17


def _power(power: int) -> Quantity:
    return lambda unit, h, _: (unit(h) ** power).mean(axis=0)


def _jacobian(unit: Unit, h: Array, q: float) -> Array:
    """‖J‖²/inputs by one-sided differences, of each pair the smaller."""
    step = STEP * math.sqrt(q)
    centre = unit(h)
    total = np.zeros(h.shape[1])
    for row in range(len(h)):
        moved = np.zeros((len(h), 1))
        moved[row] = step
        right, left = unit(h + moved) - centre, centre - unit(h - moved)
        total += (np.where(np.abs(right) < np.abs(left), right, left) ** 2).sum(axis=0)
    return total / step**2 / len(h)


def _length_slope(unit: Unit, h: Array, q: float) -> Array:
    """x²·(Σh²/q − k)/(2q), whose expectation is dE[x²]/dq."""
    return (unit(h) ** 2).mean(axis=0) * ((h**2).sum(axis=0) / q - len(h)) / (2 * q)


QUANTITIES: dict[str, Quantity] = {
    "mean": _power(1),
    "second_moment": _power(2),
    "fourth_moment": _power(4),
    "derivative_second_moment": _jacobian,
    "length_slope": _length_slope,
}


def verify_unit(
    unit: Unit,
    inputs: int,
    moment: str,
    predicted: float,
    q: float,
    effort: Effort,
    *,
    name: str,
    stream: int = 0,
) -> Check:
    """Compare a moment of a unit with ``inputs`` independent pre-activations N(0, q).

    Moments of outputs are averages over the unit's outputs; derivative_second_moment is E‖J‖² per
    pre-activation. ``moment`` is a key of QUANTITIES or "variance".

    Raises BadInput for another moment.
    """
    if moment != "variance" and moment not in QUANTITIES:
        raise BadInput(f"no moment {moment!r} can be sampled. All: {', '.join(QUANTITIES)}.")
    kind = "second_moment" if moment == "variance" else moment
    spread, hardness, size = _choose(unit, inputs, QUANTITIES[kind], q)

    def replicate(rng: np.random.Generator, points: int) -> float:
        if moment != "variance":
            return _average(unit, inputs, QUANTITIES[moment], q, spread, rng, points)
        mean, square = QUANTITIES["mean"], QUANTITIES["second_moment"]
        first, second = (
            _averages(unit, inputs, (mean, square), q, spread, rng, points) for _ in range(2)
        )
        return (first[1] + second[1]) / 2 - first[0] * second[0]

    hard = "" if hardness <= HEAVY else ", too heavy to judge"
    return verify_replicates(
        replicate,
        predicted,
        effort,
        name=name,
        stream=stream,
        unit=abs(predicted) if abs(predicted) > 1e-9 * size else size,
        most=2**24,
        points=4096,
        accuracy=2 * STEP if moment == "derivative_second_moment" else ROUNDING,
        note=f" at q = {q:g}, drawn {spread:g}√q wide; relative variance of one sample "
        f"{hardness:.2g}{hard}",
    )


def _choose(unit: Unit, inputs: int, quantity: Quantity, q: float) -> tuple[float, float, float]:
    """Return the best spread, one sample's relative variance there, and the root mean square.

    Found from a fixed pilot draw; the experiment is unbiased under any choice.
    """
    found = []
    for spread in SPREADS:
        h, weight = _draw(inputs, q, spread, generator(0, 7), PILOT)
        values = quantity(unit, h, q) * weight
        mean, square = float(values.mean()), float((values**2).mean())
        size = math.sqrt(square)
        vanishing = abs(mean) < 5 * size / math.sqrt(PILOT)
        found.append((1.0 if vanishing else square / mean**2 - 1, square, spread, size))
    hardness, _, spread, _ = min(found, key=lambda one: one[1])
    return spread, hardness, found[0][3]


def _average(
    unit: Unit,
    inputs: int,
    quantity: Quantity,
    q: float,
    spread: float,
    rng: np.random.Generator,
    points: int,
) -> float:
    return _averages(unit, inputs, (quantity,), q, spread, rng, points)[0]


def _averages(
    unit: Unit,
    inputs: int,
    quantities: tuple[Quantity, ...],
    q: float,
    spread: float,
    rng: np.random.Generator,
    points: int,
) -> list[float]:
    h, weight = _draw(inputs, q, spread, rng, points)
    with np.errstate(all="ignore"):
        return [float((quantity(unit, h, q) * weight).mean()) for quantity in quantities]


def _draw(
    inputs: int, q: float, spread: float, rng: np.random.Generator, points: int
) -> tuple[Array, Array]:
    """Draw h ~ N(0, spread²q), every coordinate stratified, and the densities' ratio.

    Source: McKay, Beckman and Conover 1979 (Latin hypercube sampling).
    """
    strata = (np.arange(points) + rng.random((inputs, points))) / points
    z = spread * ndtri(rng.permuted(np.clip(strata, 1e-300, 1 - 2**-53), axis=1))
    weight = spread**inputs * np.exp(-(z**2).sum(axis=0) * (1 - 1 / spread**2) / 2)
    return math.sqrt(q) * z, weight
