"""Refusals name arguments as the reader has them: options in a shell, keywords in Python."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import varprop as vp
from tests.conftest import Run
from varprop.errors import BadInput, on_the_command_line, python_words


@pytest.mark.parametrize(
    ("shell", "python"),
    [
        ("--fan-in must be a symbol, not 0.", "fan_in must be a symbol, not 0."),
        ("Try --fan-in 512 or --fan-in n.", 'Try fan_in=512 or fan_in="n".'),
        ("--q is a variance", "q is a variance"),
        ("needs --for s", 'needs for_="s"'),
        ("ask varprop solve --arch, which keeps", "ask varprop solve --arch, which keeps"),
        ("a - b -- c", "a - b -- c"),
    ],
)
def test_options_become_arguments(shell: str, python: str) -> None:
    assert python_words(shell) == python
    assert python_words(python) == python
    assert str(BadInput(shell)) == python
    with on_the_command_line():
        assert str(BadInput(shell)) == shell


def test_each_side_has_its_words(varprop: Callable[..., Run]) -> None:
    with pytest.raises(BadInput, match=r"^fan_in must .*Try fan_in=512 or fan_in="):
        vp.solve("relu", fan_in=0)
    assert "--fan-in must" in varprop("solve", "--act", "relu", "--fan-in", "0").err
