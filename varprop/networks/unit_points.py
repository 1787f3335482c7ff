"""The values of a unit and their probabilities: a grid of its law, and what dropped units hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr, Heaviside

from varprop.networks.densities import CELLS, POINTS, Density, standard_normal, values
from varprop.networks.signal import Part
from varprop.propagation.feed import moments_of

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

BELOW = 1e-12
"""A slope with a jump is taken right below its argument: relu'(0) = 0, as libraries have it."""


def law_of(part: Part) -> Density:
    """Return the law of (g − mean)/√variance on its grid."""
    return standard_normal() if part.law is None else part.law


def grid(part: Part) -> Array:
    """Return g at the points of its law."""
    return float(part.mean) + float(max(part.variance, 0.0)) ** 0.5 * law_of(part).points


def cells(values: Array) -> Array:
    """Return the average over each cell of what is known at the points of a law."""
    found: Array = values.reshape(CELLS, POINTS).mean(axis=1)
    return found


def points(part: Part) -> tuple[Array, Array]:
    """Return the values of x and their probabilities: on the grid of g, then those of dropped units."""
    import numpy as np

    x, masses = values(part.phi, grid(part)), law_of(part).masses
    if not part.lost:
        return x, masses
    held = np.array([float(value) for _, value in part.lost])
    chances = np.array([float(chance) for chance, _ in part.lost])
    return np.concatenate([x, held]), np.concatenate([(1 - chances.sum()) * masses, chances])


def slope_at(phi: Expr, x: Array) -> Array:
    """Return φ'(x), at a jump the value from the left."""
    slope = moments_of(phi).derivative
    if slope.has(Heaviside):
        x = x - BELOW * (abs(x) + 1)
    return values(slope, x)
