"""Refusals of networks say where: the character, the file, its line; and what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import varprop as vp
from tests.conftest import Run
from varprop.errors import BadInput, Divergent, UnknownName, VarpropError

L = vp.layers


@pytest.mark.parametrize(
    ("text", "define", "error"),
    [
        ("Input(784) >> Mirrored(Dense(512)) >> relu", {}, BadInput),
        ("Input(784) >> Dense(10) >> 1/x", {}, Divergent),
        ("Input(784) >> Dense(10) >> act", {"act": "1/x"}, Divergent),
        ("Input(784) >> Residual(Dense(784) >> 1/x >> Dense(784))", {}, Divergent),
    ],
)
def test_what_a_rule_refuses_has_its_place(
    text: str, define: dict[str, str], error: type[VarpropError]
) -> None:
    place = next(text.index(word) for word in ("Mirrored", "1/x", "act") if word in text)
    for ask in ("solve", "propagate"):
        with pytest.raises(error, match=rf"\(character {place + 1} of the network\)$"):
            getattr(vp.network(text, define=define), ask)()


def test_layers_in_python_have_no_place() -> None:
    with pytest.raises(BadInput, match=r"Mirrored\(Dense\(n\)\)\.$"):
        vp.network(L.Input(8) >> L.Mirrored(L.Dense(8))).solve()


IN_FILES = {
    "Input(4) >> Dens(3)": "^{file}: can't read the network at character 13",
    "# net\nInput(4)\n>> Dens(3)\n": "^{file}, line 3: can't read the network at character 19",
    "Input(4)\n>> Conv2d(3, 3)": r"\(character 13 of the network in {file}, line 2\)$",
    "Input(4) >> Conv2d(3, 3)": r"\(character 13 of the network in {file}\)$",
    "Input(4)\n>> Dense(4)\n>> 1/x": r"\(character 25 of the network in {file}, line 3\)$",
    "resnet51": "^{file}: no network 'resnet51'",
    "# nothing": "^{file}: ",
}


@pytest.mark.parametrize("text", IN_FILES)
def test_a_file_is_named_with_the_line(
    text: str, tmp_path: Path, varprop: Callable[..., Run]
) -> None:
    path = tmp_path / "net.txt"
    path.write_text(text)
    with pytest.raises(VarpropError, match=IN_FILES[text].format(file=path)):
        vp.network(f"@{path}").solve()
    assert str(path) in varprop("solve", "--arch", f"@{path}").err


MADE: dict[str, Callable[[], Any]] = {
    "must be a whole number of at least 1, not 0. Try 1.": lambda: L.Conv2d(64, 3, groups=0),
    "not Dense(3): layers in a row are joined with >>": lambda: L.Residual(vp.relu, L.Dense(3)),
    "not relu: layers in a row are joined with >>": lambda: L.Residual(L.Dense(3), vp.relu),
    "and Dense is the name of a layer: layers in a row are joined with >>": lambda: vp.network(
        "Input(3) >> Residual(relu, Dense(3))"
    ),
    "write vp.layers.Input(…) without quotes": lambda: "Input(784)" >> L.Dense(10),
    "write vp.layers.Dense(…) without quotes": lambda: L.Input(784) >> "Dense(10)",
    "as text, vp.network(": lambda: L.Input(784) >> "relu >> tanh",
}


@pytest.mark.parametrize("said", MADE)
def test_what_to_write_instead(said: str) -> None:
    with pytest.raises(BadInput) as error:
        MADE[said]()
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("nn.Linear(512,10)", "Dense(10)"),
        ("torch.nn.Conv2d(3, 64, 3, stride=2)", "Conv2d(64, 3, stride=2)"),
        ("nn.BatchNorm2d(64)", "BatchNorm()"),
        ("nn.ReLU()", "relu"),
        ("nn.Foo(3)", "varprop list layers"),
    ],
)
def test_names_of_other_libraries(typed: str, written: str) -> None:
    with pytest.raises(BadInput, match="is another library's name") as error:
        vp.network(f"Input(3) >> {typed}")
    assert written in str(error.value)


def test_long_text_is_shortened() -> None:
    for ask in (
        lambda: vp.network("a" * 5000),
        lambda: vp.network("Input(2) >> Dense(2)", define={"a b" * 2000: "x"}),
        lambda: vp.laws["a" * 5000],
        lambda: vp.solve("a" * 900),
    ):
        with pytest.raises(BadInput) as error:
            ask()
        assert len(str(error.value)) < 400
    with pytest.raises(UnknownName, match=r"no network 'a{57}\.\.\.'"):
        vp.network("a" * 5000)
