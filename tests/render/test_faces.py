"""Every noun has every face, and every face is what it claims to be."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from typing import Any
from xml.dom import minidom

import pytest
from sympy import Basic

import varprop as vp
from varprop.faces import Shown
from varprop.render.html_page import Section, page


def draft() -> vp.types.Draft:
    return vp.begin("h = Σ_j w_j x_j", w=vp.law(var="v"), x=vp.relu)


FACES = ("text", "latex", "markdown", "html", "json")
NETWORK = "Input(8) >> Dense(8) >> relu >> Dense(4)"
RESIDUAL = "Input(n) >> L * Residual(LayerNorm() >> Dense(n), scale=s)"
NOUNS: dict[str, Callable[[], Any]] = {
    "solution": lambda: vp.solve("tanh", fan_in=64),
    "solution of symbols": lambda: vp.solve("relu", fan_in="n", fan_out="m", condition="glorot"),
    "solution of widths": lambda: vp.solve("relu", widths=[784, 512, 10]),
    "derivation": lambda: vp.derive("he"),
    "derivation of a moment": lambda: vp.E(vp.relu(vp.Normal("h", var="q")) ** 2).derive(),
    "propagation": lambda: vp.propagate("relu", width=8, depth=3),
    "gain": lambda: vp.gain("gelu"),
    "gain of symbols": lambda: vp.gain("prelu(alpha)"),
    "phase": lambda: vp.phase("tanh", sigma_w2=1.69, sigma_b2=0.09),
    "symbolic phase": lambda: vp.phase("erf", sigma_w2="s", sigma_b2="b"),
    "edge at a bias": lambda: vp.phase("tanh", sigma_b2=0.04),
    "edge": lambda: vp.phase("tanh"),
    "spectrum": lambda: vp.spectrum("linear", depth=2),
    "advice": lambda: vp.advise("tanh", depth=20, width=100),
    "verification": lambda: vp.verify("relu", samples=2000),
    "tested derivation": lambda: vp.derive("uniform").verify(),
    "network": lambda: vp.network(NETWORK).solve(),
    "network with an open factor": lambda: vp.network(RESIDUAL).solve(for_="s"),
    "followed network": lambda: vp.network(NETWORK).propagate(),
    "report": lambda: vp.report(NETWORK, inits=("solved", "he"), samples=8),
    "draft": draft,
    "finished draft": lambda: draft().finish().verify(),
    "options": lambda: draft().options(),
    "no options": lambda: draft().finish().options(),
}


@cache
def noun(name: str) -> Any:
    return NOUNS[name]()


class Tags(HTMLParser):
    """Counts tags and refuses what isn't closed."""

    VOID = ("meta", "br", "hr", "link")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name.startswith("on") for name, _ in attrs)
        self.seen.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(html: str) -> list[str]:
    """Every tag of a document that is well formed and runs nothing."""
    reader = Tags()
    reader.feed(html)
    reader.close()
    assert not reader.open
    assert not {"script", "img", "iframe", "object", "link"} & set(reader.seen)
    return reader.seen


@pytest.mark.parametrize("name", NOUNS)
@pytest.mark.parametrize("face", FACES)
def test_every_noun_has_every_face(name: str, face: str) -> None:
    shown = getattr(noun(name), face)()
    assert isinstance(shown, str)
    assert shown.strip()


def test_every_kind_of_noun_is_among_them() -> None:
    walked = {type(noun(name)) for name in NOUNS}
    named = {
        kind
        for kind in vars(vp.types).values()
        if isinstance(kind, type) and issubclass(kind, Shown)
    }
    assert {kind.__name__ for kind in named - walked} <= WALKED_ELSEWHERE


WALKED_ELSEWHERE: set[str] = set()


@pytest.mark.parametrize("name", NOUNS)
def test_html_is_well_formed_mathml_without_dollars(name: str) -> None:
    html = noun(name).html()
    assert "$" not in html
    tags(html)
    minidom.parseString(f"<div>{html}</div>")


@pytest.mark.parametrize(
    "name", ["solution", "derivation", "gain", "draft", "options", "derivation of a moment"]
)
def test_formulas_are_native_mathematics(name: str) -> None:
    assert "math" in tags(noun(name).html())


