"""The README says what is true: its Python runs, its commands exist, its screen is the real one."""

from __future__ import annotations

import doctest
import re
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Run

README = Path(__file__).parent.parent / "README.md"


def test_python_examples() -> None:
    failed, tried = doctest.testfile(str(README), module_relative=False)
    assert tried > 3
    assert failed == 0


def test_the_screen_is_the_real_one(varprop: Callable[..., Run]) -> None:
    shown = README.read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]
    real = varprop("solve", "--act", "relu", "--fan-in", "512").out
    seconds = re.compile(r"[\d.]+ s$", re.MULTILINE)
    assert seconds.sub("", shown) == seconds.sub("", real)


def test_every_command_shown_runs(varprop: Callable[..., Run]) -> None:
    import shlex

    text = README.read_text(encoding="utf-8")
    lines = re.findall(r"^varprop (.*)$", text, re.MULTILINE)
    assert len(lines) >= 10
    for line in lines:
        arguments = shlex.split(line, comments=True)
        if arguments[:2] == ["verify", "--all"]:
            continue
        run = varprop(*arguments)
        assert run.code == 0, (line, run.err)
