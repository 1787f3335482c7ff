"""The largest of a window's Gaussians that differ in variance and covariance, as next to a border.

Clark's recursion takes one position after the other: the largest so far and the next are two
Gaussians, whose maximum has known moments and is then counted as Gaussian again. Its error cancels in
the ratio to the same recursion for equally correlated positions, whose law is known exactly.
Source: Clark 1961, The greatest of a finite set of random variables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from varprop.networks.densities import normal_cdf
from varprop.networks.spatial import Lag, Window

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

MOST = 100
"""Positions of a window up to which pairs are told apart."""


def covariances(
    window: Window, own: Array, shared: Array, excess: dict[Lag, float], out: tuple[int, ...]
) -> Array:
    """Return the covariance of every two positions of each window, axes (tap, tap, window).

    Near a border one position has fewer terms than the next: they share those of the poorer one.
    """
    import numpy as np

    alone, common = (window.seen(x, out).reshape(-1, _count(out)) for x in (own, shared))
    taps = list(np.ndindex(*window.kernel))
    near = np.array([[_lagged(a, b, excess) for b in taps] for a in taps])[:, :, None]
    found: Array = np.minimum(common[:, None], common) + near * np.minimum(alone[:, None], alone)
    return found


def _count(out: tuple[int, ...]) -> int:
    from math import prod

    return prod(out)


def _lagged(a: Lag, b: Lag, excess: dict[Lag, float]) -> float:
    return 1.0 if a == b else float(excess.get(tuple(y - x for x, y in zip(a, b, strict=True)), 0))


def second_moment(pairs: Array, held: Array) -> tuple[Array, Array]:
    """Return E[M²] of the largest in each window, and the chance of every position to be it.

    ``held`` says which positions are there (tap, window); the others are padding.
    """
    import numpy as np

    mean = np.where(held[0], 0.0, -np.inf)
    variance, covariance = pairs[0, 0].copy(), pairs[0].copy()
    chances = [held[0].astype(float)]
    for tap in range(1, len(pairs)):
        with np.errstate(invalid="ignore", divide="ignore"):
            gap = np.sqrt(np.maximum(variance + pairs[tap, tap] - 2 * covariance[tap], 0.0))
            at = np.where(np.isfinite(mean), mean / np.where(gap > 0, gap, 1e-300), -np.inf)
        at = np.where(held[tap], at, np.inf)
        below, height = normal_cdf(at), np.exp(-np.minimum(at * at, 1400.0) / 2) / np.sqrt(2 * np.pi)
        first = np.where(below > 0, np.where(np.isfinite(mean), mean, 0.0), 0.0)
        top = first * below + gap * height
        second = (first**2 + variance) * below + pairs[tap, tap] * (1 - below) + first * gap * height
        mean = np.where(held[tap] | np.isfinite(mean), top, mean)
        variance = np.maximum(second - top * top, 0.0)
        covariance = covariance * below + pairs[tap] * (1 - below)
        chances = [c * below for c in chances] + [1 - below]
    return variance + np.where(np.isfinite(mean), mean, 0.0) ** 2, np.array(chances)


def over_equal(pairs: Array, held: Array) -> tuple[Array, Array]:
    """Return (E[M²] − c) over that of positions with the same covariance c each, and the chances.

    The variances of those are the window's mean one.
    """
    import numpy as np

    count = held.sum(axis=0)
    inside = held[:, None] & held
    diagonal = np.eye(len(pairs), dtype=bool)[:, :, None]
    own = (pairs * (diagonal & inside)).sum(axis=(0, 1)) / count
    rest = (pairs * (inside & ~diagonal)).sum(axis=(0, 1)) / np.maximum(count * (count - 1), 1)
    equal = np.where(diagonal, own, rest)
    found, chances = second_moment(pairs, held)
    flat, _ = second_moment(equal, held)
    free = flat - rest
    ratio = np.where(free > 1e-12 * own, (found - rest) / np.where(free > 0, free, 1.0), 1.0)
    return ratio, chances
