"""Pictures without a plotting library: where points land, which numbers label the axes."""

from __future__ import annotations

import math
import re
from xml.dom import minidom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from varprop.render.svg_plot import COLOURS, Curve, log_ticks, svg_plot, ticks


def draw(*curves: Curve, **options: object) -> str:
    return svg_plot(curves, title="t <1>", x_label="x & y", y_label="q", **options)  # type: ignore[arg-type]


def paths(picture: str) -> list[str]:
    return [p for p in re.findall(r'd="([^"]*)" stroke="(#\w+)"', picture) if p[1] in COLOURS]


def test_a_line_runs_from_corner_to_corner() -> None:
    picture = draw(Curve("a", ((0, 0), (1, 1))))
    ((path, _),) = paths(picture)
    start, end = ([float(x) for x in part.split()] for part in path[1:].split("L"))
    assert start[0] < end[0]
    assert start[1] > end[1]
    minidom.parseString(picture)


def test_points_without_a_number_break_the_line() -> None:
    points = ((0.0, 1.0), (1.0, 2.0), (2.0, math.nan), (3.0, 1.0), (4.0, math.inf), (5.0, 3.0))
    ((path, _),) = paths(draw(Curve("a", points)))
    assert path.count("M") == 3


def test_logarithms_leave_zero_out() -> None:
    ((path, _),) = paths(draw(Curve("a", ((0, 0), (1, 1), (2, 100))), log=True))
    assert path.count("M") == 1
    assert path.count("L") == 1


def test_nothing_to_draw_is_no_picture() -> None:
    assert draw(Curve("a", ())) == ""
    assert draw(Curve("a", ((1, math.nan),))) == ""


def test_curves_differ_in_colour_and_dash_and_are_named() -> None:
    picture = draw(*(Curve(f"<{k}>", ((0, k), (1, k + 1))) for k in range(3)))
    minidom.parseString(picture)
    assert len({colour for _, colour in paths(picture)}) == 3
    assert picture.count("stroke-dasharray") == 4
    assert "&lt;2&gt;" in picture
    assert "currentColor" in picture


def test_the_picture_says_what_it_shows() -> None:
    picture = draw(Curve("a", ((0, 1), (1, 1))))
    assert 'role="img"' in picture
    assert "<title>t &lt;1&gt;</title>" in picture


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_few_and_inside(low: float, span: float) -> None:
    found = ticks(low, low + span)
    assert 1 <= len(found) <= 8
    slack = 1e-6 * (abs(low) + span)
    assert all(low - slack <= t <= low + span + slack for t in found)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(-0.3, 0.5, [1, 2]), (0, 1, [1, 2, 5, 10]), (0, 4, [1, 10, 100, 1000, 10000])],
)
def test_ticks_of_a_logarithm(low: float, high: float, expected: list[float]) -> None:
    assert log_ticks(low, high) == pytest.approx(expected)


def test_deep_networks_stay_in_range() -> None:
    minidom.parseString(draw(Curve("a", ((0, 1e-300), (1, 1e300))), log=True))
    assert len(log_ticks(-300, 300)) <= 8
