"""The screen of ``propagate``: a row per layer with bars for growth and decay, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence

from varprop.answer.propagate import Propagation
from varprop.answer.words import LAYERS, times
from varprop.propagation.depth import Level, Trend
from varprop.render.layer_names import short_name
from varprop.render.numbers import number, sized
from varprop.render.screen import Screen

MOST_ROWS = 40
BAR = 10
GIVING_WAY = ("q(1 − c)", "c", "E[x]")
"""The columns that a narrow terminal leaves out behind the bars; the two inputs keep their line."""
ALIKE = "c of gradients"
OVER = ": variance over the weights, input fixed"
SHORTEST = 16
"""Letters of a network's text that a title keeps."""


def show_propagations(
    found: Sequence[Propagation], screen: Screen, *, digits: int = 6, all_rows: bool = False
) -> None:
    """Print one network in full, or several side by side."""
    first = found[0]
    room = len(str(first.network)) if screen.boundless else max(SHORTEST, screen.width - len(OVER))
    screen.line(f"{_named(first, room)}{OVER}", style="bold")
    screen.line()
    names = first.names
    rows = tuple(range(len(names))) if all_rows else shown_rows(names, MOST_ROWS - 8)
    if len(found) == 1:
        _single(first, rows, screen, digits)
    else:
        _side_by_side(found, rows, screen, digits)
    screen.line()
    if len(found) == 1:
        screen.labelled("Two inputs", (_two_inputs(first, digits),))
        if first.finite_width is not None:
            screen.labelled("Width", (first.finite_width.words,))
    for one in found:
        label = "Verdict" if len(found) == 1 else one.init
        screen.labelled(label, (_verdict(one),))
        if one.notes:
            screen.labelled("Approximate" if one.network else "Note", one.notes)


def shown_rows(names: Sequence[str], most: int) -> tuple[int, ...]:
    """Return which rows to show: all, or those outside repeated blocks, one copy of each, and ends.

    Where these are too many: the first ones, the last, log-spaced between.
    """
    if len(names) <= most:
        return tuple(range(len(names)))
    copies = [name.partition(" ")[0] for name in names]
    rows = [
        k
        for k, (here, after) in enumerate(zip(copies, [*copies[1:], ""], strict=True))
        if here != after or here.startswith("1/") or not _is_copy(here)
    ]
    return tuple(rows if len(rows) <= most else [rows[k] for k in _thinned(len(rows), most)])


def _is_copy(word: str) -> bool:
    """Whether the first word of a row numbers a copy of a block, as in 2/12 Dense(64)."""
    number, slash, _ = word.partition("/")
    return bool(slash) and number.isdigit()


def _thinned(count: int, most: int) -> tuple[int, ...]:
    picked = {0, 1, count - 1}
    spaced = 1
    while len(picked) < most and spaced < 4 * most:
        spaced += 1
        ladder = (round((count - 1) ** (k / spaced)) for k in range(spaced + 1))
        picked = {0, count - 1, *ladder}
    return tuple(sorted(picked))


def _named(found: Propagation, room: int) -> str:
    if found.network is not None:
        return found.network if len(found.network) <= room else f"{found.network[: room - 1]}…"
    return f"{found.activation} network, {_widths(found.widths)}"


def _widths(widths: Sequence[int]) -> str:
    if len(set(widths)) == 1:
        return f"{len(widths) - 1} layers of width {widths[0]}"
    if len(widths) <= 10:
        return "-".join(map(str, widths))
    return f"{len(widths) - 1} layers, {widths[0]}-{widths[1]}-…-{widths[-1]}"


def _single(found: Propagation, rows: Sequence[int], screen: Screen, digits: int) -> None:
    shown = [found.levels[k] for k in rows]
    lengths, q = _scale([_decades(level.q) for level in shown])
    gradients, back = _scale([_grown(level) for level in shown])
    body: list[tuple[str, ...]] = [
        (
            short_name(level.name),
            number(level.q, digits),
            q[place],
            number(level.second_moment, digits),
            number(level.mean, digits),
            number(level.correlation, digits),
            number(level.data_variance, digits),
            sized(level.gradient, level.log_gradient, digits),
            back[place],
            number(level.gradient_correlation, digits),
        )
        for place, level in enumerate(shown)
    ]
    signal = ("layer", "q", _axis(lengths), "E[x²]", "E[x]")
    header: tuple[str, ...] = (*signal, "c", "q(1 − c)", "gradient", _axis(gradients), ALIKE)
    if all(level.gradient_correlation is None for level in found.levels):
        body, header = [row[:-1] for row in body], header[:-1]
    bars = (2, 8)
    giving_way = [header.index(name) for name in (ALIKE, *GIVING_WAY) if name in header]
    screen.columns(
        body,
        header,
        right=frozenset(range(1, len(header))) - frozenset(bars),
        fold=frozenset({0}),
        optional=(*reversed(bars), *giving_way),
    )


