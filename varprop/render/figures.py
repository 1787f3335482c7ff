"""Pictures in files (extra ``plot``): one style, colours for colour-blind eyes, dashes for print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from varprop.answer.gain import GainReport
from varprop.answer.gain_curves import curves
from varprop.answer.propagate import Propagation
from varprop.answer.verification import Verification, z_score
from varprop.errors import BadInput
from varprop.propagation.depth import Level
from varprop.render.endings import PICTURES
from varprop.render.svg_plot import COLOURS

LINES = ("-", "--", ":", "-.", (0, (1, 2)))
PANEL = (4.2, 3.2)
BINS = 30
WIDEST = (1e-100, 1e100)
"""What an axis of logarithms shows; its ticks need room up to the ends of doubles."""
SIDES = (
    ("q = E[h²]", "q", True),
    ("gradient E[δ²], 1 at the output", "gradient", True),
    ("correlation of two inputs", "correlation", False),
)


def blank(name: str, rows: int, columns: int) -> tuple[Any, Any]:
    """Return an empty figure and its panels.

    Raises BadInput for an ending that is no picture, and where matplotlib is missing.
    """
    if Path(name).suffix not in PICTURES:
        raise BadInput(f"--figure writes {', '.join(PICTURES)}, not {name!r}.")
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise BadInput("--figure needs matplotlib: pip install 'varprop[plot]'.") from None
    size = (PANEL[0] * columns, PANEL[1] * rows)
    figure: Any = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def write(figure: Any, name: str) -> None:
    """Write a figure, the same bytes for the same answer; raises BadInput where that can't be."""
    import matplotlib as mpl

    dated = {".svg": "Date", ".pdf": "CreationDate"}.get(Path(name).suffix)
    try:
        with mpl.rc_context({"svg.hashsalt": "varprop", "svg.fonttype": "none"}):
            figure.savefig(name, dpi=150, metadata=None if dated is None else {dated: None})
    except OSError as error:
        raise BadInput(f"can't write {name}: {error.strerror or error}.") from None


def style(place: int) -> dict[str, Any]:
    """Return colour and dash of curve number ``place``."""
    return {"color": COLOURS[place % len(COLOURS)], "linestyle": LINES[place % len(LINES)]}


def propagate_figure(found: Sequence[Propagation], name: str) -> None:
    """Draw q, gradient and correlation by layer, a curve per initialiser."""
    figure, panels = blank(name, 1, len(SIDES))
    for panel, (label, field, log) in zip(panels[0], SIDES, strict=True):
        for place, one in enumerate(found):
            layers, values = points(one.levels, field, log=log)
            panel.plot(layers, values, label=one.init, **style(place))
        if log and any(len(line.get_ydata()) for line in panel.lines):
            panel.set_yscale("log")
        panel.set_xlabel("layer")
        panel.set_title(label, fontsize="medium")
    if len(found) > 1:
        handles, labels = panels[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(len(found), 5))
    subject = found[0].network or found[0].activation
    figure.suptitle(subject if len(subject) <= 90 else f"{subject[:87]}…", fontsize="medium")
    write(figure, name)


def points(levels: Sequence[Level], field: str, *, log: bool) -> tuple[list[int], list[float]]:
    """Return layers and values that can be drawn: those known and finite, within WIDEST for a log."""
    low, high = WIDEST if log else (-math.inf, math.inf)
    kept = [
        (level.index, float(value))
        for level in levels
        if (value := getattr(level, field)) is not None
        and math.isfinite(value)
        and low <= value <= high
    ]
    return [k for k, _ in kept], [v for _, v in kept]


def gain_figure(reports: Sequence[GainReport], name: str) -> None:
    """Draw φ and the length map of each activation, a row each."""
    figure, panels = blank(name, len(reports), 2)
    for row, report in zip(panels, reports, strict=True):
        drawn = curves(report)
        for panel, curve in zip(row, drawn, strict=False):
            panel.plot(curve.x, curve.y, **style(0))
            if curve.diagonal:
                panel.plot(curve.x, curve.x, color="0.5", linestyle=":")
            panel.set_title(curve.title, fontsize="small")
        for panel in row[len(drawn) :]:
            panel.set_axis_off()
    write(figure, name)


def verify_figure(found: Verification, name: str) -> None:
    """Draw the histogram of z over all checks beside the standard normal density."""
    figure, panels = blank(name, 1, 1)
    panel = panels[0][0]
    scores = [z for check in found.checks if math.isfinite(z := z_score(check))]
    if not scores:
        raise BadInput("--figure: no check has a standard error to draw.")
    edge = max(4.0, *(abs(z) for z in scores))
    panel.hist(scores, bins=BINS, range=(-edge, edge), density=True, alpha=0.5, color=COLOURS[0])
    grid = [edge * (k / 100 - 1) for k in range(201)]
    density = [math.exp(-z * z / 2) / math.sqrt(2 * math.pi) for z in grid]
    panel.plot(grid, density, label="standard normal", **style(1))
    panel.set_xlabel("(observed − predicted)/standard error")
    panel.set_title(f"{len(scores)} checks", fontsize="medium")
    panel.legend(fontsize="small")
    write(figure, name)