@pytest.mark.parametrize("name", ["propagation", "spectrum"])
def test_curves_are_inline_pictures_with_a_name(name: str) -> None:
    html = noun(name).html()
    assert "svg" in tags(html)
    assert 'role="img"' in html
    assert 'aria-label="' in html


def test_a_derivation_unfolds_line_by_line() -> None:
    html = noun("derivation").html()
    assert html.count("<li class") == len(noun("derivation"))
    assert html.count("<summary>") >= len(noun("derivation"))
    for word in ("rule", "kind", "assumes", "source"):
        assert f"<dt>{word}</dt>" in html


@pytest.mark.parametrize("name", NOUNS)
def test_json_is_strict(name: str) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    json.loads(noun(name).json(), parse_constant=refuse)


@pytest.mark.parametrize("name", NOUNS)
def test_latex_has_balanced_braces_and_environments(name: str) -> None:
    latex = noun(name).latex()
    bare = latex.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}")
    assert latex.count(r"\begin{") == latex.count(r"\end{")
    assert latex.count(r"\left") == latex.count(r"\right")


@pytest.mark.parametrize("name", NOUNS)
def test_notebooks_may_choose(name: str) -> None:
    shown = noun(name)._repr_mimebundle_()
    assert {"text/plain", "text/html", "text/markdown"} <= set(shown)
    assert shown["text/plain"] == noun(name).text() == str(noun(name))
    assert shown["text/html"].startswith('<div class="varprop"><style>')
    if "text/latex" in shown:
        assert shown["text/latex"].startswith("$$\n")
        assert "tabular" not in shown["text/latex"]
        assert "usepackage" not in shown["text/latex"]
    assert "<svg" not in shown["text/html"]
    for alt, data in re.findall(r'<img alt="([^"]*)" src="([^"]*)">', shown["text/html"]):
        assert alt
        minidom.parseString(base64.b64decode(data.removeprefix("data:image/svg+xml;base64,")))
    assert noun(name)._repr_html_() == shown["text/html"]
    assert noun(name)._repr_markdown_() == shown["text/markdown"]
    assert noun(name)._repr_latex_() == shown.get("text/latex")
    only = noun(name)._repr_mimebundle_(include={"text/html"}, exclude={"text/plain"})
    assert list(only) == ["text/html"]


def test_a_derivation_is_one_aligned_block_for_front_ends() -> None:
    latex = noun("finished draft")._repr_latex_()
    assert latex.startswith("$$\n\\begin{aligned}")
    assert latex.count("aligned") == 2


def test_what_a_user_typed_is_escaped() -> None:
    typed = "x*Heaviside(x) if x<1 else x"
    html = vp.solve(typed, fan_in=8).html()
    assert "x<1" not in html
    assert "h&lt;1" in html
    tags(html)


def test_a_page_is_whole_and_readable() -> None:
    sections = [Section(name, noun(name).html()) for name in ("solution", "propagation", "draft")]
    found = page("Weights for <relu> & co", sections, lead="1 < 2")
    seen = tags(found)
    assert seen.count("h1") == 1
    assert seen.count("h2") == len(sections)
    assert '<html lang="en">' in found
    assert "<title>Weights for &lt;relu&gt; &amp; co</title>" in found
    for words in ("prefers-color-scheme:dark", "@media print", 'name="viewport"'):
        assert words in found
    assert "http://" not in found.replace("http://www.w3.org/", "")
    assert "https://" not in found


def test_expectations_show_themselves_where_a_notebook_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import sys
    from types import SimpleNamespace

    from varprop.moments.expectation import Expectation
    from varprop.render.notebook import teach_ipython

    taught: dict[type, Callable[[Any], str]] = {}
    formatters = {
        kind: SimpleNamespace(for_type=lambda kind, show: taught.update({kind: show}))
        for kind in ("text/html", "text/latex")
    }
    shell = SimpleNamespace(display_formatter=SimpleNamespace(formatters=formatters))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    teach_ipython(Expectation)
    held = vp.E(vp.tanh(vp.Normal("h", var="q")) ** 2)
    recurrence = taught[Basic](vp.recurrence("tanh"))
    assert r"\sigma_b^2" in recurrence
    assert recurrence.startswith(r"$\displaystyle")
    plain = vp.symbols("q") / 2
    assert taught[Basic](plain) == plain._repr_latex_()
    html = taught[Expectation](held)
    assert "math" in tags(html)
    assert "tanh" in html
