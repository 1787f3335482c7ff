"""The group: bare command, help, version, completion, unknown names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run
from varprop.cli.main import COMMANDS, cli
from varprop.version import __version__

Command = Callable[..., Run]


def test_bare_command_shows_four_examples(varprop: Command) -> None:
    run = varprop()
    assert run.code == 0
    assert len([line for line in run.out.splitlines() if line.startswith("  varprop ")]) == 4


def test_version(varprop: Command) -> None:
    assert __version__ in varprop("--version").out


@pytest.mark.parametrize("name", list(COMMANDS))
def test_each_command_has_help_with_examples(varprop: Command, name: str) -> None:
    run = varprop(name, "--help")
    assert run.code == 0
    assert "Examples:" in run.out
    assert f"varprop {name}" in run.out


def test_help_lists_every_command(varprop: Command) -> None:
    out = varprop("--help").out
    assert all(name in out for name in COMMANDS)
    assert set(cli.list_commands(None)) == set(COMMANDS)  # type: ignore[arg-type]


def test_unknown_command(varprop: Command) -> None:
    run = varprop("solv")
    assert run.code == 2
    assert run.err.startswith("Error: no command 'solv'. Did you mean solve?")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_written_under_home(
    varprop: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    run = varprop("--install-completion", shell)
    assert run.code == 0
    written = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert len(written) == 1
    assert "_VARPROP_COMPLETE" in written[0].read_text()


def test_list_shows_every_name(varprop: Command) -> None:
    from varprop.catalogue.activations import ACTIVATIONS
    from varprop.catalogue.laws import LAWS
    from varprop.catalogue.schemes import SCHEMES
    from varprop.solving.conditions import CONDITIONS

    out = varprop("list").out
    for registry in (ACTIVATIONS, SCHEMES, LAWS, CONDITIONS):
        for name in registry:
            assert name in out
    assert varprop("list", "activation").code == 2
