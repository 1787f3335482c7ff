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
from varprop.networks.densities import CELLS, POINTS, normal_cdf, runs, values
from varprop.networks.gradient_places import near_of, placed, thinned_near
from varprop.networks.signal import ByValue, Gradient, Part, Signal, times
from varprop.networks.unit_points import both_slopes, grid, law_of, points, slope_at
from varprop.networks.units import slopes
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


def is_plain(part: Part) -> bool:
    """Whether x is g, and Gaussian: where a chain of activations begins."""
    return bool(part.phi == h) and part.law is None and not part.lost


Pairs = list[tuple[Value, Value]] | None
"""For each part, E[δδ̃] as ``usual`` is of E[δ²], and its own."""


def pairs_of(gradient: Gradient, given: ByValue | None, parts: tuple[Part, ...]) -> Pairs:
    """Return E[δδ̃] of each part, over the average of E[δ²]."""
    if given is not None:
        return None if given.pairs is None else list(given.pairs)
    if gradient.cross is None or not gradient.second:
        return None
    return [(gradient.cross / gradient.second,) * 2] * len(parts)


def by_values(
    gradient: Gradient,
    parts: tuple[Part, ...],
    sizes: list[Any],
    usual: list[Value],
    pairs: Pairs,
) -> Gradient:
    """Return the gradient times E[δ² | x], given at the points of each part, and its dependence.

    A Gaussian unit alone begins a chain of activations: nothing further is told of it.
    """
    total: Value = 0.0
    cross: Value | None = None if pairs is None else 0.0
    for place, (part, size) in enumerate(zip(parts, sizes, strict=True)):
        total += float(part.share) * float(points(part)[1] @ size)
        cross = None if pairs is None else cross + part.share * pairs[place][1]
    found = replace(
        gradient, second=gradient.second * total, cross=times(cross, gradient.second), by=None
    )
    if not total or (len(parts) == 1 and is_plain(parts[0])):
        return found
    by = ByValue(
        tuple(map(law_of, parts)),
        tuple(size / total for size in sizes),
        tuple(u / total for u in usual),
        None if pairs is None else tuple((c / total, d / total) for c, d in pairs),
    )
    return replace(found, by=by)


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
    if given is None and len(parts) == 1 and is_plain(parts[0]):
        return chain.back(replace(gradient, by=None))
    sizes: list[Any] = []
    usual: list[Value] = []
    for place, (part, then) in enumerate(zip(parts, after, strict=True)):
        x, masses = points(part)
        size = slope_at(phi, x) ** 2 * (1.0 if given is None else given.at[place])
        inner, outer = (slopes(p, arithmetic)[0] for p in (part, then))
        usual.append(_over(outer, inner) * (1.0 if given is None else given.usual[place]))
        mean = float(masses @ size)
        if is_plain(part) and mean:
            size = size * (usual[-1] / mean)
        sizes.append(size)
    pairs = pairs_of(gradient, given, parts)
    if pairs is not None:
        each = zip(pairs, parts, after, strict=True)
        pairs = _known([_pair(phi, *one, given is None, arithmetic) for one in each])
    found = by_values(gradient, parts, sizes, usual, pairs)
    below = chain.back(replace(gradient, by=None))
    # what a border does to the average, beyond the factor of a flat signal
    border = below.second / (gradient.second * chain.second) if chain.second else 1.0
    if not gradient.second:
        return below
    return replace(below, second=found.second * border, cross=found.cross, by=found.by)


def _known(pairs: list[tuple[Value, Value] | None]) -> Pairs:
    """Return what two inputs have in common, None where some of it isn't followed."""
    found = [pair for pair in pairs if pair is not None]
    return found if len(found) == len(pairs) else None


def _pair(
    phi: Expr,
    pair: tuple[Value, Value],
    part: Part,
    then: Part,
    alone: bool,
    arithmetic: Arithmetic,
) -> tuple[Value, Value] | None:
    """Return a part's entry of ``pairs`` before φ; its own E[δδ̃] is exact for gradients that arrive
    ``alone``, independent of the unit, and where the chain begins.
    """
    outer, inner = slopes(then, arithmetic)[1], slopes(part, arithmetic)[1]
    if outer is None or inner is None:
        return None
    usual, own = pair
    ratio = _over(outer, inner)
    if is_plain(part):
        return usual * ratio, usual * ratio
    shown = both_slopes(phi, part) if alone else ratio
    return usual * ratio, own * (ratio if shown is None else shown)


def _over(outer: Value, inner: Value) -> Value:
    return outer / inner if inner else 0.0


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
    if len(before) == 1 and is_plain(before[0]):
        sizes[0] = sizes[0] * (usual[0] / float(points(before[0])[1] @ sizes[0]))
    pairs = pairs_of(gradient, given, before)
    if pairs is not None:
        pairs = [(c, c if is_plain(b) else d) for (c, d), b in zip(pairs, before, strict=True)]
    below = by_values(gradient, before, sizes, usual, pairs)
    return replace(found, second=below.second, cross=below.cross, by=below.by)


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
    pairs = None if given.pairs is None else [given.pairs[k] for k in places]
    return by_values(
        gradient, own, [given.at[k] for k in places], [given.usual[k] for k in places], pairs
    )


def entered(gradient: Gradient, parts: tuple[Part, ...], at: list[Any]) -> Gradient:
    """Return the gradient with a dependence that stems from other units: all of it counts for slopes
    before.
    """
    usual = []
    for part, size in zip(parts, at, strict=True):
        _, masses = points(part)
        square = slope_at(part.phi, grid(part)) ** 2 * masses[: len(law_of(part).points)]
        whole = float(square.sum())
        usual.append(float(square @ size[: len(square)]) / whole if whole else 1.0)
    pairs = pairs_of(gradient, None, parts)
    both = None if pairs is None else tuple(pairs)
    return replace(gradient, by=ByValue(tuple(map(law_of, parts)), tuple(at), tuple(usual), both))


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
    return entered(gradient, left.parts, found)


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
    first = runs(a)
    chances = np.diff(normal_cdf((edges - a[first, None]) / width), axis=1)
    found = chances @ given.reshape(CELLS, POINTS).mean(axis=1)
    return np.repeat(found, np.diff([*first, CELLS]) * POINTS)
