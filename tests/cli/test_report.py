"""``varprop report``: one page, whole and self-contained."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.dom import minidom

import pytest

import varprop as vp
from tests.conftest import Run
from varprop.answer.architecture_text import read_network
from varprop.render.report_spec import laid_out

Command = Callable[..., Run]
SMALL = "Input(24) >> Dense(16) >> relu >> Dense(12) >> tanh >> Dense(8)"
NAMESPACES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML")
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Reader(HTMLParser):
    """Checks that tags nest, and keeps headings, tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    where = tmp_path_factory.mktemp("report") / "report.html"
    return vp.report(SMALL, samples=32).save(where).read_text(encoding="utf-8")


def test_the_page_is_well_formed_and_whole(page: str) -> None:
    reader = read(page)
    assert "math" in reader.tags
    assert "svg" in reader.tags
    assert 'lang="en"' in page
    assert 'name="viewport"' in page
    for picture in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        minidom.parseString(picture)


def test_nothing_is_loaded_and_nothing_runs(page: str) -> None:
    reader = read(page)
    assert not {"script", "link", "img", "iframe", "object", "embed"} & set(reader.tags)
    names = {name for name, _ in reader.attributes}
    assert not {name for name in names if name.startswith("on")} | names & {"src", "href"}
    assert "@import" not in page
    assert "url(" not in page
    for address in re.findall(r"https?://[^\"'\s<]+", page):
        assert address in NAMESPACES
    assert "$" not in page


def test_headings_go_down_one_level_at_a_time(page: str) -> None:
    levels = [int(tag[1]) for tag in read(page).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_pictures_and_tables_speak_to_everybody(page: str) -> None:
    reader = read(page)
    pictures = reader.tags.count("svg")
    assert pictures >= 3
    assert (
        sum(1 for name, value in reader.attributes if name == "role" and value == "img") == pictures
    )
    assert sum(1 for name, value in reader.attributes if name == "aria-label" and value) >= pictures
    assert "th" in reader.tags


def test_the_page_says_what_the_commands_say(page: str) -> None:
    for init in ("solved", "he", "glorot", "lecun", "torch_default"):
        assert init in page
    for library in ("torch", "keras", "jax", "numpy"):
        assert f"<summary>{library}</summary>" in page
    assert "2/fan_in" in page
    assert "± standard error" in page
    assert "A layer fed by relu(h)" in page
    assert "A layer fed by tanh(h)" in page


def test_the_command_writes_the_page(varprop: Command, tmp_path: Path) -> None:
    where = tmp_path / "page.html"
    run = varprop("report", SMALL, "-o", str(where), "--no-verify", "--init", "he")
    assert run.code == 0
    assert run.out == ""
    written = where.read_text(encoding="utf-8")
    read(written)
    assert "no experiment was asked for" in written
    assert "glorot" not in written
    printed = varprop("report", SMALL, "-o", "-", "--no-verify", "--init", "he").out
    assert printed == written


def test_symbols_leave_the_answer_and_say_what_is_missing() -> None:
    found = vp.report("Input(n) >> L * Residual(LayerNorm() >> Dense(n), scale=s)", for_="s")
    page = found.page()
    read(page)
    assert "1/√L" in page
    assert found.compared == ()
    assert "not sampled" in found.experiment.words


def test_a_large_network_is_sampled_at_reduced_size() -> None:
    found = vp.report("vgg16", inits=("he",), samples=32)
    assert "reduced copy" in found.experiment.words
    assert found.experiment.network == vp.networks.vgg16.small
    read(found.page())


def test_what_a_user_types_is_text() -> None:
    page = vp.report(SMALL, verify=False, inits=("he",), title="<script>alert(1)</script>").page()
    assert "<script" not in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("report", "resnet19", "-o", "x.html"), "Did you mean resnet18"),
        (("report", SMALL), "Missing option"),
        (("report", SMALL, "-o", "/nowhere/at/all.html", "--no-verify"), "can't write"),
        (("report", SMALL, "-o", "x.html", "--for", "s"), "no such symbol"),
    ],
)
def test_bad_input_is_one_clear_line(
    varprop: Command, arguments: tuple[str, ...], words: str
) -> None:
    run = varprop(*arguments)
    assert run.code == 2
    assert run.err.count("\n") == 1
    assert words in run.err


def test_a_spec_is_broken_at_outer_joints_first() -> None:
    text = "Input(4) >> 2 * (Dense(4) >> relu) >> Dense(1)"
    assert laid_out(text) == "Input(4)\n>> 2 * (Dense(4) >> relu)\n>> Dense(1)"


@pytest.mark.parametrize("name", list(vp.networks))
def test_a_spec_laid_out_is_the_same_network(name: str) -> None:
    spec = vp.networks[name].spec
    shown = laid_out(spec)
    assert max(map(len, shown.splitlines())) <= 100
    assert read_network(shown).layer == read_network(spec).layer


def test_a_deep_network_keeps_its_page_small() -> None:
    deep = vp.report("Input(16) >> 1500 * (Dense(16) >> tanh)", inits=("he",), verify=False)
    page = deep.page()
    read(page)
    assert len(deep.compared[0].levels) > 1500
    assert len(page) < 70_000
