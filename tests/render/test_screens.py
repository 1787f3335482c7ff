"""Screens of every noun at every width: nothing runs over the edge, nothing is cut."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from io import BytesIO, StringIO, TextIOWrapper
from typing import TextIO

import pytest
from rich.console import Console

from tests.render.test_faces import NOUNS, noun
from varprop.render.faces import show
from varprop.render.screen import Screen

NUMBER = re.compile(r"\d+\.\d+(?:e-?\d+)?")
WIDTHS = (60, 80, 120, 200)
FREE = 10_000


def console(out: TextIO, width: int) -> Console:
    return Console(
        file=out, width=width, force_terminal=True, color_system=None, highlight=False,
        markup=False, emoji=False, _environ={},
    )  # fmt: skip


@cache
def at(name: str, width: int) -> str:
    """The screen of a noun on a terminal of some width."""
    out = StringIO()
    show(noun(name), Screen(console(out, width)))
    return out.getvalue()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NOUNS)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    assert max(map(len, at(name, width).splitlines()), default=0) <= width


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NOUNS)
def test_every_number_is_whole(name: str, width: int) -> None:
    """Numbers of the widest screen stand uncut on a narrow one, except columns it leaves out."""
    missing = Counter(NUMBER.findall(at(name, width)))
    missing.subtract(Counter(NUMBER.findall(at(name, FREE))))
    assert not [number for number, count in missing.items() if count > 0]


def test_optional_columns_are_left_out_before_rows_become_blocks() -> None:
    rows = [("layer 1", "1.5", "#" * 30, "2.5", "=" * 30), ("layer 2", "1.25", "#", "2.75", "=")]
    header = ("layer", "q", "bar", "gradient", "bar of it")
    shown = {}
    for width in (100, 60, 30, 12):
        out = StringIO()
        screen = Screen(console(out, width))
        screen.columns(rows, header, right=frozenset({1, 3}), optional=(4, 2))
        shown[width] = out.getvalue()
    assert "bar of it" in shown[100]
    assert "bar of it" not in shown[60]
    assert "bar" in shown[60]
    assert "bar" not in shown[30]
    assert shown[30].splitlines()[0].split() == ["layer", "q", "gradient"]
    assert "gradient: 2.75" in shown[12]


@pytest.mark.parametrize("name", NOUNS)
def test_a_terminal_without_unicode_gets_ascii(name: str) -> None:
    """A stream that can't write a sign raises; none of the screens tries to."""
    stream = TextIOWrapper(BytesIO(), encoding="ascii", errors="strict")
    show(noun(name), Screen(console(stream, 80)))
    stream.flush()
    assert stream.buffer.tell() > 0


@pytest.mark.parametrize("name", NOUNS)
def test_piped_text_is_never_wrapped(name: str) -> None:
    """What a program reads holds every number of the widest screen, in lines that end with words."""
    text = noun(name).text()
    wide = Counter(NUMBER.findall(at(name, FREE)))
    wide.subtract(Counter(NUMBER.findall(text)))
    assert not [number for number, count in wide.items() if count > 0]
