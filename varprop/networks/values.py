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

from varprop.networks.alike import Alike, constant
from varprop.networks.alike_values import met, own_of
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.chains import Chain
from varprop.networks.gradient_places import near_of, near_of_two, placed, thinned_near
from varprop.networks.signal import ByValue, Gradient, Part, times
from varprop.networks.unit_points import grid, law_of, points, slope_at
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


Pairs = list[Alike] | None
"""E[δδ̃] of each part, over the average of E[δ²]."""


def pairs_of(gradient: Gradient, given: ByValue | None, parts: tuple[Part, ...]) -> Pairs:
    """Return E[δδ̃] of each part, over the average of E[δ²]."""
    if given is not None:
        return None if given.pairs is None else list(given.pairs)
    if gradient.cross is None or not gradient.second:
        return None
    return [constant(gradient.cross / gradient.second)] * len(parts)


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
        cross = None if pairs is None else cross + part.share * pairs[place].own
    found = replace(
        gradient, second=gradient.second * total, cross=times(cross, gradient.second), by=None
    )
    if not total or (len(parts) == 1 and is_plain(parts[0])):
        return found
    by = ByValue(
        tuple(map(law_of, parts)),
        tuple(size / total for size in sizes),
        tuple(u / total for u in usual),
        None if pairs is None else tuple(pair.times(1 / total) for pair in pairs),
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
        pairs = _known([_pair(phi, *one, arithmetic) for one in each])
    found = by_values(gradient, parts, sizes, usual, pairs)
    below = chain.back(replace(gradient, by=None))
    # what a border does to the average, beyond the factor of a flat signal
    border = below.second / (gradient.second * chain.second) if chain.second else 1.0
    if not gradient.second:
        return below
    return replace(below, second=found.second * border, cross=found.cross, by=found.by)


def _known(pairs: list[Alike | None]) -> Pairs:
    """Return what two inputs have in common, None where some of it isn't followed."""
    found = [pair for pair in pairs if pair is not None]
    return found if len(found) == len(pairs) else None


def _pair(phi: Expr, pair: Alike, part: Part, then: Part, arithmetic: Arithmetic) -> Alike | None:
    """Return a part's entry of ``pairs`` before φ."""
    outer, inner = slopes(then, arithmetic)[1], slopes(part, arithmetic)[1]
    if outer is None or inner is None:
        return None
    ratio = _over(outer, inner)
    usual = pair.usual * ratio
    found = pair.along(slope_at(phi, points(part)[0]))
    if is_plain(part):
        return replace(found, usual=usual, own=usual)
    own = own_of(found, part)
    return replace(found, usual=usual, own=pair.own * ratio if own is None else own)


def _over(outer: Value, inner: Value) -> Value:
    return outer / inner if inner else 0.0


def before_dropout(
    gradient: Gradient, before: tuple[Part, ...] | None, after: tuple[Part, ...] | None, p: Value
) -> Gradient:
    """Return the gradient before units were dropped with probability p, kept ones divided by 1 − p."""
    keep = 1 / (1 - p)
    near = thinned_near(near_of(gradient), p)
    found = placed(gradient.scaled(keep, 1), near, two=near_of_two(gradient))
    given = None if before is None or after is None else followed(gradient, after)
    if given is None or before is None:
        return found
    sizes = [at[: len(points(part)[1])] * keep for at, part in zip(given.at, before, strict=True)]
    usual = [u * keep for u in given.usual]
    if len(before) == 1 and is_plain(before[0]):
        sizes[0] = sizes[0] * (usual[0] / float(points(before[0])[1] @ sizes[0]))
    pairs = pairs_of(gradient, given, before)
    if pairs is not None:
        pairs = [_kept(pair, part) for pair, part in zip(pairs, before, strict=True)]
    below = by_values(gradient, before, sizes, usual, pairs)
    return replace(found, second=below.second, cross=below.cross, by=below.by)


def _kept(pair: Alike, before: Part) -> Alike:
    """Return a part's entry of ``pairs`` before a dropout: of units that both inputs keep."""
    at = None if pair.at is None else pair.at[:, : len(points(before)[1])]
    found = replace(pair, at=at)
    own = pair.usual if is_plain(before) else own_of(found, before)
    return found if own is None else replace(found, own=own)


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


def entered(
    gradient: Gradient, parts: tuple[Part, ...], at: list[Any], pairs: Pairs = None
) -> Gradient:
    """Return the gradient with a dependence that stems from other units: all of it counts for slopes
    before. Of ``pairs`` the rest follows from their ``at``.
    """
    usual, known = [], []
    plain = pairs_of(gradient, None, parts)
    for place, (part, size) in enumerate(zip(parts, at, strict=True)):
        _, masses = points(part)
        slope = slope_at(part.phi, grid(part))
        square = slope**2 * masses[: len(slope)]
        whole = float(square.sum())
        usual.append(float(square @ size[: len(square)]) / whole if whole else 1.0)
        if plain is not None:
            found = None if pairs is None else _entered(pairs[place], part, slope)
            known.append(replace(plain[place], at=None) if found is None else found)
    both = None if plain is None else tuple(known)
    return replace(gradient, by=ByValue(tuple(map(law_of, parts)), tuple(at), tuple(usual), both))


def _entered(pair: Alike, part: Part, slope: Array) -> Alike | None:
    own = own_of(pair, part)
    through, alone = own_of(pair.along(slope), part), met(part, slope[None, :])
    if own is None or through is None:
        return None
    return replace(pair, own=own, usual=through / alone if alone else 0.0)
