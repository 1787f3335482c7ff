"""The rows of ``propagate --arch``: a level per point, made when it is looked at, and the trunk's trends."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

from varprop.frozen import frozen
from varprop.networks.copies import Copies, Points, points
from varprop.networks.recording import Row, is_copy
from varprop.propagation.depth import Level, Levels, log_size, power

INSIDE = frozenset(f"attention {role}" for role in ("query", "key", "value", "query, key, value"))
"""Rows beside the stream: an attention is one step of depth."""


ROUNDING = 1e-15
NEAR_ONE = 1e-3


@frozen
class Trunk:
    """ln E[x²] and ln E|δ|² at points that lie one behind the other; whether ``blocks`` end there."""

    sizes: list[float]
    gradients: list[float]
    blocks: bool


class MadeWhenSeen(Levels):
    """One level per point, a weight layer together with the activation right behind it."""

    def __init__(self, order: Sequence[int | Copies], rows: Sequence[Row]) -> None:
        self._rows = rows
        self._points = points(order, rows)
        self._joined = _joined(order, rows)
        seconds = set(self._joined.values())
        self._starts = [k for k, one in enumerate(self._points.at) if one not in seconds]

    def __len__(self) -> int:
        """Return how many levels there are."""
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> Level: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Level, ...]: ...
    def __getitem__(self, index: int | slice) -> Level | tuple[Level, ...]:
        """Return a level, or several."""
        whole = range(len(self))[index]
        if isinstance(whole, range):
            return tuple(map(self._level, whole))
        return self._level(whole)

    def __iter__(self) -> Iterator[Level]:
        """Go through all levels."""
        return map(self._level, range(len(self)))

    def __eq__(self, other: object) -> bool:
        """Whether all levels are the same."""
        return tuple(self) == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        """Return the hash of all levels."""
        return hash(tuple(self))

    def __repr__(self) -> str:
        """Return all levels, as a tuple has them."""
        return repr(tuple(self))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all levels."""
        found, at, number = self._names, self._points.at, self._points.number
        named = [
            f"{number[k]}{found[at[k]][1]}" if number[k] else "".join(found[at[k]])
            for k in self._starts[1:]
        ]
        return ("input", *_told_apart(named)) if self._starts else ()

    @cached_property
    def _names(self) -> list[tuple[str, str]]:
        """The names of the rows: the number of the innermost copy, and what comes behind it."""
        return [self._name(k) for k in range(len(self._rows))]

    def _name(self, at: int) -> tuple[str, str]:
        row = self._rows[at]
        after = self._joined.get(at)
        name = row.name if after is None else f"{row.name} >> {self._rows[after].name}"
        if row.innermost < 0:
            return "", name
        number, slash, count = row.path[row.innermost].partition("/")
        return number, f"{slash}{count} {name}"

    def _level(self, index: int) -> Level:
        found, at = self._points, self._starts[index]
        row = self._rows[found.at[at]]
        after = self._joined.get(found.at[at])
        end = row if after is None else self._rows[after]
        known = (
            row.cross is not None
            and row.second > 0
            and math.isfinite(row.second)
            and math.isfinite(row.cross)
        )
        return Level(
            index,
            self.names[index],
            float(row.second) if row.preactivation else None,
            float(end.second),
            _rounded(end.mean, float(end.second) ** 0.5),
            *_relative(found, at, self._last),
            _rounded(row.cross, float(row.second)) / float(row.second) if known else None,
            float(row.second) - float(row.cross) if known else None,  # type: ignore[arg-type]
            None if at <= self._lost else _alike(found, at, self._starts[-1]),
        )

    @cached_property
    def _lost(self) -> int:
        """The last point at which a rule says more than 1 for how alike gradients are; −1 for none.

        There it isn't followed, nor before it.
        """
        last = self._starts[-1]
        each = ((k, _alike(self._points, k, last)) for k in reversed(self._starts))
        return next((k for k, alike in each if alike is not None and alike > 1 + NEAR_ONE), -1)

    @cached_property
    def _last(self) -> int | None:
        """The last weight layer's point, which gradients are relative to."""
        at, rows = self._points.at, self._rows
        return next((k for k in reversed(range(len(at))) if rows[at[k]].preactivation), None)

    def trunk(self) -> Trunk:
        """Return points that lie one behind the other: where branches end, without them weight layers.

        What a branch holds lies beside the stream, and a layer behind the last norm on another scale.
        """
        rows, at = self._rows, self._points.at
        around = {row.path[:k] for row in rows for k in range(1, len(row.path))}
        ends = [row.path in around and all(map(is_copy, row.path[:-1])) for row in rows]
        chosen = [k for k, one in enumerate(at) if ends[one]]
        if len(chosen) <= 2:
            layers = [row.preactivation and row.name not in INSIDE for row in rows]
            chosen = [k for k, one in enumerate(at) if layers[one]]
        sizes = [log_size(float(row.second)) for row in rows]
        return Trunk(
            [sizes[at[k]] for k in chosen],
            _along(rows, [at[k] for k in chosen], [self._points.log[k] for k in chosen]),
            bool(chosen) and not rows[at[chosen[-1]]].preactivation,
        )


