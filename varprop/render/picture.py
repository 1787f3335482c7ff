"""``answer.plot()``: an answer's curves as inline SVG in a notebook, as braille in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import singledispatch
from io import StringIO
from pathlib import Path

from rich.console import Console

from varprop.answer.gain import GainReport
from varprop.answer.gain_curves import curves
from varprop.answer.propagate import Propagation
from varprop.errors import BadInput
from varprop.render.figures import gain_figure, propagate_figure
from varprop.render.gain_table import show_plots as show_gains
from varprop.render.notebook import fragment
from varprop.render.propagate_numbers import show_plots as show_layers
from varprop.render.report_plots import comparison_pictures
from varprop.render.screen import PIPE_WIDTH, Screen
from varprop.render.svg_plot import Curve, svg_plot


@dataclass(frozen=True)
class Picture:
    """Curves of an answer: ``html`` is inline SVG, ``text`` is for terminals.

    A notebook gets the SVG as images.
    """

    html: str = field(repr=False)
    text: str = field(repr=False)
    writer: Callable[[str], None] = field(repr=False, compare=False)

    def save(self, name: str | Path) -> None:
        """Write .svg, .png or .pdf (extra ``plot``); raises BadInput for another ending."""
        self.writer(str(name))

    def _repr_html_(self) -> str:
        return fragment(self.html)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


@singledispatch
def picture(noun: object) -> Picture:
    """Return the curves of an answer; raises BadInput for one that has none."""
    raise BadInput(f"{type(noun).__name__} has no curves to plot.")


@picture.register
def _(noun: Propagation) -> Picture:
    return Picture(
        comparison_pictures([noun]),
        _text(lambda screen: show_layers([noun], screen)),
        lambda name: propagate_figure([noun], name),
    )


@picture.register
def _(noun: GainReport) -> Picture:
    drawn = "".join(
        svg_plot(
            [
                Curve(noun.activation, tuple(zip(one.x, one.y, strict=True))),
                *([Curve("q = q", tuple(zip(one.x, one.x, strict=True)))] if one.diagonal else []),
            ],
            title=one.title,
            x_label="q" if one.diagonal else "h",
            y_label="q′" if one.diagonal else "φ",
        )
        for one in curves(noun)
    )
    return Picture(
        drawn,
        _text(lambda screen: show_gains([noun], screen)),
        lambda name: gain_figure([noun], name),
    )


def _text(show: Callable[[Screen], None]) -> str:
    out = StringIO()
    terminal = Console(
        file=out, width=PIPE_WIDTH, color_system=None, highlight=False, markup=False, emoji=False,
        force_jupyter=False,
    )  # fmt: skip
    show(Screen(terminal))
    return out.getvalue().strip("\n")
