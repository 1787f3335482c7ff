"""A page can be read by everybody: contrast, regions that scroll, mathematics, print, phone width."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from xml.dom import minidom

import pytest

import varprop as vp
from varprop.answer.report import Report
from varprop.render.html_page import PAGE_STYLE, Section, page
from varprop.render.html_parts import STYLE, table
from varprop.render.svg_plot import COLOURS

NETWORK = "Input(24) >> 3 * Residual(LayerNorm() >> Dense(48) >> gelu >> Dense(24)) >> Dense(8)"
TEXT, GRAPHICS = 4.5, 3.0
"""Least contrasts of WCAG 2.2, level AA: criteria 1.4.3 and 1.4.11."""

MATHML = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot"),
    *("msub", "msup", "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd"),
}
"""Elements of MathML Core that browsers lay out."""

CHILDREN = {
    "mfrac": 2,
    "msub": 2,
    "msup": 2,
    "munder": 2,
    "mover": 2,
    "msubsup": 3,
    "munderover": 3,
}


@pytest.fixture(scope="module")
def report() -> Report:
    return vp.report(NETWORK, samples=32, inits=("solved", "he"))


def luminance(colour: str) -> float:
    full = colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])
    parts = [int(full[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(ink: str, paper: str, opacity: float) -> str:
    parts = [
        round(opacity * int(ink[k : k + 2], 16) + (1 - opacity) * int(paper[k : k + 2], 16))
        for k in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)


def themes() -> list[dict[str, str]]:
    found = re.findall(r"--paper:(#\w+);--ink:(#\w+);--accent:(#\w+)", PAGE_STYLE)
    whole = [[c if len(c) == 7 else "#" + "".join(2 * d for d in c[1:]) for c in t] for t in found]
    return [dict(zip(("paper", "ink", "accent"), one, strict=True)) for one in whole]


def test_contrast_is_known() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=1e-3)


@pytest.mark.parametrize("theme", themes(), ids=["light", "dark"])
def test_words_and_curves_stand_out(theme: dict[str, str]) -> None:
    faintest = min(map(float, re.findall(r"opacity:([\d.]+)", STYLE + PAGE_STYLE)))
    faint = mixed(theme["ink"], theme["paper"], faintest)
    for colour in (theme["ink"], theme["accent"], faint):
        assert contrast(colour, theme["paper"]) >= TEXT, colour
    for colour in COLOURS:
        assert contrast(colour, theme["paper"]) >= GRAPHICS, colour


def test_mathematics_is_mathml_core(report: Report) -> None:
    found = re.findall(r"<math.*?</math>", report.page(), re.DOTALL)
    assert len(found) > 20
    for text in set(found):
        for element in minidom.parseString(text).getElementsByTagName("*"):
            assert element.tagName in MATHML, element.tagName
            assert len(element.childNodes) == CHILDREN.get(element.tagName, len(element.childNodes))


def test_no_formula_has_more_digits_than_a_reader_wants(report: Report) -> None:
    shown = re.sub(r"<pre>.*?</pre>", "", report.page(), flags=re.DOTALL)
    assert not re.findall(r"\d\.\d{10,}", re.sub(r"<svg.*?</svg>", "", shown, flags=re.DOTALL))


def test_tables_scroll_and_can_be_reached_by_keyboard() -> None:
    shown = table(("layer", "gain"), [("a", "1")], caption="gains & more")
    assert shown.startswith(
        '<div class="scroll" role="region" tabindex="0" aria-label="gains &amp;'
    )
    assert shown.endswith("</table></div>")


def test_paper_gets_everything() -> None:
    for said in ("white-space:pre-wrap", "overflow:visible", "break-inside:avoid"):
        assert said in STYLE.partition("@media print")[2]


CHROMIUM = os.environ.get("VARPROP_CHROMIUM", "")


@pytest.mark.skipif(not CHROMIUM, reason="needs the path of a Chromium in VARPROP_CHROMIUM")
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(width: int, report: Report, tmp_path: Path) -> None:
    """The page says its own width in its title: the only script is the test's."""
    asked = "document.title=[innerWidth,document.documentElement.scrollWidth]"
    where = tmp_path / "page.html"
    where.write_text(report.page().replace("</body>", f"<script>{asked}</script></body>"))
    command = (
        *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
        *(f"--window-size={width},900", f"--user-data-dir={tmp_path / 'profile'}", where.as_uri()),
    )
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found = re.search(r"<title>(\d+),(\d+)</title>", run.stdout)
    assert found is not None
    assert int(found[2]) <= int(found[1])


def test_a_section_is_named_by_its_heading() -> None:
    made = page("One & two", [Section("First", "<p>a</p>"), Section("Second", "<p>b</p>")])
    named = re.findall(r'<section aria-labelledby="(\w+)"><h2 id="(\w+)">', made)
    assert len(named) == 2
    assert all(one == other for one, other in named)
    assert "<h1>One &amp; two</h1>" in made