def _two_inputs(found: Propagation, digits: int) -> str:
    """Say where the correlation and the variance over the data go."""
    first, last = found.levels[0], found.levels[-1]
    here = next((level for level in reversed(found.levels) if level.correlation is not None), last)
    return (
        f"correlation c from {number(first.correlation, digits)} to {number(here.correlation, digits)}"
        f"{'' if here == last else f' in layer {here.index}'}; variance over the data q(1 − c): "
        f"{number(here.data_variance, digits)} of {_whole(here, digits)}{_shattered(first)}"
    )


def _whole(level: Level, digits: int) -> str:
    """Return what the variance over the data is a part of: q, behind a norm or a sum E[x²]."""
    if level.q is None:
        return f"E[x²] = {number(level.second_moment, digits)}"
    return f"q = {number(level.q, digits)}"


def _shattered(first: Level) -> str:
    """Say how alike the gradients at two inputs are where they arrive."""
    alike = first.gradient_correlation
    return (
        ""
        if alike is None
        else f"; gradients alike at the output: correlation {number(alike, 4)} at the input"
    )


def _side_by_side(
    found: Sequence[Propagation], rows: Sequence[int], screen: Screen, digits: int
) -> None:
    digits = min(digits, 4)
    names = [short_name(found[0].names[k]) for k in rows]
    pairs = [[column(one, rows, field, digits) for field in ("q", "gradient")] for one in found]
    body = list(zip(names, *(cells for pair in pairs for cells in pair), strict=True))
    header = ["layer", *(word for one in found for word in (f"{one.init} q", "gradient"))]
    if screen.boundless or not screen.too_wide(body, header):
        screen.columns(body, header, right=frozenset(range(1, len(header))))
        return
    for place, words in enumerate(("q, forward", "gradient, E[δ²]")):
        if place:
            screen.line()
        screen.line(words, style="bold")
        chosen = [(one.init, pair[place]) for one, pair in zip(found, pairs, strict=True)]
        _in_parts(names, chosen, screen)


def column(found: Propagation, rows: Sequence[int], field: str, digits: int) -> list[str]:
    """Return one quantity of the levels named as cells."""
    return [number(getattr(found.levels[k], field), digits) for k in rows]


def _in_parts(names: list[str], columns: list[tuple[str, list[str]]], screen: Screen) -> None:
    """Print as many columns beside the names as fit, the others below."""
    count = len(columns)
    while count > 1 and screen.too_wide(*_part(names, columns[:count])):
        count -= 1
    body, header = _part(names, columns[:count])
    screen.columns(body, header, right=frozenset(range(1, count + 1)))
    if columns[count:]:
        screen.line()
        _in_parts(names, columns[count:], screen)


def _part(
    names: list[str], columns: list[tuple[str, list[str]]]
) -> tuple[list[tuple[str, ...]], list[str]]:
    body = list(zip(names, *(cells for _, cells in columns), strict=True))
    return body, ["layer", *(init for init, _ in columns)]


def _scale(shown: list[float | None]) -> tuple[float, list[str]]:
    """Return how many decades half a bar stands for, and a bar for each number of decades."""
    sizes = [abs(d) for d in shown if d is not None and math.isfinite(d)]
    half = max(1.0, *map(math.ceil, sizes)) if sizes else 1.0
    return half, ["" if d is None else bar(d / half) for d in shown]


def _grown(level: Level) -> float | None:
    """Return the decades of the gradient, from its logarithm: they may lie beyond double range."""
    return None if math.isnan(level.log_gradient) else level.log_gradient / math.log(10)


def _decades(value: float | None) -> float | None:
    """Return log10, infinite at 0 and infinity; None for what isn't followed."""
    if value is None or math.isnan(value):
        return None
    return math.log10(value) if 0 < value < math.inf else math.inf if value > 0 else -math.inf


def _axis(decades: float) -> str:
    left, right = f"1e-{decades:.0f}", f"1e{decades:.0f}"
    return left + "1".center(2 * BAR + 1 - len(left) - len(right)) + right


def bar(share: float) -> str:
    """Return a bar from 1 in the middle: to the right for growth, to the left for decay."""
    length = round(min(1.0, abs(share)) * BAR)
    left = ("█" * length if share < 0 else "").rjust(BAR)
    right = ("█" * length if share > 0 else "").ljust(BAR)
    return f"{left}│{right}"


def _verdict(found: Propagation) -> str:
    depth = found.blocks or found.steps or len(found.levels) - 1
    ways = (("forward", found.forward), ("gradient", found.gradient))
    return f"{found.verdict}: " + "; ".join(
        f"{word} {_direction(one, found.step, depth)}" for word, one in ways
    )


def _direction(found: Trend, step: str, depth: int) -> str:
    steps = min(LAYERS, depth)
    total = found.rate**steps if found.rate < 1e15 else math.inf
    return f"{found.verdict}, {times(found.rate)} {step} ({times(total)} in {steps})"
