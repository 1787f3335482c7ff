"""Gradients before a maximum: they arrive where a unit is its window's largest, so at large values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.densities import CELLS, POINTS
from varprop.networks.signal import Gradient, Part
from varprop.networks.unit_points import grid, law_of
from varprop.networks.units import slopes
from varprop.networks.values import by_values, followed

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


def before_largest(
    arriving: Gradient,
    spread: Gradient,
    before: tuple[Part, ...],
    after: tuple[Part, ...],
    arithmetic: Arithmetic,
) -> Gradient:
    """Return the gradient that was spread over the windows, with its dependence on g.

    The activation before the pool will multiply by its own E[φ'²]; at the largest g it is another.
    """
    given = followed(arriving, after)
    sizes: list[Any] = []
    usual: list[Value] = []
    for place, (part, top) in enumerate(zip(before, after, strict=True)):
        inner, outer = (slopes(p, arithmetic)[0] for p in (part, top))
        factor = outer / inner if inner else 0.0
        usual.append(factor * (1.0 if given is None else given.usual[place]))
        sizes.append(_at_largest(part, top, 1.0 if given is None else given.at[place]))
    total, by = by_values(before, sizes, usual)
    if by is None:
        total = usual[0]
    return replace(spread, second=spread.second * total, cross=None, by=by)


def _at_largest(part: Part, top: Part, given: Array | float) -> Array:
    """Return E[δ² | g] of one position over what it gets on average."""
    import numpy as np

    masses = law_of(top).masses
    held = masses * (given if isinstance(given, float) else given[: len(masses)])
    g, own = grid(part), law_of(part).masses.reshape(CELLS, POINTS).sum(axis=1)
    edges = (g[POINTS - 1 : -1 : POINTS] + g[POINTS::POINTS]) / 2
    below = np.interp(edges, grid(top), np.cumsum(held), left=0.0)
    caught = np.diff(below, prepend=0.0, append=held.sum())
    ratio = np.where(own > 1e-13, caught / np.where(own > 1e-13, own, 1.0), 0.0)
    found = np.repeat(ratio, POINTS)
    mean = float(law_of(part).masses @ found)
    return np.asarray(found * (held.sum() / mean)) if mean else found
