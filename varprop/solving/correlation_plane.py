"""Expectations of two functions of a Gaussian pair as numbers, right for any correlation and scale.

Gauss-Legendre panels in both variables, cut at the kinks of φ, graded towards its own lengths, and
near the kinks where the conditional law of the inner variable is narrow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

from sympy import Expr, Symbol

from varprop.errors import Undecided
from varprop.moments.numbers.prepared import Prepared, prepared

if TYPE_CHECKING:
    import numpy as np

EDGES = (-13.0, -9.0, -6.5, -4.5, -3.0, -1.5, 0.0, 1.5, 3.0, 4.5, 6.5, 9.0, 13.0)
"""Ends of panels in standard deviations; beyond 13 lies 1e-38 of the mass."""

HALF = tuple(edge for edge in EDGES if edge >= 0)
NARROWEST = 1e-18
"""Half of the width of a panel too narrow to matter."""

NARROW = (-9.0, -5.0, -2.5, -1.0, 0.0, 1.0, 2.5, 5.0, 9.0)
ORDER = 16
GRADES = tuple(2.0**k for k in range(-2, 12))
RELEVANT = 3.0
SIDES = (-1.0, 1.0)
NOTHING = 1e-30
"""What two opposite inputs may still have in common: a spread that can be divided by."""

SMALLEST = 1e-300


def squared_difference(phi: Expr, h: Symbol, q_mean: float, q_apart: float) -> float:
    """Return E[(φ(s+d) − φ(s−d))²] for independent s ~ N(0, q_mean), d ~ N(0, q_apart).

    Infinite where it leaves double range; raises Undecided for variances that are not finite.
    """
    return squared_differences(phi, h, q_mean, q_apart)[0]


def squared_differences(
    phi: Expr, h: Symbol, q_mean: float, q_apart: float, *, slope: bool = False
) -> tuple[float, float]:
    """Return E[(φ(s+d) − φ(s−d))²], and that of φ' (for ``slope``, else 0), as above."""
    import numpy as np

    _check_finite(q_mean, q_apart)
    if q_apart == 0.0:
        return 0.0, 0.0
    q_mean = max(q_mean, NOTHING * q_apart, SMALLEST)
    at, cuts = _both(phi, h, slope)
    sigma, tau = math.sqrt(q_mean), math.sqrt(q_apart)
    near = [c + tau * k for c, length in cuts if length < tau for k in NARROW]
    turns = np.array([*places(cuts, sigma), *near, *_halfway(cuts)]) / sigma
    _, s, outer = _panels(np.unique(np.clip(turns, -EDGES[-1], EDGES[-1]))[None, :], EDGES)
    s = sigma * s
    inner = np.abs(np.array(places(cuts, tau))[None, :] - s[:, None]) / tau
    row, d, weight = _panels(np.minimum(inner, EDGES[-1]), HALF)
    weight = 2 * weight * outer[row]
    s, d = s[row], tau * d
    apart = [a - b for a, b in zip(at(s + d), at(s - d), strict=True)]
    return _mean_square(weight, apart[0]), _mean_square(weight, apart[-1]) if slope else 0.0


def _mean_square(weight: np.ndarray, values: np.ndarray) -> float:
    import numpy as np

    unit = float(np.max(np.abs(values))) or 1.0
    return unit * unit * float(np.sum(weight * (values / unit) ** 2))


