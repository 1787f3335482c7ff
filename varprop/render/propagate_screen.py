"""The screen of ``propagate``: a row per layer with bars for growth and decay, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence

from varprop.answer.propagate import Propagation
from varprop.answer.words import LAYERS, times
from varprop.propagation.depth import Trend
from varprop.render.numbers import number
from varprop.render.screen import Screen

MOST_ROWS = 40
BAR = 10


def show_propagations(
    found: Sequence[Propagation], screen: Screen, *, digits: int = 6, all_rows: bool = False
) -> None:
    """Print one network in full, or several side by side."""
    first = found[0]
    screen.line(
        f"{first.activation} network, {_widths(first.widths)}: variance over the weights, input fixed",
        style="bold",
    )
    screen.line()
    rows = shown_rows(len(first.levels), len(first.levels) if all_rows else MOST_ROWS - 8)
    if len(found) == 1:
        _single(first, rows, screen, digits)
    else:
        _side_by_side(found, rows, screen, digits)
    screen.line()
    for one in found:
        label = "Verdict" if len(found) == 1 else one.init
        screen.labelled(label, (_verdict(one), *one.notes))


def shown_rows(count: int, most: int) -> tuple[int, ...]:
    """Return which of ``count`` rows to show: the first ones, the last, log-spaced between."""
    if count <= most:
        return tuple(range(count))
    picked = {0, 1, count - 1}
    spaced = 1
    while len(picked) < most and spaced < 4 * most:
        spaced += 1
        ladder = (round((count - 1) ** (k / spaced)) for k in range(spaced + 1))
        picked = {0, count - 1, *ladder}
    return tuple(sorted(picked))


def _widths(widths: Sequence[int]) -> str:
    if len(set(widths)) == 1:
        return f"{len(widths) - 1} layers of width {widths[0]}"
    if len(widths) <= 10:
        return "-".join(map(str, widths))
    return f"{len(widths) - 1} layers, {widths[0]}-{widths[1]}-…-{widths[-1]}"


def _single(found: Propagation, rows: Sequence[int], screen: Screen, digits: int) -> None:
    shown = [found.levels[k] for k in rows]
    lengths = _scale([level.q for level in shown])
    gradients = _scale([level.gradient for level in shown])
    body = [
        (
            level.name,
            number(level.q, digits),
            bar(level.q, lengths),
            number(level.second_moment, digits),
            number(level.mean, digits),
            number(level.gradient, digits),
            bar(level.gradient, gradients),
        )
        for level in shown
    ]
    header = ("layer", "q", _axis(lengths), "E[x²]", "E[x]", "gradient", _axis(gradients))
    screen.columns(body, header, right=frozenset({1, 3, 4, 5}))


def _side_by_side(
    found: Sequence[Propagation], rows: Sequence[int], screen: Screen, digits: int
) -> None:
    digits = min(digits, 4)
    body = []
    for k in rows:
        cells = [found[0].levels[k].name]
        for one in found:
            cells += [number(one.levels[k].q, digits), number(one.levels[k].gradient, digits)]
        body.append(tuple(cells))
    header = ["layer"]
    for one in found:
        header += [f"{one.init} q", "gradient"]
    screen.columns(body, header, right=frozenset(range(1, 2 * len(found) + 1)))


def _scale(values: Sequence[float | None]) -> float:
    """Return how many decades half a bar stands for."""
    logs = [abs(math.log10(v)) for v in values if v and math.isfinite(v)]
    return max(1.0, *map(math.ceil, logs)) if logs else 1.0


def _axis(decades: float) -> str:
    left, right = f"1e-{decades:.0f}", f"1e{decades:.0f}"
    return left + "1".center(2 * BAR + 1 - len(left) - len(right)) + right


def bar(value: float | None, decades: float) -> str:
    """Return a bar from 1 in the middle: to the right for growth, to the left for decay."""
    if value is None:
        return ""
    if value <= 0:
        share = -1.0
    elif not math.isfinite(value):
        share = 1.0
    else:
        share = max(-1.0, min(1.0, math.log10(value) / decades))
    length = round(abs(share) * BAR)
    left = ("█" * length if share < 0 else "").rjust(BAR)
    right = ("█" * length if share > 0 else "").ljust(BAR)
    return f"{left}│{right}"


def _verdict(found: Propagation) -> str:
    depth = len(found.levels) - 1
    return (
        f"{found.verdict}: {_direction('forward', found.forward, depth)}; "
        f"{_direction('gradient', found.gradient, depth)}"
    )


def _direction(word: str, found: Trend, depth: int) -> str:
    layers = min(LAYERS, depth)
    total = found.rate**layers if found.rate < 1e15 else math.inf
    return f"{word} {found.verdict}, {times(found.rate)} a layer ({times(total)} in {layers})"
