"""Gradients given the value of their unit: for slopes of one unit that meet more than once.

Behind relu(skip + branch) the gradient takes the skip path back to an earlier relu of the same unit.
Both masks are open together more often than independent ones would be, and so are those of two
activations in a row; units of several laws get gradients of several sizes. E[δ² | x] is therefore
followed on the grid of g's law, from one weight layer back to the one before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sympy import Expr

from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.chains import Chain
from varprop.networks.densities import CELLS, POINTS, normal_cdf, values
from varprop.networks.gradient_places import near_of, placed, thinned_near
from varprop.networks.signal import ByValue, Gradient, Part, Signal, times
from varprop.networks.unit_points import both_slopes, grid, law_of, points, slope_at
from varprop.networks.units import mixed, slopes
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


def followed(gradient: Gradient, parts: tuple[Part, ...]) -> ByValue | None:
    """Return how the gradient depends on these units, None where it was followed for others."""
    found = gradient.by
    if found is None or len(found.laws) != len(parts):
        return None
    for law, at, part in zip(found.laws, found.at, parts, strict=True):
        if law is not law_of(part) or len(at) != len(law.points) + len(part.lost):
            return None
    return found


def _is_plain(part: Part) -> bool:
    """Whether x is g, and Gaussian: where a chain of activations begins."""
    return bool(part.phi == h) and part.law is None and not part.lost


def by_values(
    parts: tuple[Part, ...], sizes: list[Any], usual: list[Value], cross: Value | None = None
) -> tuple[Value, ByValue | None]:
    """Return the average of E[δ² | x] and its dependence, None where nothing is left to tell.

    ``sizes`` holds E[δ² | x] at the points of each part, or their average for a Gaussian part.
    """
    total: Value = 0.0
    for part, size in zip(parts, sizes, strict=True):
        total += float(part.share) * float(points(part)[1] @ size)
    if not total or (len(parts) == 1 and _is_plain(parts[0])):
        return total, None
    at = tuple(size / total for size in sizes)
    return total, ByValue(tuple(map(law_of, parts)), at, tuple(u / total for u in usual), cross)


def through_activation(
    phi: Expr,
    parts: tuple[Part, ...],
    after: tuple[Part, ...],
    gradient: Gradient,
    chain: Chain,
    arithmetic: Arithmetic,
) -> Gradient:
    """Return the gradient before φ, which made ``after`` of ``parts``."""
    given = followed(gradient, parts)
    if given is None and len(parts) == 1 and _is_plain(parts[0]):
        return chain.back(replace(gradient, by=None))
    whole = gradient.cross if given is None else times(given.cross, gradient.second)
    below = chain.back(replace(gradient, by=None, cross=whole))
    sizes: list[Any] = []
    usual: list[Value] = []
    for place, (part, then) in enumerate(zip(parts, after, strict=True)):
        x, masses = points(part)
        size = slope_at(phi, x) ** 2 * (1.0 if given is None else given.at[place])
        inner, outer = (slopes(p, arithmetic)[0] for p in (part, then))
        factor = outer / inner if inner else 0.0
        usual.append(factor * (1.0 if given is None else given.usual[place]))
        mean = float(masses @ size)
        if _is_plain(part) and mean:
            size = size * (usual[-1] / mean)
        sizes.append(size)
    total, by = by_values(parts, sizes, usual)
    second = below.second * total / chain.second if chain.second else gradient.second * total
    if by is None:
        return replace(below, second=second)
    kept = None if below.cross is None or not second else below.cross / second
    shown = _alike(phi, parts, gradient, chain, given is None)
    return replace(below, second=second, cross=shown, by=replace(by, cross=kept))


def _alike(
    phi: Expr, parts: tuple[Part, ...], gradient: Gradient, chain: Chain, alone: bool
) -> Value | None:
    """Return E[δδ̃] before φ: exact where the arriving one doesn't depend on the unit."""
    if not alone:
        return times(gradient.cross, chain.cross)
    if gradient.cross is None:
        return None
    found = mixed([p.share for p in parts], [both_slopes(phi, p) for p in parts])
    return times(gradient.cross, found)


