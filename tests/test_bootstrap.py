"""The first command: what it refuses, what it remembers, and how it fills an environment."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from varprop import bootstrap


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """Record the commands that would be run, in a project of its own."""
    made: list[list[str]] = []

    def run(command: list[str], **_: object) -> int:
        made.append(command)
        return 0

    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "stamp")
    monkeypatch.setattr(bootstrap.subprocess, "call", run)
    monkeypatch.setattr(bootstrap.subprocess, "check_call", run)
    return made


def _without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        bootstrap.importlib.util, "find_spec", lambda name: None if name in missing else real(name)
    )


def test_first_run_sets_up_and_second_does_not(calls: list[list[str]]) -> None:
    assert bootstrap.main(["solve", "--act", "relu"]) == 0
    assert [command[1:3] for command in calls[:2]] == [["-m", "venv"], ["-m", "pip"]]
    assert calls[-1][1:] == ["solve", "--act", "relu"]
    calls.clear()
    assert bootstrap.main(["list"]) == 0
    assert len(calls) == 1


def test_tests_need_the_extra_and_then_serve_for_commands(calls: list[list[str]]) -> None:
    bootstrap.main(["list"])
    calls.clear()
    assert bootstrap.main(["--test", "-q"]) == 0
    assert any(part.endswith("[test]") for part in calls[1])
    assert calls[-1][1:3] == ["-m", "pytest"]
    assert calls[-1][-1] == "-q"
    calls.clear()
    bootstrap.main(["list"])
    assert len(calls) == 1


def test_without_ensurepip_the_systems_pip_fills_the_environment(
    calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _without(monkeypatch, "ensurepip")
    assert bootstrap.main(["list"]) == 0
    assert "--without-pip" in calls[0]
    assert "--python" in calls[1]


def test_without_any_pip_one_line_to_type(
    calls: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _without(monkeypatch, "ensurepip", "pip")
    assert bootstrap.main(["list"]) == 2
    assert not calls
    assert "sudo apt install python3-venv" in capsys.readouterr().err


def test_old_python_is_refused(
    calls: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        bootstrap, "sys", SimpleNamespace(version_info=(3, 9, 2), stderr=sys.stderr)
    )
    assert bootstrap.main([]) == 2
    assert not calls
    assert "3.11 or newer, this is 3.9.2" in capsys.readouterr().err


def test_failed_installation_is_named(
    calls: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda *_, **__: 1)
    assert bootstrap.main(["list"]) == 2
    assert "the installation failed" in capsys.readouterr().err
    assert not bootstrap.STAMP.exists()
    assert len(calls) == 1