def _panels(cuts: np.ndarray, ends: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row, nodes and weights of a standard normal between the ends, cut row by row."""
    import numpy as np

    nodes, weights = _legendre()
    base = np.broadcast_to(np.array(ends), (cuts.shape[0], len(ends)))
    edges = np.sort(np.concatenate([base, cuts], axis=1), axis=1)
    half = np.diff(edges) / 2
    row, place = np.nonzero(half > NARROWEST)
    width = half[row, place][:, None]
    x = (edges[row, place][:, None] + width) + width * nodes
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return np.repeat(row, ORDER), x.ravel(), (width * weights * density).ravel()


def product(phi: Expr, h: Symbol, q: float, c: float, *, slope: bool = False) -> float:
    """Return E[φ(u)φ(v)] or, for ``slope``, E[φ'(u)φ'(v)] at variance q and correlation c.

    Below 1e-300 q counts as 1e-300. Raises Undecided for a q that is not finite.
    """
    import numpy as np

    _check_finite(q)
    q = max(q, SMALLEST)
    at, cuts = reading(phi, h, slope)
    sigma, tau = math.sqrt(q), math.sqrt(q * (1 - c * c))
    if tau == 0.0:
        tau = 1e-9 * sigma
    near = [(x + tau * k) / c for x, _ in cuts for k in NARROW] if abs(c) > 0.5 else []
    u, weight = gaussian_panels(np.array([[*places(cuts, sigma), *near]]) / sigma)
    u = sigma * u[0]
    inner = np.array(places(cuts, tau))[None, :] - c * u[:, None]
    w, inner_weight = gaussian_panels(inner / tau)
    v = c * u[:, None] + tau * w
    return float(np.sum(weight[0] * at(u) * np.sum(inner_weight * at(v), axis=1)))


def _check_finite(*variances: float) -> None:
    if not all(map(math.isfinite, variances)):
        raise Undecided("a variance beyond double range has no correlation to speak of.")


def reading(
    phi: Expr, h: Symbol, slope: bool
) -> tuple[Callable[[np.ndarray], np.ndarray], tuple[tuple[float, float], ...]]:
    """Return φ or φ' on arrays, and its (place, length) pairs; a kink has length 0."""
    import numpy as np

    read = prepared(phi, h, slope=slope)
    column = 2 if slope else 0

    def at(points: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            values = np.asarray(read.vector(points)[column], dtype=float)
        return np.broadcast_to(values, points.shape)

    return at, _cuts(read)


def _both(
    phi: Expr, h: Symbol, slope: bool
) -> tuple[Callable[[np.ndarray], tuple[np.ndarray, ...]], tuple[tuple[float, float], ...]]:
    """Return φ and for ``slope`` φ' on arrays, and the places and lengths of both."""
    import numpy as np

    read = prepared(phi, h, slope=slope)

    def at(points: np.ndarray) -> tuple[np.ndarray, ...]:
        with np.errstate(all="ignore"):
            values = read.vector(points)[::2]
        return tuple(np.broadcast_to(np.asarray(v, dtype=float), points.shape) for v in values)

    return at, _cuts(read)


def _cuts(read: Prepared) -> tuple[tuple[float, float], ...]:
    kinks = tuple((kink.value, 0.0) for kink in read.shape.kinks)
    return (*kinks, *read.shape.lengths)


def places(cuts: tuple[tuple[float, float], ...], spread: float) -> list[float]:
    """Return the kinks, and points graded around each length that is short beside the spread."""
    found = {place for place, _ in cuts}
    for place, length in cuts:
        for grade in GRADES:
            if 0.0 < length * grade < RELEVANT * spread and length < spread:
                found |= {place + side * length * grade for side in SIDES}
    return sorted(found)


def _halfway(cuts: tuple[tuple[float, float], ...]) -> list[float]:
    """Return the s midway between kinks a < b: s + d and s − d reach them at the same d.

    There φ(s+d)φ(s−d) changes which kink ends it, so that the integral over d is not smooth in s.
    """
    kinks = [place for place, length in cuts if length == 0.0]
    return [(a + b) / 2 for a, b in combinations(kinks, 2)]


def gaussian_panels(cuts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights of the standard Gaussian, one row per row of cuts."""
    import numpy as np

    nodes, weights = _legendre()
    base = np.broadcast_to(np.array(EDGES), (cuts.shape[0], len(EDGES)))
    edges = np.sort(np.concatenate([base, np.clip(cuts, EDGES[0], EDGES[-1])], axis=1), axis=1)
    half = np.diff(edges)[:, :, None] / 2
    x = (edges[:, :-1, None] + half) + half * nodes
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    shape = (cuts.shape[0], -1)
    return x.reshape(shape), (half * weights * density).reshape(shape)


@lru_cache(maxsize=1)
def _legendre() -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    return nodes, weights
