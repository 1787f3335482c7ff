"""The largest of a window's Gaussians that differ in variance and covariance, as next to a border.

Clark's recursion takes one position after the other: the largest so far and the next are two
Gaussians, whose maximum has known moments and is then counted as Gaussian again. Its error cancels in
the ratio to the same recursion for equally correlated positions, whose law is known exactly.
Source: Clark 1961, The greatest of a finite set of random variables.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from varprop.networks.arithmetic import Value
from varprop.networks.densities import normal_cdf
from varprop.networks.lags import Lag, Lags
from varprop.networks.largest_laws import largest
from varprop.networks.phases import Phases, pairs_in_phase
from varprop.networks.shape import Shape
from varprop.networks.signal import Part, Signal
from varprop.networks.spatial import Space, Window, relative, space_of
from varprop.networks.spatial_sums import everywhere

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

MOST = 100
"""Positions of a window up to which pairs are told apart."""


def in_common(window: Window, shared: Array, out: tuple[int, ...], apart: Phases | None) -> Array:
    """Return what every two positions of each window share with another input's (tap, tap, window).

    Near a border one position has fewer terms than the next: they share those of the poorer one.
    """
    import numpy as np

    common = window.seen(shared, out).reshape(-1, prod(out))
    found: Array = np.minimum(common[:, None], common)
    if apart is None:
        return found
    taps = list(np.ndindex(*window.kernel))
    share = [[float(apart.at(tuple(np.subtract(b, a)))) for b in taps] for a in taps]
    return found * np.array(share)[:, :, None]


def near(window: Window, own: Array, excess: Lags, out: tuple[int, ...]) -> Array:
    """Return what every two positions of each window share beyond that, a position with itself all."""
    import numpy as np

    alone = window.seen(own, out).reshape(-1, prod(out))
    taps = list(np.ndindex(*window.kernel))
    alike = np.array([[_lagged(a, b, excess) for b in taps] for a in taps])[:, :, None]
    found: Array = alike * np.minimum(alone[:, None], alone)
    return found


def spread_by(window: Window, chances: Array, delta: Array, into: tuple[int, ...]) -> Array:
    """Return, at each position, the sum of δ over its windows times its chance to be their largest."""
    import numpy as np

    out = delta.shape
    total = np.zeros([n + 2 * p for n, p in zip(into, window.padding, strict=True)])
    for chance, cut in zip(chances, window.cuts(out), strict=True):
        total[cut] += chance.reshape(out) * delta
    return window.cropped(total, into)


def _lagged(a: Lag, b: Lag, excess: Lags) -> float:
    return 1.0 if a == b else float(excess.at(tuple(y - x for x, y in zip(a, b, strict=True))))


def clark(pairs: Array, held: Array) -> tuple[Array, Array, Array]:
    """Return E[M], E[M²] of the largest in each window, and the chance of every position to be it.

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
        below, height = (
            normal_cdf(at),
            np.exp(-np.minimum(at * at, 1400.0) / 2) / np.sqrt(2 * np.pi),
        )
        first = np.where(below > 0, np.where(np.isfinite(mean), mean, 0.0), 0.0)
        top = first * below + gap * height
        second = (
            (first**2 + variance) * below + pairs[tap, tap] * (1 - below) + first * gap * height
        )
        mean = np.where(held[tap] | np.isfinite(mean), top, mean)
        variance = np.maximum(second - top * top, 0.0)
        covariance = covariance * below + pairs[tap] * (1 - below)
        chances = [c * below for c in chances] + [1 - below]
    mean = np.where(np.isfinite(mean), mean, 0.0)
    return mean, variance + mean**2, np.array(chances)


def over_equal(pairs: Array, held: Array) -> tuple[Array, Array, Array]:
    """Return E[M]² and E[M²] − c over those of equally correlated positions, and the chances.

    Those have the window's mean variance, and its mean covariance c.
    """
    import numpy as np

    count = held.sum(axis=0)
    inside = held[:, None] & held
    diagonal = np.eye(len(pairs), dtype=bool)[:, :, None]
    own = (pairs * (diagonal & inside)).sum(axis=(0, 1)) / count
    rest = (pairs * (inside & ~diagonal)).sum(axis=(0, 1)) / np.maximum(count * (count - 1), 1)
    mean, second, chances = clark(pairs, held)
    flat_mean, flat_second, _ = clark(np.where(diagonal, own, rest), held)
    free = own - rest > 1e-12 * own
    first = _over(mean**2, flat_mean**2, free)
    return first, _over(second - rest, flat_second - rest, free), chances


def _over(one: Array, other: Array, free: Array) -> Array:
    import numpy as np

    usable = free & (other > 0)
    return np.where(usable, one / np.where(usable, other, 1.0), 1.0)


def at_windows(
    part: Part, window: Window, count: int, shape: Shape, signal: Signal
) -> tuple[Part, Array | None]:
    """Return the part at each window, of equally correlated positions with the same E[M²].

    The second is the chance of each position to be its window's largest, None where they are alike.
    """
    import numpy as np

    space = part.space or Space()
    out, ones = window.places(shape.space), everywhere(signal.shape)
    held = window.gather(ones, out)
    common = 0.0 if part.covariance is None else float(part.covariance)
    own = np.maximum(space.profile(float(part.variance) - common, 0.0), 0.0) * ones
    shared = np.maximum(space.profile(0.0, common), 0.0) * ones
    apart = space.phases
    met = window.pairs(shared, out) if apart is None else pairs_in_phase(window, shared, out, apart)
    both = met / np.maximum(held * (held - 1), 1) if count > 1 else shared
    alone = (window.gather(own + shared, out) / held - both) * reached(held, count)
    chances = None
    if 1 < count <= MOST and space.varies:
        inside = window.seen(ones, out).reshape(count, -1) > 0
        pairs = in_common(window, shared, out, apart) + near(window, own, space.excess, out)
        first, second, chances = over_equal(pairs, inside)
        alike = float(alike_within(window, space.excess, count))
        full = alike + (1 - alike) * square(count)
        both = np.maximum(both + full * alone * (second - first).reshape(out), 0.0)
        alone = alone * first.reshape(out)
    alone = np.maximum(alone, 0.0)
    size = float(both.mean())
    variance = float(alone.mean()) + size
    across = space_of(relative(alone), relative(both), space.excess)
    if apart is None:
        kept = None if part.covariance is None else size
        return replace(part, variance=variance, covariance=kept, space=across), chances
    return replace(part, variance=variance, covariance=size, between=common, space=across), chances


def reached(held: Array, count: int) -> Array:
    """Return E[M²] of each window's positions that aren't padding over that of a full window."""
    import numpy as np

    fewer = {n: square(n) / square(count) for n in {round(float(x)) for x in held.flat}}
    return np.vectorize(lambda n: fewer[round(float(n))])(held)


def square(count: int) -> float:
    """Return E[M²] of the largest of ``count`` independent N(0, 1)."""
    mean, variance, _ = largest(count)
    return mean * mean + variance


def alike_within(window: Window | None, pairs: Lags, count: int) -> Value:
    """Return the average excess over the pairs of a window."""
    if window is None or count == 1:
        return 0
    return pairs.within(window) / (count - 1)
