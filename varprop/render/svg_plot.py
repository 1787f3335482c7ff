"""Curves as inline SVG: no script, colours that colour-blind eyes tell apart, dashes for print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from varprop.render.html_parts import words
from varprop.render.numbers import number

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b")
"""Okabe and Ito's palette; its yellow and orange, too pale for paper, became one dark gold."""

DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 4")
LEFT, RIGHT, TOP, BOTTOM = 72, 14, 14, 44
TICKS = 5
MARK, LETTER, LINE = 32, 6.6, 18
"""Widths of the mark and of a letter in the legend, and the height of its lines."""


@dataclass(frozen=True)
class Curve:
    """A named line through points (x, y); points that aren't finite break it."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Frame:
    """From numbers to pixels; ``log`` takes the logarithm of y."""

    low: tuple[float, float]
    high: tuple[float, float]
    width: int
    height: int
    log: bool

    def x(self, value: float) -> float:
        """Return the column of a number."""
        share = (value - self.low[0]) / (self.high[0] - self.low[0])
        return LEFT + share * (self.width - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Return the row of a number."""
        shown = math.log10(value) if self.log else value
        share = (shown - self.low[1]) / (self.high[1] - self.low[1])
        return self.height - BOTTOM - share * (self.height - TOP - BOTTOM)

    def holds(self, point: tuple[float, float]) -> bool:
        """Whether a point can be drawn."""
        return all(map(math.isfinite, point)) and not (self.log and point[1] <= 0)


def svg_plot(
    curves: Sequence[Curve],
    *,
    title: str,
    x_label: str,
    y_label: str,
    log: bool = False,
    width: int = 560,
    height: int = 300,
) -> str:
    """Return an ``<svg>`` with axes, ticks and a legend; an empty text when nothing can be drawn.

    ``title`` describes the picture to those who don't see it.
    """
    frame = _frame(curves, width, height, log)
    if frame is None:
        return ""
    places = _places(curves, width)
    whole = height + (LINE * (places[-1][1] + 1) if places else 0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {whole}" '
        f'width="{width}" height="{whole}" aria-label="{words(title)}" fill="none" '
        'font-family="system-ui,sans-serif" font-size="12">',
        f"<title>{words(title)}</title>",
        *_axes(frame, x_label, y_label),
    ]
    for place, curve in enumerate(curves):
        parts += _line(frame, curve, place)
    return "".join([*parts, *_legend(frame, curves, places), "</svg>"])


def _frame(curves: Sequence[Curve], width: int, height: int, log: bool) -> Frame | None:
    free = Frame((0, 0), (1, 1), width, height, log)
    points = [p for curve in curves for p in curve.points if free.holds(p)]
    if not points:
        return None
    xs = [x for x, _ in points]
    ys = [math.log10(y) if log else y for _, y in points]
    (x0, x1), (y0, y1) = _room(min(xs), max(xs), 0.0), _room(min(ys), max(ys), 0.06)
    return Frame((x0, y0), (x1, y1), width, height, log)


def _room(low: float, high: float, share: float) -> tuple[float, float]:
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-300):
        pad = 0.5 if low == 0 else abs(low) / 2
        return low - pad, high + pad
    return low - share * (high - low), high + share * (high - low)


def ticks(low: float, high: float) -> list[float]:
    """Return round numbers between two ends."""
    raw = (high - low) / TICKS
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * k for k in (1, 2, 5, 10) if size * k >= raw)
    first = math.ceil(low / step - 1e-9)
    return [step * k for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _axes(frame: Frame, x_label: str, y_label: str) -> list[str]:
    right, bottom = frame.width - RIGHT, frame.height - BOTTOM
    parts = [
        f'<path d="M{LEFT} {TOP}V{bottom}H{right}" stroke="currentColor" opacity=".6"/>',
        _text((LEFT + right) / 2, frame.height - 8, x_label, "middle"),
        f'<text transform="translate(14 {(TOP + bottom) / 2:.1f}) rotate(-90)" '
        f'text-anchor="middle" fill="currentColor">{words(y_label)}</text>',
    ]
    for value in ticks(frame.low[0], frame.high[0]):
        x = frame.x(value)
        parts.append(_tick(x, bottom, x, bottom + 4))
        parts.append(_text(x, bottom + 17, number(value, 4), "middle"))
    low, high = frame.low[1], frame.high[1]
    for value in log_ticks(low, high) if frame.log else ticks(low, high):
        y = frame.y(value)
        parts.append(_tick(LEFT - 4, y, LEFT, y))
        parts.append(_text(LEFT - 8, y + 4, number(value, 4), "end"))
    return parts


def log_ticks(low: float, high: float) -> list[float]:
    """Return 1, 2 and 5 times powers of ten between 10^low and 10^high, or powers only."""
    first, last = math.floor(low), math.ceil(high)
    fine = [k * 10.0**p for p in range(max(first, -300), min(last, 300) + 1) for k in (1, 2, 5)]
    fine = [value for value in fine if low - 1e-9 <= math.log10(value) <= high + 1e-9]
    if len(fine) <= TICKS + 2:
        return fine
    stride = max(1, math.ceil((high - low) / TICKS))
    powers = range(math.ceil(low / stride) * stride, math.floor(high) + 1, stride)
    return [10.0**p for p in powers if -308 <= p <= 308]


def _tick(x0: float, y0: float, x1: float, y1: float) -> str:
    return f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="currentColor" opacity=".6"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor">'
        f"{words(text)}</text>"
    )


def _line(frame: Frame, curve: Curve, place: int) -> list[str]:
    path, pen = [], False
    for before, point in pairwise(((math.nan, math.nan), *curve.points)):
        if not frame.holds(point):
            continue
        pen = frame.holds(before)
        path.append(f"{'L' if pen else 'M'}{frame.x(point[0]):.1f} {frame.y(point[1]):.1f}")
    style = f'stroke="{COLOURS[place % len(COLOURS)]}" stroke-width="2"'
    dashes = DASHES[place % len(DASHES)]
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return [f'<path d="{"".join(path)}" {style}{dashed}/>'] if path else []


def _places(curves: Sequence[Curve], width: int) -> list[tuple[float, int]]:
    """Return column and line of each name in the legend below the picture; none for one curve."""
    if len(curves) < 2:
        return []
    found: list[tuple[float, int]] = []
    x, line = float(LEFT), 0
    for curve in curves:
        room = MARK + LETTER * len(curve.name) + 16
        if x > LEFT and x + room > width - RIGHT:
            x, line = float(LEFT), line + 1
        found.append((x, line))
        x += room
    return found


def _legend(
    frame: Frame, curves: Sequence[Curve], places: Sequence[tuple[float, int]]
) -> list[str]:
    parts = []
    for place, (curve, (x, line)) in enumerate(zip(curves, places, strict=False)):
        y = frame.height + LINE * line + 8
        style = f'stroke="{COLOURS[place % len(COLOURS)]}" stroke-width="2"'
        dashes = DASHES[place % len(DASHES)]
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        parts.append(f'<path d="M{x:.0f} {y}h26" {style}{dashed}/>')
        parts.append(_text(x + MARK, y + 4, curve.name, "start"))
    return parts
