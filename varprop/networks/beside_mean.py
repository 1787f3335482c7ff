"""Dropped units behind a norm that centres: they sit at the mean, half of them a hair above it.

The norm subtracts the mean of finitely many values. Where dropped units hold the ensemble's mean
itself, that puts them all just above 0 or all just below, each in half of the examples, and a slope
with a jump there takes its average.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from varprop.networks.alike import Alike
from varprop.networks.signal import ByValue, Part

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

HAIR = 1e-9
"""Far above where a slope is taken below its argument, far below what a moment shows."""

Lost = tuple[tuple[Any, Any], ...]


def beside(lost: Lost) -> Lost:
    """Return what dropped units hold behind the norm, in halves where that is 0."""
    found: list[tuple[Any, Any]] = []
    for chance, value in lost:
        if isinstance(value, float) and abs(value) < HAIR:
            found += [(chance / 2, -HAIR), (chance / 2, HAIR)]
        else:
            found.append((chance, value))
    return tuple(found)


def rejoined(at: Array, before: Lost, after: Lost) -> Array:
    """Return a function known at the points behind the norm at those before: halves averaged."""
    import numpy as np

    if len(before) == len(after):
        return at
    count = len(at) - len(after)
    held, place = [], 0
    for chance, _ in before:
        halves = 1 if after[place][0] == chance else 2
        held.append(float(at[count + place : count + place + halves].mean()))
        place += halves
    return np.concatenate([at[:count], held])


def rejoined_values(
    by: ByValue | None, before: tuple[Part, ...] | None, after: tuple[Part, ...] | None
) -> ByValue | None:
    """Return how a gradient depends on the units before the norm."""
    if by is None or before is None or after is None or not len(by.at) == len(before) == len(after):
        return by
    each = zip(by.at, before, after, strict=True)
    at = tuple(rejoined(x, b.lost, a.lost) for x, b, a in each)
    if by.pairs is None:
        return replace(by, at=at)
    both = zip(by.pairs, before, after, strict=True)
    return replace(by, at=at, pairs=tuple(_rejoined_pair(pair, b, a) for pair, b, a in both))


def _rejoined_pair(pair: Alike, before: Part, after: Part) -> Alike:
    import numpy as np

    if pair.at is None or pair.at.shape[1] == 1:
        return pair
    rows = [rejoined(row, before.lost, after.lost) for row in pair.at]
    return replace(pair, at=np.stack(rows))
