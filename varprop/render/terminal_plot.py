"""Curves in a terminal: braille dots where the stream has Unicode, stars elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of the braille block by row and column of its 4 × 2 dots."""

Points = Sequence[tuple[float, float]]


@dataclass
class Canvas:
    """A grid of characters over a window of the plane; each cell holds 2 × 4 dots."""

    low: tuple[float, float]
    high: tuple[float, float]
    width: int
    height: int
    plain: bool = False
    cells: dict[tuple[int, int], int] = field(default_factory=dict)

    def dot(self, x: float, y: float) -> None:
        """Set the dot at (x, y); points outside the window are left out."""
        columns, rows = 2 * self.width - 1, 4 * self.height - 1
        column = round(columns * (x - self.low[0]) / (self.high[0] - self.low[0]))
        row = round(rows * (self.high[1] - y) / (self.high[1] - self.low[1]))
        if 0 <= column <= columns and 0 <= row <= rows:
            place = (row // 4, column // 2)
            self.cells[place] = self.cells.get(place, 0) | DOTS[row % 4][column % 2]

    def line(self, points: Points) -> None:
        """Join the points by straight lines; a jump over half the window stays open."""
        for (x0, y0), (x1, y1) in pairwise(points):
            if abs(y1 - y0) > (self.high[1] - self.low[1]) / 2:
                continue
            steps = 2 * max(
                1,
                math.ceil(2 * self.width * abs(x1 - x0) / (self.high[0] - self.low[0])),
                math.ceil(4 * self.height * abs(y1 - y0) / (self.high[1] - self.low[1])),
            )
            for i in range(steps + 1):
                self.dot(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps)

    def rows(self) -> list[str]:
        """Return the lines of characters, top first."""
        return ["".join(self._cell(r, c) for c in range(self.width)) for r in range(self.height)]

    def _cell(self, row: int, column: int) -> str:
        bits = self.cells.get((row, column), 0)
        if not bits:
            return " "
        return "*" if self.plain else chr(0x2800 + bits)


def plot(
    points: Points,
    *,
    width: int = 44,
    height: int = 12,
    diagonal: bool = False,
    plain: bool = False,
) -> list[str]:
    """Return a framed plot of the points, its ranges written at the frame's corners."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    low, high = (min(xs), min(ys)), (max(xs), max(ys))
    if low[1] == high[1]:
        low, high = (low[0], low[1] - 1), (high[0], high[1] + 1)
    canvas = Canvas(low, high, width, height, plain)
    canvas.line(points)
    if diagonal:
        for i in range(0, 2 * width, 4):
            x = low[0] + (high[0] - low[0]) * i / (2 * width)
            canvas.dot(x, x)
    left, right = f"{low[0]:.3g}", f"{high[0]:.3g}"
    labels = [f"{high[1]:.3g}", *[""] * (height - 2), f"{low[1]:.3g}"]
    margin = max(map(len, labels))
    lines = [f"{label:>{margin}} |{row}" for label, row in zip(labels, canvas.rows(), strict=True)]
    return [*lines, f"{'':>{margin}}  {left}{right:>{width - len(left)}}"]


def beside(left: list[str], right: list[str], gap: int = 3) -> list[str]:
    """Return two blocks of lines side by side."""
    width = max(map(len, left), default=0)
    height = max(len(left), len(right))
    left = [*left, *[""] * (height - len(left))]
    right = [*right, *[""] * (height - len(right))]
    return [f"{a:<{width}}{'':{gap}}{b}".rstrip() for a, b in zip(left, right, strict=True)]
