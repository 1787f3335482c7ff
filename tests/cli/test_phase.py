"""``varprop phase``: the data contract, the screens, files, refusals."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from varprop.cli.phase_command import command
from varprop.errors import VarpropError

EXAMPLE = {
    "activation": "tanh",
    "sigma_w2": 1.69,
    "sigma_b2": 0.09,
    "q_star": 0.6070467919093232,
    "chi_parallel": 0.4735158698651079,
    "chi_perp": 0.9398074286821538,
    "c_star": 1.0,
    "xi_q": 1.3376676425393084,
    "xi_c": 16.10817274347612,
    "phase": "ordered",
    "continuum": False,
}


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), catch_exceptions=False)


def _json(*arguments: str) -> dict:
    result = _run(*arguments, "--json")
    assert result.exit_code == 0
    return json.loads(result.stdout, parse_constant=pytest.fail)


def test_the_contract() -> None:
    found = _json("tanh", "--sigma-w2", "1.69", "--sigma-b2", "0.09")
    for key, value in EXAMPLE.items():
        assert found[key] == (pytest.approx(value, rel=1e-9) if isinstance(value, float) else value)
    (point,) = found["fixed_points"]
    assert point["q"] == found["q_star"]
    assert point["stable"] is True


def test_no_fixed_point_is_an_answer() -> None:
    found = _json("silu", "--sigma-w2", "2.952", "--sigma-b2", "0.04")
    assert found["q_star"] is None
    assert found["phase"] is None
    assert found["fixed_points"] == []
    text = _run("silu", "--sigma-w2", "2.952", "--sigma-b2", "0.04").stdout
    assert "no fixed point: q grows without bound" in text
    assert "the edge of chaos at σ_b² = 0.04 is σ_w² = 2.82083" in text


def test_a_continuum_keeps_the_q_asked_for() -> None:
    found = _json("relu", "--sigma-w2", "2", "--from", "3")
    assert found["continuum"] is True
    assert found["fixed_points"] == []
    assert found["q_star"] == 3.0
    assert found["phase"] == "critical"
    assert found["c_star"] == 1.0
    assert found["xi_c"] is None


def test_hard_tanh_at_one_has_one_marginal_fixed_point() -> None:
    found = _json("hard_tanh", "--sigma-w2", "1", "--sigma-b2", "0")
    (point,) = found["fixed_points"]
    assert (point["q"], point["stable"], point["chi_parallel"]) == (0.0, None, 1.0)
    assert found["q_star"] == 0.0


def test_the_start_decides_where_there_are_two() -> None:
    arguments = ("silu", "--sigma-w2", "2.8208", "--sigma-b2", "0.04")
    assert _json(*arguments)["q_star"] is None
    assert _json(*arguments, "--from", "0.5")["q_star"] == pytest.approx(0.19402681675549)


@pytest.mark.parametrize(
    ("name", "bias", "weights"),
    [
        ("tanh", "0.04", [1.7007963721367]),
        ("relu", "0.1", []),
        ("gelu", "0", [4.0]),
        ("relu", "0", [2.0]),
    ],
)
def test_edge_of_chaos_at_a_bias(name: str, bias: str, weights: list[float]) -> None:
    found = _json(name, "--bias-variance", bias)
    assert found["sigma_w2"] is None
    assert [p["sigma_w2"] for p in found["edge_of_chaos"]] == pytest.approx(weights)


def test_the_screen_of_an_own_activation() -> None:
    text = _run("x*tanh(exp(x))").stdout
    for words in (
        "φ(0) = 0, φ'(0) = tanh(1) = 0.761594",
        "1.724062",
        "0.0238222",
        "no half-stable point",
    ):
        assert words in text


def test_gelu_exactly() -> None:
    assert "q* = 3/2 + √17/2 = 3.56155" in _run("gelu").stdout
    found = _json("gelu")
    assert found["universality_class"] == "half-stable"
    assert found["half_stable"][0]["q_star_expr"] == "3/2 + sqrt(17)/2"


def test_curve_as_csv(tmp_path: Path) -> None:
    name = tmp_path / "curve.csv"
    assert _run("tanh", "--save", str(name)).exit_code == 0
    with name.open() as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["q_star", "sigma_w2", "sigma_b2", "chi_parallel"]
    assert len(rows) == 200


def test_diagram_as_npz_agrees_with_single_points(tmp_path: Path) -> None:
    name = tmp_path / "diagram.npz"
    text = _run("tanh", "--grid", "6x5", "--save", str(name), "--plot").stdout
    assert "layers over which the gradient changes by e" in text
    with np.load(name) as arrays:
        assert arrays["q_star"].shape == (6, 5)
        weight, bias = arrays["sigma_w2"][3, 2], arrays["sigma_b2"][3, 2]
        found = _json("tanh", "--sigma-w2", repr(float(weight)), "--sigma-b2", repr(float(bias)))
        assert arrays["q_star"][3, 2] == pytest.approx(found["q_star"], rel=1e-8)
        assert arrays["chi_perp"][3, 2] == pytest.approx(found["chi_perp"], rel=1e-8)


def test_plot_of_the_curve() -> None:
    assert "edge of chaos of gelu" in _run("gelu", "--plot").stdout


def test_latex_and_markdown() -> None:
    assert r"\begin{aligned}" in _run("erf", "--sigma-w2", "1.5", "--latex").stdout
    assert "| 0.5 |" in _run("erf", "--sigma-w2", "1.5", "--markdown").stdout


REFUSED = {
    ("tanh", "--sigma-w2", "-1"): "must be positive",
    ("tanh", "--sigma-w2", "1", "--sigma-b2", "-0.1"): "zero or positive",
    ("tanh", "--sigma-w2", "n"): "needs a number",
    ("tanh", "--sigma-w2", "nan"): "finite",
    ("tanh", "--sigma-w2", "1", "--from", "0"): "must be positive",
    ("prelu(alpha)",): "give alpha",
    ("nonsense",): "nonsense",
    ("tanh", "--grid", "100000x100000", "--plot"): "more than",
    ("tanh", "--grid", "5", "--plot"): "NxM",
    ("tanh", "--save", "curve.txt"): ".csv and .npz",
    ("tanh", "--sigma-w2", "1", "--save", "x.csv"): "the whole curve or diagram",
    ("3", "--sigma-w2", "1"): "does not depend",
}


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_refusals(arguments: tuple[str, ...]) -> None:
    with pytest.raises(VarpropError) as refusal:
        _run(*arguments)
    assert REFUSED[arguments] in str(refusal.value)
