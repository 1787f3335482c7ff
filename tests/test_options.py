"""Questions in Python take the commands' options, and refuse others in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import varprop as vp
from tests.conftest import Run
from tests.test_public import timeless
from varprop.errors import BadInput

SPEC = "Input(8) >> Dense(8) >> relu >> Dense(4)"
NET = vp.network(SPEC)
MOMENTS = "mean=0.5, var=2"
DENSE = ("--act", "relu", "--width", "8", "--depth", "3")

SAME: dict[str, tuple[tuple[str, ...], Callable[[], Any]]] = {
    "solve, a law": (
        ("solve", "--act", "tanh", "--fan-in", "64", "--no-verify", "--dist", "student_t(nu=6)"),
        lambda: vp.solve("tanh", fan_in=64, dist="student_t(nu=6)"),
    ),
    "solve, moments": (
        ("solve", "--act", "tanh", "--fan-in", "64", "--no-verify", "--input", MOMENTS),
        lambda: vp.solve("tanh", fan_in=64, input=MOMENTS),
    ),
    "solve, widths as text": (
        ("solve", "--act", "tanh", "--widths", "8,4,2", "--no-verify", "--seed", "3"),
        lambda: vp.solve("tanh", widths="8,4,2", seed=3),
    ),
    "network, laws": (
        ("solve", "--arch", SPEC, "--dist", "laplace", "--dist", "student_t(nu=6)", "--seed", "3"),
        lambda: NET.solve(dist=["laplace", "student_t(nu=6)"], seed=3),
    ),
    "network, moments": (
        ("solve", "--arch", SPEC, "--input", MOMENTS),
        lambda: NET.solve(input=MOMENTS),
    ),
    "network, experiment": (
        ("solve", "--arch", SPEC, "--verify", "--samples", "16", "--seed", "3"),
        lambda: NET.verify(samples=16, seed=3),
    ),
    "propagate, moments": (
        ("propagate", *DENSE, "--input", MOMENTS, "--seed", "3"),
        lambda: vp.propagate("relu", width="8", depth=3, input=MOMENTS, seed=3),
    ),
    "propagate, experiment": (
        ("propagate", *DENSE, "--verify"),
        lambda: vp.propagate("relu", width=8, depth=3, verify=True),
    ),
    "propagate, network": (
        ("propagate", "--arch", SPEC, "--input", MOMENTS, "--verify", "--seed", "3"),
        lambda: NET.propagate(input=MOMENTS, verify=True, seed=3),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_the_document_of_the_command(name: str, varprop: Callable[..., Run]) -> None:
    command, ask = SAME[name]
    assert timeless(json.loads(ask().json())) == timeless(varprop(*command, "--json").json())


def test_code_of_one_law(varprop: Callable[..., Run]) -> None:
    told = varprop("solve", "--arch", SPEC, "--code", "numpy", "--dist", "uniform").out
    assert NET.code("numpy", dist="uniform") == told
    assert NET.solve().code("numpy", dist="uniform") == NET.solve().code("numpy", law="uniform")


def test_samples_are_an_array_or_a_file(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(0.5, 2, (16, 8))
    np.save(tmp_path / "x.npy", rows)
    for ask in (NET.solve, NET.propagate):
        for data in (rows, tmp_path / "x.npy"):
            assert ask(data=data).json() == ask(data=str(tmp_path / "x.npy")).json()
    assert vp.solve("relu", fan_in=8, data=rows).input.mean == pytest.approx(rows.mean())


def test_checks_are_shown() -> None:
    text = NET.propagate(verify=True, samples=16).text()
    assert "Experiment" in text
    assert "Experiment" not in NET.propagate().text()
    assert "laplace" in vp.solve("relu", fan_in=8, dist="laplace").text()


def test_an_entry_of_the_zoo_is_a_network() -> None:
    assert vp.network(vp.networks.lenet5) == vp.network("lenet5")


OTHER: dict[str, Callable[[], Any]] = {
    "solve has no option sigma_b2. Write bias_variance=…": lambda: vp.solve("relu", sigma_b2=1),  # type: ignore[call-arg]
    "propagate has no option sigma_b2. Write bias_variance": lambda: NET.propagate(sigma_b2=1),  # type: ignore[call-arg]
    "Did you mean condition?": lambda: NET.solve(conditions="forward"),  # type: ignore[call-arg]
    "solve has no option laws. Write dist=…": lambda: vp.solve("relu", laws=["uniform"]),  # type: ignore[call-arg]
    "phase has no option bias_variance. Write sigma_b2": lambda: vp.phase("relu", bias_variance=0),  # type: ignore[call-arg]
    "spectrum has no option dist. Write law": lambda: vp.spectrum("relu", dist="uniform"),  # type: ignore[call-arg]
    "network has no option defines. Did you mean define?": lambda: vp.network(SPEC, defines={}),  # type: ignore[call-arg]
    "vp.network(": lambda: vp.solve(arch=SPEC),  # type: ignore[call-arg]
    "Its options: ": lambda: vp.report(SPEC, zzzz=1),  # type: ignore[call-arg]
    "data and input both": lambda: NET.solve(data="x.npy", input=MOMENTS),
    "data is the name of a file": lambda: NET.solve(data=3),
    "input is text": lambda: vp.propagate("relu", width=8, depth=2, input=3),  # type: ignore[arg-type]
    "dist names laws": lambda: NET.solve(dist=3),  # type: ignore[arg-type]
    "dist is text": lambda: vp.solve("relu", fan_in=8, dist=[3]),  # type: ignore[list-item]
    "dist and law both": lambda: NET.solve().code("numpy", dist="uniform", law="normal"),
    "no library 'None'": lambda: NET.code(None),  # type: ignore[arg-type]
    "samples is a whole number": lambda: NET.solve(verify=True, samples="x"),  # type: ignore[arg-type]
    "add verify=True": lambda: NET.solve(samples=16),
    "seed is a whole number": lambda: NET.propagate(verify=True, seed=-1),
    "can't read the initialiser 'None'": lambda: NET.propagate(init=None),  # type: ignore[arg-type]
    "widths is a list": lambda: vp.solve("relu", widths=3),  # type: ignore[arg-type]
    "widths needs at least two": lambda: vp.propagate("relu", widths=[3]),
    "symbols takes names as text": lambda: vp.symbols(3),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("said", OTHER)
def test_what_cannot_be_asked(said: str) -> None:
    with pytest.raises(BadInput) as error:
        OTHER[said]()
    assert said in str(error.value)


def test_help_says_when_an_experiment_runs(varprop: Callable[..., Run]) -> None:
    told = " ".join(varprop("solve", "--help").out.split())
    assert "on by default with a budget of 1 s, with --arch only when asked" in told
