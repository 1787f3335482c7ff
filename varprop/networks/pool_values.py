"""Gradients before a maximum: they arrive where a unit is its window's largest, so at large values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.densities import CELLS, POINTS
from varprop.networks.signal import Gradient, Part
from varprop.networks.unit_points import grid, law_of
from varprop.networks.units import slopes
from varprop.networks.values import by_values, followed, is_plain

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
        if len(before) == 1 and is_plain(part):
            sizes[-1] = sizes[-1] * usual[-1]
    return by_values(spread, before, sizes, usual, None)


def _at_largest(part: Part, top: Part, given: Array | float) -> Array:
    """Return E[δ² | g] of one position over what it gets on average."""
    import numpy as np

    masses = (1 - float(top.dropped)) * law_of(top).masses
    held = masses * (given if isinstance(given, float) else given[: len(masses)])
    kept = (1 - float(part.dropped)) * law_of(part).masses
    g, own = grid(part), kept.reshape(CELLS, POINTS).sum(axis=1)
    edges = (g[POINTS - 1 : -1 : POINTS] + g[POINTS::POINTS]) / 2
    below = np.interp(edges, grid(top), np.cumsum(held), left=0.0)
    caught = np.diff(below, prepend=0.0, append=held.sum())
    ratio = np.where(own > 1e-13, caught / np.where(own > 1e-13, own, 1.0), 0.0)
    found = np.repeat(ratio, POINTS)
    mean = float(kept @ found)
    found = found * (held.sum() / mean) if mean else found
    if not part.lost:
        return np.asarray(found)
    none = float(top.dropped) * (given if isinstance(given, float) else float(given[-1]))
    return np.append(found, [none / float(part.dropped)] * len(part.lost))
