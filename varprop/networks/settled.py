"""When copies of a block no longer change anything, so that one of them can stand for the rest.

A signal has settled when two copies in a row each change it by less than 1e-13 of its second moment;
10,000 further copies could add no more than 1e-9. The way back through equal copies is linear, so that
once the gradient's profile repeats, only its size is left to follow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from varprop.networks.gradient_places import near_of, placed
from varprop.networks.signal import Back, Gradient, Signal

if TYPE_CHECKING:
    from varprop.networks.arithmetic import Value
    from varprop.networks.recording import Row

SETTLED = 1e-13
"""Relative change below which a copy counts as changing nothing."""


COMPARED = tuple(f.name for f in fields(Signal) if f.name != "words")


def settled(before: Signal, after: Signal) -> bool:
    """Whether a copy left the signal as it was."""
    size = after.second
    if not isinstance(size, int | float):
        return replace(before, words="") == replace(after, words="")
    return all(_close(getattr(before, name), getattr(after, name), abs(size)) for name in COMPARED)


def _close(a: Any, b: Any, size: float) -> bool:
    if a is b:
        return True
    if isinstance(a, float) or isinstance(b, float):
        return _numbers(a, b, size)
    if type(a) is not type(b):
        return False
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(_close(a[k], b[k], 1.0) for k in a)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(_close(x, y, size) for x, y in zip(a, b, strict=True))
    if is_dataclass(a) and not hasattr(a, "masses"):
        return all(_close(getattr(a, f.name), getattr(b, f.name), size) for f in fields(a))
    return _equal_arrays(a, b) if hasattr(a, "shape") and hasattr(a, "dtype") else bool(a == b)


def _numbers(a: Any, b: Any, size: float) -> bool:
    if a is None or b is None:
        return False
    return a == b or bool(abs(a - b) <= SETTLED * max(abs(a), abs(b), size))


def _equal_arrays(a: Any, b: Any) -> bool:
    return a.shape == b.shape and bool(abs(a - b).max() <= SETTLED)


class Repeating:
    """The way back through one copy, for all its equals: scaled where the profile is that of before."""

    def __init__(self, back: Back, rows: Sequence[Row]) -> None:
        self._back, self._rows = back, rows
        self._known: tuple[Gradient, Gradient, list[Gradient | None]] | None = None

    def __call__(self, gradient: Gradient, rows: Sequence[Row] = ()) -> Gradient:
        """Return the gradient below; the rows of the copy it passes get theirs."""
        rows = rows or self._rows
        if self._known is None or not _alike(self._known[0], gradient):
            below = self._back(gradient)
            inside = [row.gradient for row in self._rows]
            self._known = (gradient, below, inside)
            for row, one in zip(rows, inside, strict=True):
                row.gradient = one
            return below
        entering, below, inside = self._known
        second = gradient.second / entering.second
        cross = gradient.cross / entering.cross if entering.cross else entering.cross
        for row, one in zip(rows, inside, strict=True):
            row.gradient = None if one is None else _grown(one, second, cross)
        return _grown(below, second, cross)


def _grown(gradient: Gradient, second: float, cross: Value | None) -> Gradient:
    both = None if gradient.cross is None or cross is None else gradient.cross * cross
    found = Gradient(gradient.second * second, both, gradient.profile, gradient.by)
    near = near_of(gradient)
    return found if near is None else placed(found, near)


def _alike(known: Gradient, new: Gradient) -> bool:
    """Whether both differ by a factor alone."""
    sizes = (known.second, new.second, known.cross or 0.0, new.cross or 0.0)
    if known.by is not None or new.by is not None or not all(isinstance(x, float) for x in sizes):
        return False
    if not (known.second > 0 and all(map(math.isfinite, sizes))):
        return False
    if (known.cross is None) != (new.cross is None) or (not known.cross and new.cross):
        return False
    if not _close(near_of(known), near_of(new), 1.0):
        return False
    if known.profile is None or new.profile is None:
        return known.profile is new.profile
    return _equal_arrays(known.profile, new.profile)
