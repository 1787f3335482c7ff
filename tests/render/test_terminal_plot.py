"""Plots made of characters."""

from __future__ import annotations

from varprop.render.terminal_plot import beside, plot

LINE = [(float(i), float(i)) for i in range(11)]


def test_a_rising_line_rises() -> None:
    lines = plot(LINE, width=10, height=5, plain=True)
    assert lines[0].startswith("10 |")
    assert lines[4].startswith(" 0 |*")
    assert lines[0].rstrip().endswith("*")
    assert lines[-1].split() == ["0", "10"]
    columns = [line.index("*") for line in lines[:5]]
    assert columns == sorted(columns, reverse=True)


def test_braille_has_no_stars() -> None:
    text = "".join(plot(LINE, width=10, height=5))
    assert "*" not in text
    assert any("\u2800" < c <= "\u28ff" for c in text)


def test_a_jump_stays_open() -> None:
    step = [(-1.0, 0.0), (-0.01, 0.0), (0.01, 1.0), (1.0, 1.0)]
    lines = plot(step, width=21, height=7, plain=True)
    assert all("*" not in line for line in lines[1:6])


def test_a_constant_has_a_range() -> None:
    assert len(plot([(0.0, 2.0), (1.0, 2.0)], width=8, height=4, plain=True)) == 5


def test_the_diagonal() -> None:
    flat = [(0.0, 0.0), (10.0, 10.0)]
    with_diagonal = plot(flat, width=10, height=5, diagonal=True, plain=True)
    assert len(with_diagonal) == 6


def test_beside() -> None:
    assert beside(["a", "bb"], ["c"], gap=1) == ["a  c", "bb"]