def _told_apart(names: list[str]) -> list[str]:
    """Return the names, the second of one name with a number, and so on."""
    if len(set(names)) == len(names):
        return names
    met: Counter[str] = Counter()
    out = []
    for name in names:
        met[name] += 1
        out.append(name if met[name] == 1 else f"{name} #{met[name]}")
    return out


def _joined(order: Sequence[int | Copies], rows: Sequence[Row]) -> dict[int, int]:
    """Return the rows of activations right behind a weight layer, by those of the layers."""
    found: dict[int, int] = {}
    taken: int | None = None
    for one, after in zip(order, [*order[1:], None], strict=True):
        if isinstance(one, Copies):
            found |= _joined(one.items, rows)
        elif isinstance(after, int) and one != taken and _joins(rows[one], rows[after]):
            found[one] = taken = after
    return found


def _joins(row: Row, after: Row) -> bool:
    same = row.path[:-1] == after.path[:-1] and row.shape == after.shape
    return row.preactivation and after.elementwise and same


def _rounded(value: Any, size: float) -> float:
    """Return a number, 0 where rounding alone is left beside the size of what it is a moment of."""
    found = float(value)
    return 0.0 if abs(found) < ROUNDING * size else found


def _relative(found: Points, at: int, last: int | None) -> tuple[float, float]:
    """Return E[δ²] over that of the last weight layer, and its logarithm."""
    logarithm = found.log[at]
    unit = 0.0 if last is None else found.log[last]
    if not unit or not math.isfinite(unit) or not math.isfinite(logarithm):
        return found.gradient(at), logarithm
    return power(logarithm - unit), logarithm - unit


def _alike(found: Points, at: int, last: int) -> float | None:
    """Return how alike gradients are where those in the last row are taken for equal."""
    own, unit = found.alike[at], found.alike[last]
    return own if own is None or not unit else own / unit


def _along(rows: Sequence[Row], trunk: Sequence[int], logs: Sequence[float]) -> list[float]:
    """Return ln E|δ|² along the points, leaving out the steps between maps of different size.

    The gradient is summed over all units of a point. A mean over positions divides it among them all,
    and they add up again in the weights.
    """
    units = [math.log(row.shape.count) for row in rows]
    places = [row.shape.positions for row in rows]
    whole = [
        -math.inf if math.isnan(log) else log + units[at]
        for at, log in zip(trunk, logs, strict=True)
    ]
    found = whole[-1:]
    for k in range(len(whole) - 2, -1, -1):
        here, after = trunk[k], trunk[k + 1]
        step = 0.0
        if here == after or places[here] == places[after]:
            step = whole[k] - whole[k + 1]
        found.append(found[-1] + step if math.isfinite(step) else whole[k])
    return found[::-1]
