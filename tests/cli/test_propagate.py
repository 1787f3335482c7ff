"""``varprop propagate``: the seeds' examples, known fixed points, limits of depth."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from tests.conftest import Run

Command = Callable[..., Run]


def propagate(varprop: Command, *arguments: str) -> dict:
    run = varprop("propagate", *arguments, "--json")
    assert run.code == 0, run.err
    return run.json()


def test_uniform_one_over_root_d_loses_a_factor_three(varprop: Command) -> None:
    found = propagate(
        varprop, "--act", "linear", "--width", "256", "--depth", "3",
        "--init", "uniform(-1/sqrt(d), 1/sqrt(d))",
    )  # fmt: skip
    rows = found["layers"]
    assert [row["index"] for row in rows] == [0, 1, 2, 3]
    assert rows[0]["q"] is None
    assert [row["q"] for row in rows[1:]] == pytest.approx([1 / 3, 1 / 9, 1 / 27])
    assert [row["gradient"] for row in rows] == pytest.approx([1 / 27, 1 / 9, 1 / 3, 1])
    assert found["forward"] == {"rate": pytest.approx(1 / 3), "verdict": "vanishing"}
    assert found["gradient"] == {"rate": pytest.approx(1 / 3), "verdict": "vanishing"}
    assert found["verdict"] == "vanishing"


@pytest.mark.parametrize("scale", [1.5, 0.5])
def test_scaled_identity_multiplies_amplitudes(varprop: Command, scale: float) -> None:
    found = propagate(
        varprop, "--act", "linear", "--width", "2", "--depth", "9", "--init", f"identity({scale})",
        "--input", "mean=1, var=0",
    )  # fmt: skip
    last = found["layers"][-1]
    assert math.sqrt(last["second_moment"]) == pytest.approx(scale**9)
    assert last["mean"] == pytest.approx(scale**9)
    assert "don't apply" in found["notes"][0]


def test_identity_refuses_what_it_cannot_follow(varprop: Command) -> None:
    run = varprop(
        "propagate", "--act", "relu", "--width", "2", "--depth", "3", "--init", "identity"
    )
    assert run.code == 2
    assert "not drawn at random" in run.err


def test_torch_tanh_gain_reaches_its_fixed_point(varprop: Command) -> None:
    found = propagate(
        varprop, "--act", "tanh", "--width", "64", "--depth", "200", "--init", "lecun(gain=5/3)"
    )
    assert found["layers"][-1]["q"] == pytest.approx(1.17848, abs=5e-6)
    assert found["gradient"]["rate"] == pytest.approx(1.2098, abs=5e-5)
    assert found["verdict"] == "exploding"


def test_torch_default_relu_plateaus(varprop: Command) -> None:
    found = propagate(
        varprop, "--act", "relu", "--width", "512", "--depth", "60", "--init", "torch_default"
    )
    assert found["layers"][-1]["second_moment"] == pytest.approx(4e-4, rel=0.05)
    assert found["gradient"]["rate"] == pytest.approx(1 / 6)


def test_glorot_relu_halves(varprop: Command) -> None:
    found = propagate(varprop, "--act", "relu", "--width", "8", "--depth", "20", "--init", "glorot")
    assert found["forward"]["rate"] == pytest.approx(0.5)
    assert found["gradient"]["rate"] == pytest.approx(0.5)


@pytest.mark.parametrize("act", ["relu", "tanh", "gelu", "softplus", "elu"])
def test_solved_scale_keeps_q(varprop: Command, act: str) -> None:
    found = propagate(varprop, "--act", act, "--width", "32", "--depth", "5")
    assert [row["q"] for row in found["layers"][1:]] == pytest.approx([1] * 5, rel=1e-9)


def test_solved_network_of_any_widths(varprop: Command) -> None:
    found = propagate(varprop, "--act", "relu", "--widths", "784,512,256,512,256,10")
    assert [row["q"] for row in found["layers"][1:]] == pytest.approx([1] * 5, rel=1e-12)


def test_ten_thousand_layers(varprop: Command) -> None:
    found = propagate(
        varprop, "--act", "tanh", "--width", "9", "--depth", "10000", "--init", "lecun"
    )
    assert len(found["layers"]) == 10_001
    # q' = q − 2q² + 17/3 q³ …: q_l ≈ 1/(2l) for large l
    assert found["layers"][-1]["q"] == pytest.approx(1 / 20_000, rel=2e-3)
    out = varprop("propagate", "--act", "tanh", "--width", "9", "--depth", "10000").out
    assert len(out.splitlines()) <= 40
    assert "10000" in out


def test_overflow_is_null_and_named(varprop: Command) -> None:
    found = propagate(
        varprop, "--act", "linear", "--width", "100", "--depth", "2000", "--init", "normal(std=1)"
    )
    assert found["layers"][-1]["q"] is None
    assert found["forward"]["verdict"] == "exploding"
    assert found["forward"]["rate"] == pytest.approx(100)


def test_several_inits_side_by_side(varprop: Command) -> None:
    arguments = (
        "--act",
        "tanh",
        "--width",
        "64",
        "--depth",
        "10",
        "--init",
        "glorot",
        "--init",
        "he",
    )
    found = propagate(varprop, *arguments)
    assert [one["init"] for one in found["networks"]] == ["glorot", "he"]
    out = varprop("propagate", *arguments).out
    assert "glorot q" in out
    assert "he q" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--width", "5"), "needs a network"),
        (("--width", "5", "--depth", "0"), "positive whole"),
        (("--width", "n", "--depth", "3"), "whole numbers"),
        (
            ("--width", "5", "--depth", "3", "--init", "normal(0.01)"),
            "normal(std=0.01) or normal(var=0.01)",
        ),
        (("--width", "5", "--depth", "3", "--init", "glorrot"), "Did you mean glorot"),
        (("--width", "5", "--depth", "3", "--init", "uniform(0, 0.01)"), "zero-mean"),
        (("--width", "5", "--depth", "3", "--init", "uniform(1, -1)"), "low to high"),
        (("--width", "5", "--depth", "3", "--init", "he(gian=2)"), "Did you mean gain"),
        (("--width", "5", "--depth", "3", "--init", "normal"), "needs std"),
        (("--width", "5", "--depth", "3", "--init", "he(gain=k)"), "k is no number"),
        (("--act", "prelu(alpha)", "--width", "5", "--depth", "3"), "alpha"),
    ],
)
def test_bad_input_is_one_clear_line(
    varprop: Command, arguments: tuple[str, ...], words: str
) -> None:
    run = varprop("propagate", *arguments)
    assert run.code == 2
    assert run.err.count("\n") == 1
    assert words in run.err


def test_a_followed_network_is_verified(varprop):
    arguments = ("propagate", "--act", "tanh", "--width", "256", "--depth", "3", "--init", "he")
    run = varprop(*arguments, "--verify")
    assert run.code == 0, run.out
    assert "he: forward q" in run.out
    document = varprop(*arguments, "--init", "glorot", "--verify", "--json").json()
    assert len(document["checks"]) == 4
    assert {check["verdict"] for check in document["checks"]} == {"agrees"}


def test_histograms_are_shown_and_drawn(varprop, tmp_path):
    arguments = ("propagate", "--act", "relu", "--width", "32", "--depth", "2", "--init", "he")
    run = varprop(*arguments, "--histogram")
    assert run.code == 0
    assert "values that are not 0" in run.out
    assert len(varprop(*arguments, "--histogram", "--json").json()["histograms"]["inits"]) == 1
    picture = tmp_path / "layers.svg"
    assert varprop(*arguments, "--figure", str(picture)).code == 0
    assert picture.read_text().startswith("<?xml")
    assert varprop(*arguments, "--figure", "layers.txt").code == 2


def test_two_inputs_from_a_given_correlation(varprop: Command) -> None:
    found = propagate(
        varprop, "--act", "relu", "--width", "64", "--depth", "3", "--init", "he", "--correlation", "1",
    )  # fmt: skip
    assert [row["correlation"] for row in found["layers"]] == pytest.approx([1] * 4)
    assert [row["data_variance"] for row in found["layers"]] == pytest.approx([0] * 4)
    alike = propagate(varprop, "--act", "linear", "--width", "9", "--depth", "4", "--init", "lecun")
    assert [row["data_variance"] for row in alike["layers"]] == pytest.approx([1] * 5)
    run = varprop("propagate", "--width", "5", "--depth", "2", "--correlation", "1.5")
    assert run.code == 2
    assert "from -1 to 1" in run.err


def test_an_input_with_a_mean_gives_correlated_inputs(varprop: Command) -> None:
    found = propagate(
        varprop, "--act", "tanh", "--width", "8", "--depth", "2", "--input", "mean=0.5, var=0.75"
    )
    first = found["layers"][0]
    assert first["correlation"] == pytest.approx(0.25)
    assert first["data_variance"] == pytest.approx(0.75)


def test_data_rows_have_their_columns_variance(varprop: Command, tmp_path) -> None:
    import numpy as np

    rng = np.random.default_rng(2)
    rows = rng.normal(size=(400, 6)) + np.array([3.0, -3.0, 0.0, 1.0, 0.0, 0.0])
    np.save(tmp_path / "x.npy", rows)
    found = propagate(
        varprop, "--act", "relu", "--widths", "6,5,4", "--data", str(tmp_path / "x.npy")
    )
    assert found["layers"][0]["data_variance"] == pytest.approx(rows.var(axis=0).mean())


SIDE_BY_SIDE = (
    "propagate", "--act", "tanh", "--width", "16", "--depth", "4", "--init", "lecun", "--init", "he",
)  # fmt: skip


@pytest.mark.parametrize("ending", [".svg", ".png", ".pdf"])
def test_initialisers_are_drawn_side_by_side(varprop: Command, tmp_path, ending: str) -> None:
    pytest.importorskip("matplotlib")
    first, again = tmp_path / f"a{ending}", tmp_path / f"b{ending}"
    assert varprop(*SIDE_BY_SIDE, "--figure", str(first)).code == 0
    assert varprop(*SIDE_BY_SIDE, "--figure", str(again)).code == 0
    assert first.read_bytes() == again.read_bytes()
    if ending == ".svg":
        picture = first.read_text(encoding="utf-8")
        assert "lecun" in picture
        assert "correlation" in picture


@pytest.mark.parametrize("option", ["--figure", "--save"])
def test_unknown_endings_are_refused(varprop: Command, option: str) -> None:
    run = varprop(*SIDE_BY_SIDE, option, "depth.txt")
    assert run.code == 2
    assert "depth.txt" in run.err or ".txt" in run.err
    assert (
        varprop(
            *SIDE_BY_SIDE, option, "/nowhere/at/all" + (".svg", ".csv")[option == "--save"]
        ).code
        == 2
    )


def test_a_missing_matplotlib_is_named(varprop: Command, monkeypatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    run = varprop(*SIDE_BY_SIDE, "--figure", "depth.svg")
    assert run.code == 2
    assert "varprop[plot]" in run.err
    assert run.err.count("\n") == 1


def test_rows_are_saved_as_numbers(varprop: Command, tmp_path) -> None:
    import csv

    import numpy as np

    table, arrays = tmp_path / "rows.csv", tmp_path / "rows.npz"
    found = varprop(*SIDE_BY_SIDE, "--save", str(table), "--json").json()["networks"]
    assert varprop(*SIDE_BY_SIDE, "--save", str(arrays)).code == 0
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    loaded = np.load(arrays)
    told = [layer for one in found for layer in one["layers"]]
    assert len(rows) == len(told) == loaded["q"].size
    assert [float(row["gradient"]) for row in rows] == [layer["gradient"] for layer in told]
    assert rows[0]["q"] == ""
    assert loaded["gradient"].ravel().tolist() == [layer["gradient"] for layer in told]
    assert loaded["init"].tolist() == ["lecun", "he"]


def test_curves_in_the_terminal(varprop: Command) -> None:
    out = varprop(*SIDE_BY_SIDE, "--plot").out
    assert "lecun: log10 E[x²] by layer" in out
    assert "he: log10 gradient by layer" in out


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_table_stays_a_table(width: int) -> None:
    from io import StringIO

    from rich.console import Console

    import varprop as vp
    from varprop.render.propagate_screen import show_propagations
    from varprop.render.screen import Screen

    one = [vp.propagate("gelu", width=512, depth=12, init="glorot")]
    several = [vp.propagate("gelu", width=512, depth=12, init=i) for i in ("he", "lecun", "glorot")]
    for found in (one, several):
        out = StringIO()
        terminal = Console(file=out, width=width, force_terminal=True, color_system=None)
        show_propagations(found, Screen(terminal))
        lines = [line.rstrip() for line in out.getvalue().splitlines()]
        assert max(map(len, lines)) <= width
        heads = [line for line in lines if line.startswith("layer ")]
        assert heads
        assert "gradient" in out.getvalue()
        assert sum(line.startswith("Dense(512) 7 ") for line in lines) == len(heads)


def test_documents_show_the_two_inputs(varprop: Command) -> None:
    arguments = ("propagate", "--act", "relu", "--width", "8", "--depth", "2", "--init", "he")
    assert "| c | q(1 − c) | gradient |" in varprop(*arguments, "--markdown").out
    latex = varprop(*arguments, "--latex").out
    assert "$c$ & $q(1-c)$" in latex
    assert "{lrrrrrr}" in latex
