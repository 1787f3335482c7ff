"""A setting that writes down what it sees: rows of the signal, assumptions, approximations."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.copies import UNREACHED, Copies, Reading
from varprop.networks.double_range import Power
from varprop.networks.layer import Setting, Weight
from varprop.networks.settled import Repeating
from varprop.networks.shape import Shape
from varprop.networks.signal import Back, Gradient, Signal
from varprop.propagation.depth import power

Scale = tuple[Value, Value]
"""Var(w) and σ_b² of one tensor."""


@dataclass(eq=False)
class Row:
    """One point of a network; ``gradient`` is filled on the way back, ``taken`` is ln of a factor
    that was taken out of it.

    ``path`` names the layers around it, ``preactivation`` whether a weight layer ends here,
    ``elementwise`` whether an activation does;
    ``copies`` counts the equal copies of a block that this row stands for.
    """

    path: tuple[str, ...]
    shape: Shape
    second: Value
    mean: Value
    cross: Value | None
    preactivation: bool
    elementwise: bool
    gradient: Gradient | None = None
    taken: float = 0.0
    copies: Expr | int = 1

    @property
    def name(self) -> str:
        """The innermost layer."""
        return self.path[-1] if self.path else "network"

    @property
    def gradient_size(self) -> tuple[float, float]:
        """E[δ²] per unit and its logarithm; nan where no gradient passed."""
        if self.gradient is None:
            return math.nan, math.nan
        size = float(self.gradient.second)
        if not 0 < size < math.inf:
            return size, math.inf if size else -math.inf
        whole = math.log(size) + self.taken
        return (power(whole) if self.taken else size), whole

    @property
    def reading(self) -> Reading:
        """The gradient as numbers; how alike those of two inputs are where both are followed."""
        found = self.gradient
        if found is None:
            return UNREACHED
        size, both, alike = float(found.second), found.cross, None
        if both is not None and self.cross is not None and 0 < size < math.inf:
            alike = float(both) / size if math.isfinite(both) else None
        return Reading(*self.gradient_size, alike)

    @property
    def innermost(self) -> int:
        """Where in the path the innermost copy of a block is named, −1 outside of all."""
        return next((k for k in reversed(range(len(self.path))) if is_copy(self.path[k])), -1)


def is_copy(name: str) -> bool:
    """Whether a name of a path is that of one copy of a block, as 3/12 is."""
    number, slash, count = name.partition("/")
    return bool(slash) and number.isdigit() and count.isdigit()


def spanning(path: tuple[str, ...], depth: int, number: int, copies: object) -> tuple[str, ...]:
    """Return the path of one copy for that one and so many more behind it."""
    if not (is_copy(path[depth]) and isinstance(copies, int) and copies):
        return path
    count = path[depth].partition("/")[2]
    return (*path[:depth], f"{number}…{number + copies}/{count}", *path[depth + 1 :])


@frozen
class Again:
    """Uses of tensors in so many further copies of a block, numbered from ``first`` at ``depth`` of paths."""

    uses: tuple[Any, ...]
    copies: int
    first: int
    depth: int


def _written_out(uses: Iterable[Any]) -> Iterator[Any]:
    for use in uses:
        if isinstance(use, Again):
            for _ in range(use.copies):
                yield from _written_out(use.uses)
        else:
            yield use


class Recording(Setting):
    """Keeps rows in the order of the forward pass; equal copies ``together`` or each by itself.

    ``order`` numbers the rows, with ``Copies`` where equal copies of a block follow it.
    ``uses`` has one entry for every use of a tensor in order, ``Again`` for equal copies together.
    """

    together = False

    def __init__(self, arithmetic: Arithmetic, *, borders: bool = True) -> None:
        self.arithmetic = arithmetic
        self.borders = borders
        self.rows: list[Row] = []
        self.order: list[int | Copies] = []
        self.assumptions: dict[str, None] = {}
        self.approximations: dict[str, None] = {}
        self._path: list[str] = []
        self.uses: list[Any] = []
        self._block: list[tuple[int, int, int]] = []
        self._last = (0, 0, 0)
        self._power = Power()

    @property
    def path(self) -> tuple[str, ...]:
        """The names of the layers that the fold is in."""
        return tuple(name for name in self._path if name)

    def assume(self, sentence: str) -> None:
        """Keep the sentence once."""
        self.assumptions[sentence] = None

    def approximate(self, sentence: str) -> None:
        """Keep the sentence once."""
        self.approximations[sentence] = None

    def enter(self, name: str) -> None:
        """Push a name; the rows from here on belong to it."""
        self._path.append(name)
        self._block.append(self._lengths)

    def leave(self) -> None:
        """Pop the name."""
        self._path.pop()
        self._last = self._block.pop()

    def again(self, copies: Expr | int, number: int, back: Back) -> Back:
        """Let the rows of the block just left stand for its later copies, or repeat them."""
        rows, used = self.rows[self._last[0] :], self.uses[self._last[1] :]
        if not isinstance(copies, int):
            if copies.is_Integer:
                self.uses.append(Again(tuple(used), int(copies), number + 1, len(self.path)))
            for row in rows:
                row.copies += copies
            return back
        range = self._power if self.on_stream else None
        if self.together:
            self.uses.append(Again(tuple(used), copies, number + 1, len(self.path)))
            for row in rows:
                row.copies += copies
            return Repeating(back, copies, range)
        self.uses += copies * used
        items = tuple(self.order[self._last[2] :])
        equal = Copies(items, number + 1, copies, len(self.path))
        self.order.append(equal)
        return Repeating(back, copies, range, equal, self.rows)

    def used(self) -> list[Any]:
        """Return one entry for every use of a tensor, copies written out."""
        return list(_written_out(self.uses))

    @property
    def on_stream(self) -> bool:
        """Whether no branch waits to be joined where the fold is: only copies of blocks lie around."""
        return all(map(is_copy, self.path))

    def kept(self, gradient: Gradient) -> Gradient:
        """Return a gradient on the stream within double range."""
        return self._power.keep(gradient)

    def whole(self, size: Value) -> Value:
        """Return the size of the gradient that arrived last, with all that was taken out of it."""
        return self._power.whole(size)

    @property
    def _lengths(self) -> tuple[int, int, int]:
        return len(self.rows), len(self.uses), len(self.order)

    def checkpoint(self) -> Callable[[], None]:
        """Return a function that forgets rows, uses and sentences from here on."""
        rows, uses, order = self._lengths
        said = dict(self.assumptions), dict(self.approximations)

        def undo() -> None:
            del self.rows[rows:], self.uses[uses:], self.order[order:]
            self.assumptions, self.approximations = said

        return undo

    def mark(
        self, signal: Signal, back: Back, *, preactivation: bool, elementwise: bool = False
    ) -> Back:
        """Keep a row; its gradient is set when the gradient passes."""
        if isinstance(signal.second, float) and math.isnan(signal.second):
            raise BadInput(
                f"{self.path[-1]}: E[x²] is beyond double range here, as what arrives explodes. Take "
                "smaller weights, or put a norm before it."
            )
        row = Row(
            self.path,
            signal.shape,
            signal.second,
            signal.mean,
            signal.cross,
            preactivation,
            elementwise,
        )
        self.order.append(len(self.rows))
        self.rows.append(row)

        def through(gradient: Gradient) -> Gradient:
            row.gradient, row.taken = gradient, self._power.taken
            return back(gradient)

        return through


class Given(Recording):
    """Scales from a function of the tensor, or one for each use in order.

    A function's scale is multiplied by the tensor's own ``scale``²; those of a sequence have it.
    """

    def __init__(
        self,
        arithmetic: Arithmetic,
        scales: Callable[[Weight], Scale] | Sequence[Scale],
        *,
        borders: bool = True,
    ) -> None:
        super().__init__(arithmetic, borders=borders)
        self._scales = scales

    @property
    def scales(self) -> list[Scale]:
        """Var(w) and σ_b² of each use of a tensor, as floats."""
        return [(float(v), float(bias)) for v, bias in self.uses]

    def variance(self, weight: Weight, feed: Signal) -> Value:
        """Return Var(w), the tensor's own scale² included."""
        if callable(self._scales):
            v, bias = self._scales(weight)
            factor = self.arithmetic.value(weight.scale)
            self.uses.append((v * factor * factor, bias))
        else:
            self.uses.append(self._scales[len(self.uses)])
        return self.uses[-1][0]

    def bias_variance(self, weight: Weight) -> Value:
        """Return σ_b² of the tensor used last, 0 where its layer has no bias."""
        return 0 if weight.bias is None else self.uses[-1][1]
