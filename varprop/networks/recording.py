"""A setting that writes down what it sees: rows of the signal, assumptions, approximations."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

from sympy import Expr

from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.layer import Setting, Weight
from varprop.networks.shape import Shape
from varprop.networks.signal import Back, Gradient, Signal

Scale = tuple[Value, Value]
"""Var(w) and σ_b² of one tensor."""


@dataclass(eq=False)
class Row:
    """One point of a network; ``gradient`` is filled on the way back.

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
    copies: Expr | int = 1

    @property
    def name(self) -> str:
        """The innermost layer."""
        return self.path[-1] if self.path else "network"


class Recording(Setting):
    """Keeps rows in the order of the forward pass; equal copies ``together`` or each by itself."""

    together = False

    def __init__(self, arithmetic: Arithmetic, *, borders: bool = True) -> None:
        self.arithmetic = arithmetic
        self.borders = borders
        self.rows: list[Row] = []
        self.assumptions: dict[str, None] = {}
        self.approximations: dict[str, None] = {}
        self._path: list[str] = []
        self._block: list[int] = []
        self._last = 0

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
        self._block.append(len(self.rows))

    def leave(self) -> None:
        """Pop the name."""
        self._path.pop()
        self._last = self._block.pop()

    def again(self, copies: Expr | int, number: int, back: Back) -> list[Back]:
        """Let the rows of the block just left stand for its later copies, or repeat them."""
        rows = self.rows[self._last :]
        if self.together or not isinstance(copies, int):
            for row in rows:
                row.copies += copies
            return super().again(copies, number, back)
        depth = len(self.path)
        return [self._repeated(rows, depth, number + k, back) for k in range(1, copies + 1)]

    def _repeated(self, rows: list[Row], depth: int, number: int, back: Back) -> Back:
        """Keep the rows once more under the next number; their gradients come from the same way back."""
        again = [copy.copy(row) for row in rows]
        for row in again:
            total = row.path[depth].partition("/")[2]
            row.path = (*row.path[:depth], f"{number}/{total}", *row.path[depth + 1 :])
        self.rows += again

        def through(gradient: Gradient) -> Gradient:
            before = back(gradient)
            for row, model in zip(again, rows, strict=True):
                row.gradient = model.gradient
            return before

        return through

    def mark(
        self, signal: Signal, back: Back, *, preactivation: bool, elementwise: bool = False
    ) -> Back:
        """Keep a row; its gradient is set when the gradient passes."""
        row = Row(
            self.path,
            signal.shape,
            signal.second,
            signal.mean,
            signal.cross,
            preactivation,
            elementwise,
        )
        self.rows.append(row)

        def through(gradient: Gradient) -> Gradient:
            row.gradient = gradient
            return back(gradient)

        return through


class Given(Recording):
    """Scales from a function of the tensor, asked once for each in the order of use.

    The tensor's own ``scale`` is multiplied in unless the function has done so (``factored``).
    """

    def __init__(
        self,
        arithmetic: Arithmetic,
        scales: Callable[[Weight], Scale],
        *,
        borders: bool = True,
        factored: bool = False,
    ) -> None:
        super().__init__(arithmetic, borders=borders)
        self._scales = scales
        self._factored = factored
        self.used: list[Scale] = []

    def variance(self, weight: Weight, feed: Signal) -> Value:
        """Return Var(w) times scale²."""
        v, bias = self._scales(weight)
        factor = 1 if self._factored else self.arithmetic.value(weight.scale)
        self.used.append((v * factor * factor, bias))
        return self.used[-1][0]

    def bias_variance(self, weight: Weight) -> Value:
        """Return σ_b², 0 where the layer has no bias."""
        return 0 if weight.bias is None else self.used[-1][1]
