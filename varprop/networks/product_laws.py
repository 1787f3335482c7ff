"""The law of a product of independent units, as behind a gate or a product of branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from varprop.networks.arithmetic import Value
from varprop.networks.densities import CELLS, POINTS, Density, standard_normal
from varprop.networks.signal import Part

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

SMALLEST = 1e-4
"""Finest cells near 0, in standard deviations: a product's density has its peak there."""

Atoms = tuple["Array", "Array"]


def atoms_of(parts: tuple[Part, ...]) -> Atoms:
    """Return the values of a unit of these parts and their probabilities, at the average position."""
    import numpy as np

    found = [
        (part.law or standard_normal()).atoms(part.phi, float(part.mean), _root(part.variance))
        for part in parts
    ]
    masses = [float(part.share) * m for part, (_, m) in zip(parts, found, strict=True)]
    return np.concatenate([x for x, _ in found]), np.concatenate(masses)


def _root(variance: Value) -> float:
    return float(max(variance, 0.0)) ** 0.5


def product_part(
    factors: list[Atoms], mean: Value, covariance: Value | None, between: Value | None
) -> Part:
    """Return a unit that is the product of independent ones."""
    import numpy as np

    values, masses = factors[0]
    for more, chances in factors[1:]:
        values = np.multiply.outer(values, more).ravel()
        masses = np.multiply.outer(masses, chances).ravel()
        values, masses = gathered(values, masses)
    middle = float(masses @ values)
    variance = float(masses @ (values - middle) ** 2)
    law = Density((values - middle) / variance**0.5, masses, product=True)
    return Part(1, variance, covariance, between, mean=mean, law=law)


def gathered(values: Array, masses: Array) -> Atoms:
    """Return the same law on a grid that is fine near 0: each cell's own mean, in order."""
    import numpy as np

    size = float(np.sqrt(masses @ values**2)) or 1.0
    fine = SMALLEST * size
    scaled = np.arcsinh(values / fine)
    lowest, highest = float(scaled.min()), float(scaled.max())
    count = CELLS * POINTS
    width = (highest - lowest) / count or 1.0
    at = np.minimum(((scaled - lowest) / width).astype(int), count - 1)
    held = np.bincount(at, masses, count)
    first = np.bincount(at, masses * values, count)
    middle = fine * np.sinh(lowest + width * (np.arange(count) + 0.5))
    return np.where(held > 0, first / np.where(held > 0, held, 1.0), middle), held / held.sum()


def given_product(given: Array, part: Part, own: Array, others: list[Atoms]) -> Array:
    """Return E[given(x)·y²]/E[y²] at each value of one factor, for y the product of the others.

    ``given`` is a function of x, the product of all, at the points of the part's law.
    """
    import numpy as np

    rest, masses = others[0]
    for more, chances in others[1:]:
        rest = np.multiply.outer(rest, more).ravel()
        masses = np.multiply.outer(masses, chances).ravel()
        rest, masses = gathered(rest, masses)
    weights = masses * rest**2
    held = weights > 0
    at = at_value(given, part, np.multiply.outer(own, rest[held]))
    return np.asarray(at @ weights[held] / weights.sum())


def given_halves(
    given: Array,
    part: Part,
    halves: tuple[Array, Array],
    slopes: tuple[Array, Array],
    masses: Array,
) -> float:
    """Return how much more gradient a gate's two halves get for one that depends on the product.

    ``halves`` are both factors and ``slopes`` their derivatives' squares at the same points.
    """
    import numpy as np

    a, b = halves
    at = at_value(given, part, np.multiply.outer(a, b))
    left, right = (slopes[0] * masses, b * b * masses), (a * a * masses, slopes[1] * masses)
    over = left[0] @ at @ left[1] + right[0] @ at @ right[1]
    return float(over / (left[0].sum() * left[1].sum() + right[0].sum() * right[1].sum()))


def at_value(given: Array, part: Part, values: Array) -> Array:
    """Return a function known at the points of the part's law at other values of x."""
    import numpy as np

    assert part.law is not None
    points = float(part.mean) + _root(part.variance) * part.law.points
    return np.asarray(np.interp(values, points, given))
