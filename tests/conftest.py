"""Shared fixtures: the command line run in this process, exactly as a shell would see it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings

from varprop.cli.main import main

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
"""pytest-xdist starts a worker per core: threads of each one's BLAS would wait for each other."""

if os.environ.get("PYTEST_XDIST_WORKER"):
    for _name in ONE_THREAD:
        os.environ.setdefault(_name, "1")

settings.register_profile("varprop", deadline=None)  # timing belongs to benchmarks
settings.load_profile("varprop")


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        def refuse(word: str) -> None:
            raise AssertionError(f"{word} is no strict JSON")

        return json.loads(self.out, parse_constant=refuse)


@pytest.fixture(autouse=True)
def _a_terminal_of_no_special_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Test runners set COLUMNS and NO_COLOR for themselves; varprop should not see them."""
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def varprop(capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Return a function that runs ``varprop ARGUMENTS`` and returns exit code and both streams."""

    def run(*arguments: str) -> Run:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main(list(arguments))
        out, err = capsys.readouterr()
        return Run(int(stopped.value.code or 0), out, err)

    return run
