"""Laws of the largest of several Gaussian values, and how alike two such maxima are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from varprop.networks.densities import (
    CELLS,
    TAIL,
    Density,
    normal_cdf,
    on_grid,
    smoothed,
    standard_normal,
)
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


@cache
def largest(count: int) -> tuple[float, float, Density]:
    """Return mean, variance and law of the largest of ``count`` independent N(0, 1)."""
    import numpy as np

    def cdf(edges: Array) -> Array:
        return np.asarray(normal_cdf(edges) ** count)

    law = on_grid(-TAIL, TAIL, cdf)
    edges = np.linspace(-TAIL, TAIL, 40 * CELLS + 1)
    masses = np.diff(cdf(edges))
    middle = (edges[1:] + edges[:-1]) / 2
    mean = float(masses @ middle)
    return mean, float(masses @ (middle - mean) ** 2), law


def overlap(count: int, common: int) -> float:
    """Return the correlation of the maxima of two windows of ``count`` that share ``common`` values.

    E[M M̃] = E[f(S)²] with S the largest of those shared and f(s) = E[max(s, largest of the rest)].
    """
    import numpy as np

    if common == 0:
        return 0.0
    mean, variance, _ = largest(count)
    edges = np.linspace(-TAIL, TAIL, 20 * CELLS + 1)
    step = edges[1] - edges[0]
    below = normal_cdf(edges) ** (count - common)
    # f(s) = top − ∫_s^top F(t) dt, by parts
    tail = np.concatenate([np.cumsum(((below[1:] + below[:-1]) / 2)[::-1])[::-1], [0.0]]) * step
    f = TAIL - tail
    masses = np.diff(normal_cdf(edges) ** common)
    second = float(masses @ ((f[1:] + f[:-1]) / 2) ** 2)
    return (second - mean * mean) / variance


def largest_of(count: int, own: float, shared: float) -> tuple[float, float, Density]:
    """Return mean, variance and law of the largest of √shared·u + √own·n_i, i = 1 … count."""
    mean, variance, law = largest(count)
    if own <= 0.0:
        return 0.0, shared, standard_normal()
    if shared <= 0.0:
        return mean * own**0.5, variance * own, law
    atoms, masses = law.atoms(h, mean * own**0.5, (variance * own) ** 0.5)
    _, _, smooth = smoothed(atoms, masses, shared)
    return mean * own**0.5, variance * own + shared, smooth