def before_dropout(
    gradient: Gradient, before: tuple[Part, ...] | None, after: tuple[Part, ...] | None, p: Value
) -> Gradient:
    """Return the gradient before units were dropped with probability p, kept ones divided by 1 − p."""
    keep = 1 / (1 - p)
    found = placed(gradient.scaled(keep, 1), thinned_near(near_of(gradient), p))
    given = None if before is None or after is None else followed(gradient, after)
    if given is None or before is None:
        return found
    sizes = [at[: len(points(part)[1])] * keep for at, part in zip(given.at, before, strict=True)]
    usual = [u * keep for u in given.usual]
    if len(before) == 1 and _is_plain(before[0]):
        return replace(
            found, second=gradient.second * usual[0], cross=times(given.cross, gradient.second)
        )
    total, by = by_values(before, sizes, usual)
    if by is None:
        return found
    return replace(
        found, second=gradient.second * total, by=replace(by, cross=times(given.cross, 1 / total))
    )


def pieces(
    gradient: Gradient, parts: tuple[Part, ...] | None, branches: list[tuple[Part, ...] | None]
) -> list[Gradient]:
    """Return the gradient of each branch whose units, side by side, have these laws."""
    given = None if parts is None else followed(gradient, parts)
    if given is None or parts is None:
        return [gradient] * len(branches)
    return [gradient if own is None else _piece(gradient, given, parts, own) for own in branches]


def _piece(
    gradient: Gradient, given: ByValue, parts: tuple[Part, ...], own: tuple[Part, ...]
) -> Gradient:
    """Return the gradient of those units that are one branch's own."""
    places = [
        next(k for k, p in enumerate(parts) if replace(p, share=part.share) == part) for part in own
    ]
    total, by = by_values(own, [given.at[k] for k in places], [given.usual[k] for k in places])
    return replace(
        gradient.times(total),
        by=None if by is None else replace(by, cross=given.cross),
    )


def _entered(parts: tuple[Part, ...], at: list[Any]) -> ByValue:
    """Return a dependence on units that stems from others: all of it counts for slopes before."""
    usual = []
    for part, size in zip(parts, at, strict=True):
        _, masses = points(part)
        square = slope_at(part.phi, grid(part)) ** 2 * masses[: len(law_of(part).points)]
        whole = float(square.sum())
        usual.append(float(square @ size[: len(square)]) / whole if whole else 1.0)
    return ByValue(tuple(map(law_of, parts)), tuple(at), tuple(usual))


def through_noise(gradient: Gradient, total: Signal, left: Signal, noise: Signal) -> Gradient:
    """Return the gradient of a sum as the left term's, given the left term's own value."""
    if total.parts is None or left.parts is None or noise.parts is None or left.is_gaussian:
        return replace(gradient, by=None)
    given = followed(gradient, total.parts)
    if given is None or any(part.lost for part in left.parts):
        return replace(gradient, by=None)
    found = []
    for i, part in enumerate(left.parts):
        mean: Any = 0.0
        for j, other in enumerate(noise.parts):
            place = i * len(noise.parts) + j
            share = float(other.share)
            mean = mean + share * _expected(part, other, total.parts[place], given.at[place])
        found.append(mean)
    by = _entered(left.parts, found)
    both = (
        None if gradient.cross is None or not gradient.second else gradient.cross / gradient.second
    )
    return replace(gradient, by=replace(by, cross=both))


def _expected(part: Part, noise: Part, total: Part, given: Array) -> Array:
    """Return E[given(a + n)] at each value a of the left term."""
    import numpy as np

    law = law_of(part)
    at = float(part.mean) + float(part.variance) ** 0.5 * law.points
    a = values(part.phi, at).reshape(CELLS, POINTS).mean(axis=1)
    s = float(total.mean) + float(total.variance) ** 0.5 * law_of(total).points.reshape(CELLS, -1)
    middle = s.mean(axis=1)
    edges = np.concatenate([[-np.inf], (middle[1:] + middle[:-1]) / 2, [np.inf]])
    width = max(float(noise.variance) ** 0.5, 1e-6 * float(np.ptp(middle)))
    chances = np.diff(normal_cdf((edges - a[:, None]) / width), axis=1)
    return np.repeat(chances @ given.reshape(CELLS, POINTS).mean(axis=1), POINTS)
