"""Widths in answers: exact products where they exist, sampled networks, sentences that name the depth."""

from __future__ import annotations

import math

import numpy as np
import pytest

import varprop as vp
from tests.conftest import Run
from varprop.answer.propagate import propagate
from varprop.answer.width import holds_for, solved_width


@pytest.mark.parametrize(("act", "constant"), [("relu", 5), ("linear", 2)])
def test_homogeneous_networks_follow_the_exact_product(act: str, constant: int) -> None:
    widths = [32, 64, 128, 16, 40, 10]
    found = propagate(act, widths, "he").finite_width
    exact = math.prod(1 + constant / n for n in widths[1:-1])
    assert found.relative_variance == pytest.approx(exact - 1, rel=1e-12)
    assert found.effective_depth == pytest.approx(sum(1 / n for n in widths[1:-1]))
    assert found.typical == pytest.approx(exact**-0.5)


def test_tanh_spreads_as_sampled_networks_do() -> None:
    rng, width, depth, networks = np.random.default_rng(3), 60, 6, 3000
    found = propagate("tanh", [width] * (depth + 1), "lecun(gain=1.5)").finite_width
    x = rng.normal(size=(1, width, 1))
    x = np.repeat(x / math.sqrt((x**2).mean()), networks, axis=0)
    for layer in range(depth):
        h = rng.normal(0, 1.5 / math.sqrt(width), (networks, width, width)) @ x
        if layer == depth - 2:
            s = 1.5**2 * (np.tanh(h) ** 2).mean(axis=(1, 2))
        x = np.tanh(h)
    assert found.relative_variance == pytest.approx(s.var() / s.mean() ** 2, rel=0.12)


def test_a_network_of_one_matrix_has_no_hidden_width() -> None:
    assert propagate("relu", [4, 4], "he").finite_width is None


def test_deep_and_narrow_is_named(varprop) -> None:
    run: Run = varprop("propagate", "--act", "relu", "--width", "64", "--depth", "200")
    assert "misleads" in run.out
    wide: Run = varprop("propagate", "--act", "relu", "--width", "4096", "--depth", "20", "--json")
    assert wide.json()["finite_width"]["misleading"] is False
    assert wide.json()["finite_width"]["typical"] == pytest.approx((1 + 5 / 4096) ** -9.5)


def test_solve_knows_how_deep_its_answer_holds() -> None:
    assert "after 22 layers" in holds_for(vp.solve("relu", fan_in=512))
    assert holds_for(vp.solve("relu", fan_in="n")) is None
    assert holds_for(vp.solve("sigmoid", fan_in=64)) is None, "stable: the spread stays small"
    assert solved_width(vp.solve("relu", widths=["n", 5, 4])) is None
    deep = solved_width(vp.solve("relu", widths=[784, *[16] * 30, 10]))
    assert deep.misleading
    assert deep.relative_variance == pytest.approx((1 + 5 / 16) ** 30 - 1)


def test_solve_warns_of_a_deep_and_narrow_network(varprop) -> None:
    widths = ",".join(["784", *["16"] * 30, "10"])
    assert "misleads" in varprop("solve", "--act", "relu", "--widths", widths, "--no-verify").out
    few = varprop("solve", "--act", "relu", "--widths", "784,512,256,10", "--no-verify")
    assert "misleads" not in few.out
