"""Every command's --json says which varprop made it and from which seed its experiments drew."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import varprop as vp
from tests.conftest import Run
from varprop.cli.main import COMMANDS

SPEC = "Input(8) >> Dense(8) >> relu >> Dense(4)"
ASKED = {
    "solve": [("--act", "relu", "--fan-in", "64", "--no-verify"), ("--arch", SPEC),
              ("--widths", "4,4,2", "--no-verify")],
    "derive": [("he",), ("E[relu(h)^2]",), ("he", "--verify")],
    "gain": [("relu",), ("relu", "swiglu")],
    "propagate": [("--act", "relu", "--width", "8", "--depth", "3"), ("--arch", SPEC),
                  ("--arch", SPEC, "--init", "he", "--init", "glorot"),
                  ("--arch", SPEC, "--verify")],
    "phase": [("tanh", "--sigma-w2", "1.69", "--sigma-b2", "0.09"), ("relu", "--sigma-b2", "0"),
              ("relu", "--sigma-w2", "s"), ("tanh", "--sigma-w2", "1.5", "--verify")],
    "spectrum": [("linear", "--depth", "2")],
    "advise": [("--act", "tanh", "--depth", "20", "--width", "100")],
    "verify": [("relu", "--samples", "2000")],
    "check": [("E[x^2] = 1", "--given", "x ~ N(0, var=1)")],
}  # fmt: skip
WITHOUT = ("report", "list")
"""A page, and names without an answer."""


def test_no_command_is_left_out() -> None:
    assert set(COMMANDS) <= {*ASKED, *WITHOUT}


CASES = [(command, options) for command, every in ASKED.items() for options in every]


@pytest.mark.parametrize(("command", "options"), CASES)
def test_version_and_seed(
    command: str, options: tuple[str, ...], varprop: Callable[..., Run]
) -> None:
    document = varprop(command, *options, "--json").json()
    for entry in document if isinstance(document, list) else [document]:
        assert entry["varprop"] == vp.__version__
        assert isinstance(entry["seed"], int)
    seeded = [one for one in ("solve", "propagate", "verify", "check") if one == command]
    if seeded or "--verify" in options:
        document = varprop(command, *options, "--seed", "7", "--json").json()
        assert document["seed"] == 7
