"""The pictures of a report as inline SVG: initialisers layer by layer, ratios with error bars."""

from __future__ import annotations

import math
from collections.abc import Sequence

from varprop.answer.propagate import Propagation
from varprop.propagation.depth import Level
from varprop.render.html_parts import words
from varprop.render.numbers import number
from varprop.render.svg_plot import COLOURS, Curve, svg_plot
from varprop.verdict import Check, Verdict

WIDTH, LEFT, RIGHT, ROW = 560, 110, 24, 34
MOST_POINTS = 400
"""Points of one curve; of deeper networks every k-th layer is drawn."""

FLOOR = 1e-3
"""The least half-width of the ratio axis."""

SIDES = (
    ("E[x²], forward", "second_moment"),
    ("E[δ²], gradient", "gradient"),
)


def comparison_pictures(found: Sequence[Propagation]) -> str:
    """Return one picture for the signal and one for the gradient, a curve per initialiser."""
    shown = []
    for label, field in SIDES:
        ends = ", ".join(f"{one.init} {number(_end(one, field), 3)}" for one in found)
        where = "at the output" if field == "second_moment" else "at the data"
        shown.append(
            svg_plot(
                [Curve(one.init, _points(one.levels, field)) for one in found],
                title=f"{label} by layer; {where}: {ends}",
                x_label="layer",
                y_label=label,
                log=True,
            )
        )
    return f'<div class="pictures">{"".join(shown)}</div>' if any(shown) else ""


def _end(one: Propagation, field: str) -> float:
    return float(getattr(one.levels[-1 if field == "second_moment" else 0], field))


def _points(levels: Sequence[Level], field: str) -> tuple[tuple[float, float], ...]:
    stride = -(-len(levels) // MOST_POINTS)
    kept = [*levels[:-1:stride], levels[-1]]
    return tuple((float(level.index), float(getattr(level, field))) for level in kept)


def ratio_bars(checks: Sequence[Check]) -> str:
    """Return observed/predicted with two standard errors per check, and the tolerance as a band.

    Checks that predict 0 have no ratio and stay in the table alone; empty where none is left.
    """
    kept = [check for check in checks if check.predicted and math.isfinite(check.observed)]
    if not kept:
        return ""
    reach = 1.15 * max(FLOOR, *(_reach(check) for check in kept))
    height = ROW * len(kept) + 62
    title = "observed over predicted, with two standard errors: " + "; ".join(
        f"{check.name} {check.observed / check.predicted:.4f}" for check in kept
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" aria-label="{words(title)}" fill="none" '
        'font-family="system-ui,sans-serif" font-size="12">',
        f"<title>{words(title)}</title>",
        *_axis(reach, height),
    ]
    for place, check in enumerate(kept):
        parts += _bar(check, reach, 12 + ROW * place + ROW / 2)
    return "".join([*parts, "</svg>"])


def _reach(check: Check) -> float:
    size = abs(check.predicted)
    return max(
        abs(check.observed / check.predicted - 1) + 2 * check.standard_error / size,
        check.tolerance / size,
    )


def _x(offset: float, reach: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (0.5 + 0.5 * offset / reach)


def _axis(reach: float, height: int) -> list[str]:
    bottom = height - 44
    parts = [f'<path d="M{_x(0, reach):.1f} 8V{bottom}" stroke="currentColor" opacity=".6"/>']
    for offset in (-reach / 1.15, 0.0, reach / 1.15):
        x = _x(offset, reach)
        parts.append(f'<path d="M{x:.1f} {bottom}v5" stroke="currentColor"/>')
        parts.append(_label(x, bottom + 18, number(1 + offset, 3), "middle"))
    parts.append(_label((LEFT + WIDTH - RIGHT) / 2, height - 8, "observed / predicted", "middle"))
    return parts


def _bar(check: Check, reach: float, y: float) -> list[str]:
    size = abs(check.predicted)
    centre = check.observed / check.predicted - 1
    band, error = check.tolerance / size, 2 * check.standard_error / size
    colour = COLOURS[1] if check.verdict is Verdict.DISAGREES else COLOURS[0]
    low, high = _x(-band, reach), _x(band, reach)
    left, right = _x(centre - error, reach), _x(centre + error, reach)
    return [
        f'<rect x="{low:.1f}" y="{y - 9:.1f}" width="{high - low:.1f}" height="18" '
        'fill="currentColor" opacity=".1"/>',
        f'<path d="M{left:.1f} {y:.1f}H{right:.1f}M{left:.1f} {y - 5:.1f}v10'
        f'M{right:.1f} {y - 5:.1f}v10" stroke="{colour}" stroke-width="2"/>',
        f'<circle cx="{_x(centre, reach):.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>',
        _label(LEFT - 10, y + 4, check.name, "end"),
    ]


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="currentColor">'
        f"{words(text)}</text>"
    )
