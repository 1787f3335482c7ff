"""``--define`` and ``@file``: names that are free, formulas that can be read, files that end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from varprop.answer.architecture_text import LARGEST_FILE, defined, read_network
from varprop.errors import BadInput
from varprop.notation import h

TAKEN = {
    "x": "written in it", "h": "written in it", "E": "natural logarithms", "lambda": "Python",
    "True": "a word", "Dense": "it is a layer", "Linear": "it is a layer", "relu": "the catalogue",
    "log": "a function", "pi": "a number", "q": "the variance", "beta": "beta function",
    "resnet18": "the zoo",
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_names_that_mean_something_else(name: str) -> None:
    with pytest.raises(BadInput, match="the name is taken") as error:
        defined([f"{name}=x**2"])
    assert TAKEN[name] in str(error.value)


WRONG = {
    ("act=x", "act=2*x"): "act is given twice",
    ("two=x*act(x)", "act=x**2"): "two uses act, which isn't defined before it",
    ("two=x*act", "act=x**2"): "two uses act, which isn't defined before it",
    ("act=x**2", "two=x*act"): "two: can't read",
    ("act=act(x)",): "act uses itself",
    ("good=x", "bad=foo(x)"): "bad: can't read 'foo(x)'",
    ("bad=2",): "bad: '2' does not depend",
}


@pytest.mark.parametrize("definitions", WRONG, ids=" ".join)
def test_a_wrong_definition_is_named(definitions: tuple[str, ...]) -> None:
    with pytest.raises(BadInput) as error:
        defined(definitions)
    assert WRONG[definitions] in str(error.value)


def test_a_definition_may_use_the_ones_before_it() -> None:
    found = defined(["act=x**2", "two=x*act(2*x)"])
    assert found["two"].phi == 4 * h**3


@pytest.mark.parametrize("name", ["act", "Dense"])
def test_a_name_of_a_function_is_no_size(name: str) -> None:
    with pytest.raises(BadInput, match=f"{name} is the name of"):
        read_network(f"Input(4) >> Dense({name})", ["act=x**2"])


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "net.txt"
    path.write_text("\ufeffInput(4) >> Dense(3)\n", encoding="utf-8")
    assert str(read_network(f"@{path}").output) == "3"
    path.write_text("# by name\nsiren\n", encoding="utf-8")
    assert str(read_network(f"@ {path}").output) == "3"


def test_files_that_are_none(tmp_path: Path) -> None:
    pipe, large, binary, empty = (tmp_path / n for n in ("pipe", "large", "binary", "empty"))
    os.mkfifo(pipe)
    large.write_bytes(b" " * (LARGEST_FILE + 1))
    binary.write_bytes(b"\xff\xfe\x00")
    empty.write_bytes(b"")
    said = {
        "": "name of a file", str(tmp_path): "is a directory", str(pipe): "no regular file",
        "/dev/zero": "no regular file", str(large): "larger than", str(binary): "UTF-8",
        str(empty): "is empty", "no\0name": "can't read", str(tmp_path / "none"): "can't read",
    }  # fmt: skip
    for name, part in said.items():
        with pytest.raises(BadInput) as error:
            read_network(f"@{name}")
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" # nothing\n", "is empty"),
        ("Dense", "write Dense(64)"),
        ("resnt18", "resnet18"),
    ],
)
def test_what_is_no_network(text: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        read_network(text)
    assert said in str(error.value)
