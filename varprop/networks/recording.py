"""A setting that writes down what it sees: rows of the signal, assumptions, approximations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.layer import Setting, Weight
from varprop.networks.shape import Shape
from varprop.networks.signal import Back, Gradient, Signal

Scale = tuple[Value, Value]
"""Var(w) and σ_b² of one tensor."""


@dataclass(eq=False)
class Row:
    """One point of a network; ``gradient`` is filled on the way back.

    ``path`` names the layers around it, ``preactivation`` whether a weight layer ends here;
    ``copies`` counts the equal copies of a block that this row stands for.
    """

    path: tuple[str, ...]
    shape: Shape
    second: Value
    mean: Value
    cross: Value | None
    preactivation: bool
    gradient: Gradient | None = None
    copies: int = 1

    @property
    def name(self) -> str:
        """The innermost layer."""
        return self.path[-1] if self.path else "network"


class Recording(Setting):
    """Keeps rows in the order of the forward pass."""

    def __init__(self, arithmetic: Arithmetic, *, borders: bool = True) -> None:
        self.arithmetic = arithmetic
        self.borders = borders
        self.rows: list[Row] = []
        self.assumptions: dict[str, None] = {}
        self.approximations: dict[str, None] = {}
        self._path: list[str] = []
        self._block: list[int] = []

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

    def again(self, copies: int) -> None:
        """Let the rows of the block just left stand for its later copies, too."""
        for row in self.rows[self._last :]:
            row.copies += copies

    def mark(self, signal: Signal, back: Back, *, preactivation: bool) -> Back:
        """Keep a row; its gradient is set when the gradient passes."""
        row = Row(self.path, signal.shape, signal.second, signal.mean, signal.cross, preactivation)
        self.rows.append(row)

        def through(gradient: Gradient) -> Gradient:
            row.gradient = gradient
            return back(gradient)

        return through

    _last = 0


class Given(Recording):
    """Scales from a function of the tensor; its own ``scale`` is multiplied in."""

    def __init__(
        self,
        arithmetic: Arithmetic,
        scales: Callable[[Weight], Scale],
        *,
        borders: bool = True,
    ) -> None:
        super().__init__(arithmetic, borders=borders)
        self._scales = scales
        self.used: list[Scale] = []

    def variance(self, weight: Weight, feed: Signal) -> Value:
        """Return Var(w) times scale²."""
        v, bias = self._scales(weight)
        factor = self.arithmetic.value(weight.scale)
        self.used.append((v * factor * factor, bias))
        return self.used[-1][0]

    def bias_variance(self, weight: Weight) -> Value:
        """Return σ_b², 0 where the layer has no bias."""
        if weight.bias is None:
            return 0
        return self._scales(weight)[1]
