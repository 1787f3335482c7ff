"""When copies of a block no longer change anything, so that one of them can stand for the rest.

A signal has settled when two copies in a row each change it by less than 1e-13 of its second moment;
10,000 further copies could add no more than 1e-9. The way back through equal copies is linear, so that
once the gradient's profile repeats, only its size is left to follow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from varprop.networks.copies import Copies, Passed, Readings, read
from varprop.networks.double_range import LOG_FAR, Power
from varprop.networks.gradient_places import near_of, placed
from varprop.networks.signal import Back, Gradient, Signal
from varprop.propagation.depth import power

if TYPE_CHECKING:
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
    """The way back through equal copies: through one, then scaled where the profile is that of before.

    ``range`` keeps sizes within double range, None inside a branch. ``equal`` is told the gradients at
    the copy's points, which stand in ``rows``.
    """

    def __init__(
        self,
        back: Back,
        copies: int,
        range: Power | None,
        equal: Copies | None = None,
        rows: Sequence[Row] = (),
    ) -> None:
        self._back, self._copies, self._range = back, copies, range
        self._equal, self._rows = equal, rows

    def __call__(self, gradient: Gradient) -> Gradient:
        """Return the gradient below all copies."""
        each: list[Readings] = []
        turn = None
        for met in range(self._copies):
            taken = self._taken
            below = self._kept(self._back(gradient))
            if self._equal is not None:
                each.append(read(self._equal.items, self._rows))
            if _alike(gradient, below):
                turn = Turn(gradient, below, taken, self._taken)
                gradient = self._scaled(turn, self._copies - met - 1)
                break
            gradient = below
        if self._equal is not None:
            self._equal.passed = Passed(tuple(each), turn)
        return gradient

    def _scaled(self, turn: Turn, left: int) -> Gradient:
        """Multiply the sizes of one turn for the copies that are left, the first ones of all."""
        below, taken = turn.below_after(left, within=self._range is not None)
        if self._range is not None:
            self._range.taken = taken
        return below

    @property
    def _taken(self) -> float:
        return 0.0 if self._range is None else self._range.taken

    def _kept(self, gradient: Gradient) -> Gradient:
        return gradient if self._range is None else self._range.keep(gradient)


@dataclass(frozen=True)
class Turn:
    """One way back through a copy that changed sizes alone; ``start`` and ``end`` were taken out."""

    entering: Gradient
    below: Gradient
    start: float
    end: float

    @cached_property
    def second(self) -> float:
        """Return ln of the factor of E[δ²]."""
        return math.log(self.below.second / self.entering.second) + self.end - self.start

    @cached_property
    def cross(self) -> tuple[float, float] | None:
        """Return sign and ln of the factor of E[δδ̃]; None where it is 0 or not followed."""
        over, under = self.below.cross, self.entering.cross
        if not over or not under:
            return None
        return math.copysign(1.0, over / under), math.log(abs(over / under)) + self.end - self.start

    def likeness(self, turns: int) -> float:
        """Return the factor of E[δδ̃]/E[δ²] in so many turns."""
        sign, each = self.cross or (0.0, self.second)
        return float(sign**turns * power(turns * (each - self.second)))

    def below_after(self, turns: int, *, within: bool) -> tuple[Gradient, float]:
        """Return the gradient below so many turns later, and ln of what is taken out by then."""
        gradient, grown = self.below, turns * self.second
        out = grown if within and abs(grown + math.log(gradient.second or 1.0)) > LOG_FAR else 0.0
        both = gradient.cross
        if both is not None:
            sign, each = self.cross or (0.0, 0.0)
            both = both * sign**turns * power(turns * each - out)
        found = Gradient(gradient.second * power(grown - out), both, gradient.profile, gradient.by)
        near = near_of(gradient)
        return (found if near is None else placed(found, near)), self.end + out


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
