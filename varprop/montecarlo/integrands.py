"""Moments of an activation as averages of functions that know φ itself and nothing derived from it.

Slopes are one-sided differences of φ, so that the symbolic derivative is judged and not believed;
dE[φ²]/dq is the average of φ(h)²(h²/q − 1)/(2q), which needs no derivative at all and counts the
jumps of φ in.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from varprop.catalogue.arrays import Array
from varprop.montecarlo.network import Pointwise

STEP = 1e-6
"""Step of a one-sided difference in units of √q: its error is a millionth of φ''."""

GRID = np.linspace(-9.0, 9.0, 7201)


def slope(phi: Pointwise, q: float) -> Pointwise:
    """Return φ' almost everywhere, as the smaller of the differences to the right and to the left.

    Where φ jumps within one of them, the other is the derivative.
    """
    step = STEP * math.sqrt(q)

    def differences(h: Array) -> Array:
        centre = np.asarray(phi(h))
        right = (np.asarray(phi(h + step)) - centre) / step
        left = (centre - np.asarray(phi(h - step))) / step
        return np.where(np.abs(right) < np.abs(left), right, left)

    return differences


def length_slope(phi: Pointwise, q: float) -> Pointwise:
    """Return (φ² − c)(h²/q − 1)/(2q), whose expectation is dE[φ²]/dq for every constant c.

    c is about E[φ²], which takes most of the noise away.
    """
    z = GRID
    with np.errstate(all="ignore"):
        squares = np.broadcast_to(np.asarray(phi(math.sqrt(q) * z), dtype=float) ** 2, z.shape)
        centre = float(np.sum(squares * np.exp(-(z**2) / 2)) / np.sum(np.exp(-(z**2) / 2)))
    if not math.isfinite(centre):
        centre = 0.0

    def integrand(h: Array) -> Array:
        return (np.asarray(phi(h)) ** 2 - centre) * (h**2 / q - 1) / (2 * q)

    return integrand


def _power(function: Pointwise, power: int) -> Pointwise:
    return lambda h: np.asarray(function(h)) ** power


INTEGRANDS: dict[str, Callable[[Pointwise, float], Pointwise]] = {
    "mean": lambda phi, _: phi,
    "second_moment": lambda phi, _: _power(phi, 2),
    "fourth_moment": lambda phi, _: _power(phi, 4),
    "derivative_mean": slope,
    "derivative_second_moment": lambda phi, q: _power(slope(phi, q), 2),
    "length_slope": length_slope,
}
"""(φ, q) -> the function whose expectation under N(0, q) the moment is."""

DIFFERENCES = frozenset({"derivative_mean", "derivative_second_moment"})
"""Moments whose integrand is a difference quotient, which is right to about STEP."""
