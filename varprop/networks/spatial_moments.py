"""Moments of units at every position, and of pairs of neighbouring positions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.signal import Part, Signal, times
from varprop.networks.spatial import Space, relative, space_of
from varprop.networks.spatial_kinds import each_kind, kinds_of, variances
from varprop.networks.units import (
    Found,
    cross_moment,
    mean_of,
    mixed,
    moments,
    second_moment,
)

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

NODES = 9
"""Variances at which a moment is computed to be interpolated over the positions' ones."""

RATIO_NODES = 3


def averaged(part: Part, arithmetic: Arithmetic) -> Found:
    """Return the moments averaged over positions."""
    return at_positions(part, arithmetic)[0]


def at_positions(part: Part, arithmetic: Arithmetic) -> tuple[Found, Value, Value | None]:
    """Return the moments averaged over positions; E[x²] and E[x x̃] at each where they differ."""
    found = moments(part, arithmetic)
    if part.space is None or not part.space.varies:
        return found, found.second, found.cross
    second, cross = seconds(part, arithmetic, found)
    mean = along(part, lambda p: mean_of(p, arithmetic))
    overall = Found(
        float(second.mean()),
        float(mean.mean()),
        None if cross is None else float(cross.mean()),
        found.between,
    )
    return overall, second, cross


def seconds(part: Part, arithmetic: Arithmetic, found: Found) -> tuple[Array, Array | None]:
    """Return E[x²] and E[x x̃] at every position."""
    second = along(part, lambda p: second_moment(p, arithmetic))
    if found.cross is None or not found.second:
        return second, None if found.cross is None else 0 * second
    over = 1 / found.second

    def share(one: Part) -> float:
        size = over if one.variance == part.variance else 1 / second_moment(one, arithmetic)
        return float(times(cross_moment(one, arithmetic), size) or 0.0)

    return second, second * over_correlations(part, share)


def along(part: Part, rule: Callable[[Part], Value]) -> Array:
    """Return a moment at every position; computed at nine variances and interpolated."""
    import numpy as np

    v = variances(part)
    lowest, highest = float(v.min()), float(v.max())
    alone = replace(part, covariance=None, between=None, space=None)

    def at(variance: float) -> float:
        root = (variance / part.variance) ** 0.5
        mean = part.mean * root if part.law is not None else part.mean
        return float(rule(replace(alone, variance=variance, mean=mean)))

    if lowest == highest:
        return np.full(v.shape, at(lowest))
    first, between, last = at(lowest), at((lowest + highest) / 2), at(highest)
    if abs(first + last - 2 * between) <= 1e-9 * (abs(first) + abs(last)):
        return np.asarray(first + (last - first) / (highest - lowest) * (v - lowest))
    kinds = kinds_of(part)
    if kinds is not None:
        return np.array([at(float(size)) for size in v.ravel()[kinds[0]]])[kinds[1]]
    return _interpolated(at, NODES, (lowest, highest), v)


def _interpolated(
    rule: Callable[[float], float], count: int, ends: tuple[float, float], places: Array
) -> Array:
    """Return a function at all places between two ends, from its values at Chebyshev's points."""
    from numpy.polynomial.chebyshev import chebval

    middle, half = (ends[1] + ends[0]) / 2, (ends[1] - ends[0]) / 2
    nodes, fit = _fitting(count)
    out: Array = chebval((places - middle) / half, fit @ [rule(middle + half * x) for x in nodes])
    return out


@cache
def _fitting(count: int) -> tuple[list[float], Array]:
    """Return Chebyshev's points, and the matrix from values there to coefficients."""
    import numpy as np
    from numpy.polynomial.chebyshev import chebvander

    nodes = np.cos(np.pi * (np.arange(count) + 0.5) / count)
    return nodes.tolist(), np.linalg.inv(chebvander(nodes, count - 1))


def over_correlations(part: Part, rule: Callable[[Part], float]) -> Array:
    """Return a ratio of moments at every position's correlation, at the average variance."""
    import numpy as np

    assert part.space is not None
    v = variances(part)
    rho = part.space.profile(0.0, part.covariance or 0.0) / np.where(v > 0, v, 1.0)
    lowest, highest = float(rho.min()), min(1.0, float(rho.max()))
    alone = replace(part, between=None, space=None)

    def at(correlation: float) -> float:
        return rule(replace(alone, covariance=correlation * part.variance))

    if part.law is not None or part.mean != 0:
        return np.full(v.shape, at(part.covariance / part.variance))
    kinds = kinds_of(part)
    if kinds is not None:
        return np.array([each_kind(part, place, rule, 1.0) for place in kinds[0]])[kinds[1]]
    if highest - lowest < 1e-9:
        return np.full(v.shape, at(part.covariance / part.variance))
    return _interpolated(at, RATIO_NODES, (lowest, highest), rho)


def profiles(signal: Signal, arithmetic: Arithmetic) -> tuple[Array, Array | None] | None:
    """Return E[x²] and E[x x̃] at every position, None where all are alike."""
    space = signal.space
    if space is not None and space.varies:
        if signal.cross is None:
            return space.profile(signal.second, 0.0), None
        own = signal.second - signal.cross
        return space.profile(own, signal.cross), space.profile(0.0, signal.cross)
    if not varying(signal.parts):
        return None
    found = [at_positions(part, arithmetic) for part in signal.parts or ()]
    return totals(signal.parts or (), found)


def means(signal: Signal, arithmetic: Arithmetic) -> Array | None:
    """Return E[x] at every position, None where positions are alike or x has no parts to tell."""
    if signal.parts is None or not varying(signal.parts):
        return None
    found: Array = sum(
        part.share * along(part, lambda p: mean_of(p, arithmetic))
        if part.space is not None and part.space.varies
        else part.share * mean_of(part, arithmetic)
        for part in signal.parts
    )
    return found


def varying(parts: tuple[Part, ...] | None) -> bool:
    """Whether any part differs between positions."""
    return any(part.space is not None and part.space.varies for part in parts or ())


def totals(
    parts: tuple[Part, ...], found: list[tuple[Found, Value, Value | None]]
) -> tuple[Any, Any]:
    """Return E[x²] and E[x x̃] at every position over all parts."""
    shares = [part.share for part in parts]
    return mixed(shares, [f[1] for f in found]), mixed(shares, [f[2] for f in found])


def profile_of(second: Array, cross: Array | None) -> Space | None:
    """Return the profiles of E[x²] − E[x x̃] and of E[x x̃]."""
    if cross is None:
        return space_of(relative(second))
    return space_of(relative(second - cross), relative(cross))
