"""The tables of ``gain``: several activations, a library's constants; and the plots."""

from __future__ import annotations

from collections.abc import Sequence

from varprop.answer.gain import GainReport
from varprop.answer.gain_against import AgainstReport
from varprop.answer.gain_curves import curves
from varprop.answer.gain_outlook import LAYERS, OFF
from varprop.answer.words import times
from varprop.render.numbers import number
from varprop.render.plain import plain
from varprop.render.screen import Screen, unicode_ok
from varprop.render.terminal_plot import beside, plot

COLUMNS = (
    *("activation", "E[φ]", "E[φ²]", "E[φ'²]", "gain", "std gain", "backward", "χ∥", "χ⊥"),
    "grad/20",
)
LEAST_NEEDED = ("E[φ'²]", "E[φ]", "backward", "std gain", "E[φ²]", "χ⊥")
"""The order in which columns give way in a narrow terminal."""

LONGEST = 90
FAR_OFF = 1.0
FLOAT_DIGITS = 15


def show_table(reports: Sequence[GainReport], screen: Screen, *, digits: int = 6) -> None:
    """Print one row per activation and what the columns and the unstable rows mean.

    A terminal that is too narrow gets fewer columns, never shortened numbers.
    """
    screen.line(f"moments and gains at q = {reports[0].q}")
    rows = [_row(report, min(digits, FLOAT_DIGITS)) for report in reports]
    kept = _columns_that_fit(rows, screen.width)
    screen.columns(
        [[row[k] for k in kept] for row in rows],
        [COLUMNS[k] for k in kept],
        right=frozenset(range(1, len(kept))),
    )
    screen.line()
    screen.line("gain √(q/E[φ²]) keeps E[h²] · std gain √(q/Var φ): after the mean of φ is removed")
    screen.line(
        "backward 1/√E[φ'²] keeps the gradient · χ∥, χ⊥ and grad/20 layers: at the first gain"
    )
    if len(kept) < len(COLUMNS):
        missing = ", ".join(name for k, name in enumerate(COLUMNS) if k not in kept)
        screen.line(f"left out in {screen.width} columns: {missing} (--json has all)")
    for line in _warnings(reports):
        screen.line(line)


def _columns_that_fit(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    kept = list(range(len(COLUMNS)))
    widths = [max(map(len, column)) + 2 for column in zip(COLUMNS, *rows, strict=True)]
    for name in LEAST_NEEDED:
        if sum(widths[k] for k in kept) - 2 <= width:
            break
        kept.remove(COLUMNS.index(name))
    return kept


def _row(report: GainReport, digits: int) -> tuple[str, ...]:
    gains, perp = report.gains, report.chi_perp
    return (
        report.activation,
        *(_cell(report, name, digits) for name in ("mean", "second_moment")),
        _cell(report, "derivative_second_moment", digits),
        *(number(g, digits) for g in (gains.second_moment, gains.variance, gains.derivative)),
        f"{number(report.chi_parallel, 5)}{' !' if report.unstable else '  '}",
        number(perp, 4),
        "–" if perp is None else times(perp**LAYERS),
    )


def _cell(report: GainReport, name: str, digits: int) -> str:
    measured = report.moments[name]
    if name in report.infinite:
        return "infinite"
    if measured is not None and measured.log_value is not None:
        return f"e^{number(measured.log_value, digits)}"
    value = report.value(name)
    negligible = measured is not None and value is not None and abs(value) <= 4 * measured.bound
    return "0" if negligible else number(value, digits)


def _warnings(reports: Sequence[GainReport]) -> list[str]:
    """Say what an unstable row does to a start beside it, to first order."""
    unstable = [r for r in reports if r.unstable]
    if not unstable:
        return []
    lines = [
        f"! unstable fixed point: a start 1 % off q = {reports[0].q} is off, after {LAYERS} layers,"
        " by"
    ]
    parts = [f"{r.activation} {_percent(r)}" for r in unstable]
    line = ""
    for part in parts:
        if len(line) + len(part) > LONGEST:
            lines.append(f"  {line}")
            line = ""
        line += f"{' · ' if line else ''}{part}"
    return [*lines, f"  {line}"]


def _percent(report: GainReport) -> str:
    share = OFF * abs(report.chi_parallel or 0.0) ** LAYERS
    return f"{100 * share:.2g} %" if share < FAR_OFF else "more than 100 %"


def show_against(found: Sequence[AgainstReport], screen: Screen) -> None:
    """Print what a library says and what is true of it, a line or two per constant."""
    library = found[0].entry.library
    screen.line(f"{library}: √(fan_in·Var(w)) as the library has it, and what it does")
    rows = [
        (judged.entry.activation, _constant(judged), judged.entry.meaning, judged.verdict)
        for judged in found
    ]
    screen.columns(rows, ("activation", "value", "which is", "verdict"), fold=frozenset({3}))
    for source in dict.fromkeys(judged.entry.source for judged in found):
        screen.line(f"source: {source}", style="dim")


def _constant(judged: AgainstReport) -> str:
    text = plain(judged.expr)
    return text if len(text) <= 8 else number(judged.value, 7)


def show_plots(reports: Sequence[GainReport], screen: Screen) -> None:
    """Print φ and the length map of each activation side by side."""
    ascii_only = not unicode_ok(screen.out)
    for report in reports:
        blocks: list[list[str]] = []
        for curve in curves(report):
            points = list(zip(curve.x, curve.y, strict=True))
            lines = plot(points, width=40, height=10, diagonal=curve.diagonal, plain=ascii_only)
            blocks.append([screen.text(curve.title), *lines])
        screen.line()
        for line in beside(blocks[0], blocks[1]) if len(blocks) > 1 else next(iter(blocks), []):
            screen.line(line)
