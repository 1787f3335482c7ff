"""The points of a network with all copies of its blocks, of which equal ones are kept once.

What differs between equal copies is the gradient, by the same factor from each to the next.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from varprop.propagation.depth import power

if TYPE_CHECKING:
    from varprop.networks.recording import Row
    from varprop.networks.settled import Turn


class Reading(NamedTuple):
    """The gradient at one point: E[δ²] per unit (None: from its logarithm), ln of it, E[δδ̃]/E[δ²].

    Size and logarithm are nan where no gradient passed, the last is None where it isn't followed.
    """

    size: float | None
    log: float
    alike: float | None


UNREACHED = Reading(math.nan, math.nan, None)


@dataclass(frozen=True)
class Passed:
    """Gradients in equal copies: ``each`` of the last ones, from the end, and the ``turn`` that is
    left to all before them."""

    each: tuple[Readings, ...]
    turn: Turn | None


Readings = tuple[Reading | Passed | None, ...]
"""The gradients of a block's points in order; None for copies that none passed."""


@dataclass(eq=False)
class Copies:
    """Copies that equal the block before them, numbered from ``number`` on at ``depth`` of a path."""

    items: tuple[int | Copies, ...]
    number: int
    count: int
    depth: int
    passed: Passed | None = None


def read(items: Sequence[int | Copies], rows: Sequence[Row]) -> Readings:
    """Return the gradients that stand at these points now."""
    return tuple(rows[one].reading if isinstance(one, int) else one.passed for one in items)


@dataclass
class Points:
    """Columns over points in order: which row, the number of the innermost copy (0: the row's own),
    and the gradient as in ``Reading``."""

    at: list[int] = field(default_factory=list)
    number: list[int] = field(default_factory=list)
    size: list[float | None] = field(default_factory=list)
    log: list[float] = field(default_factory=list)
    alike: list[float | None] = field(default_factory=list)

    def add(self, one: int, reading: Reading) -> None:
        """Add a point."""
        self.at.append(one)
        self.number.append(0)
        self.size.append(reading.size)
        self.log.append(reading.log)
        self.alike.append(reading.alike)

    def extend(self, block: Points) -> None:
        """Add the points of a block."""
        self.at += block.at
        self.number += block.number
        self.size += block.size
        self.log += block.log
        self.alike += block.alike

    def earlier(self, turn: Turn, copies: int) -> Points:
        """Return the same points in so many copies before these, the first one first."""
        turns = range(copies, 0, -1)
        grown = [k * turn.second for k in turns]
        alike: list[float | None] = copies * self.alike
        if any(one is not None for one in self.alike):
            factors = [turn.likeness(k) for k in turns]
            alike = [None if one is None else one * f for f in factors for one in self.alike]
        return Points(
            copies * self.at,
            copies * self.number,
            [None] * (copies * len(self.at)),
            [one + more for more in grown for one in self.log],
            alike,
        )

    def numbered(self, first: int, inner: Sequence[bool]) -> None:
        """Number the copies of a block; ``inner`` tells at which of its points they are innermost."""
        if not any(inner):
            return
        size, copies = len(inner), len(self.at) // len(inner)
        for place, here in enumerate(inner):
            if here:
                self.number[place::size] = range(first, first + copies)

    def gradient(self, point: int) -> float:
        """Return E[δ²] at a point."""
        size = self.size[point]
        return power(self.log[point]) if size is None else size


def points(order: Sequence[int | Copies], rows: Sequence[Row]) -> Points:
    """Return every point of a network."""
    return _written(order, read(order, rows), rows)


def _written(items: Sequence[int | Copies], readings: Readings, rows: Sequence[Row]) -> Points:
    out = Points()
    for one, reading in zip(items, readings, strict=True):
        if isinstance(one, Copies):
            assert not isinstance(reading, Reading)
            _write_copies(out, one, reading, rows)
        else:
            assert isinstance(reading, Reading)
            out.add(one, reading)
    return out


def _write_copies(out: Points, copies: Copies, passed: Passed | None, rows: Sequence[Row]) -> None:
    """Add all copies, the first ones, which the gradient reaches last, first."""
    if not copies.count:
        return
    if passed is None:
        passed = Passed((_unreached(copies.items),) * copies.count, None)
    each = [_written(copies.items, readings, rows) for readings in passed.each]
    far, left = each[-1], copies.count - len(each)
    inner = [
        not number and rows[one].innermost == copies.depth
        for one, number in zip(far.at, far.number, strict=True)
    ]
    whole = Points()
    if left:
        assert passed.turn is not None
        whole = far.earlier(passed.turn, left)
    for block in reversed(each):
        whole.extend(block)
    whole.numbered(copies.number, inner)
    out.extend(whole)


def _unreached(items: Sequence[int | Copies]) -> Readings:
    return tuple(UNREACHED if isinstance(one, int) else None for one in items)
