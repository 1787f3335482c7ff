"""``solve --arch --condition critical`` says which bias variance keeps q, as ``solve --act`` does."""

from __future__ import annotations

import re

import pytest
from sympy import Rational

from varprop.answer.architecture import ArchitectureSolution, solve_network
from varprop.answer.layer import solve_layer
from varprop.networks.network import network
from varprop.render.architecture_json import to_json

DEEP = "Input(64) >> Dense(50) >> {0} >> Dense(40) >> {0} >> Dense(30)"


def critical(text: str, **options: Rational) -> ArchitectureSolution:
    return solve_network(network(text), condition="critical", **options)


def last_number(note: str) -> float:
    return float(re.findall(r"-?\d+\.?\d*(?:e-?\d+)?$", note)[-1])


@pytest.mark.parametrize("act", ["tanh", "relu", "sigmoid", "gelu", "elu", "softplus"])
@pytest.mark.parametrize("q", [Rational(1), Rational(2)])
def test_it_is_what_one_layer_needs(act: str, q: Rational) -> None:
    answer = critical(f"Input(64) >> Dense(50) >> {act} >> Dense(40)", q=q)
    (note,) = solve_layer(act, fan_in=50, condition="critical", q=q).notes
    first, bias = (layer.critical_bias for layer in answer.layers)
    assert first is None
    assert bias is not None
    assert float(bias.q) == pytest.approx(float(q))
    assert bias.variance.value == pytest.approx(last_number(note), rel=1e-5, abs=1e-9)
    assert any(f"fed by {act}(h), {note.split(' here')[0]}" in said for said in answer.notes)


@pytest.mark.parametrize("act", ["tanh", "erf", "relu"])
def test_with_that_bias_every_layer_keeps_q(act: str) -> None:
    first = critical(DEEP.format(act)).layers[1].critical_bias
    assert first is not None
    value = first.variance.value
    assert value is not None
    kept = critical(DEEP.format(act), bias_variance=Rational(value))
    for layer in kept.layers[1:]:
        assert layer.critical_bias is not None
        assert float(layer.critical_bias.q) == pytest.approx(1, abs=1e-12)
        assert layer.critical_bias.variance.value == pytest.approx(value, abs=1e-12)
    assert kept.passage is not None
    assert kept.passage.rows[-1].second == pytest.approx(1)


def test_without_it_each_layer_has_its_own() -> None:
    note = critical(DEEP.format("tanh")).notes[0]
    assert note == (
        "fed by tanh(h), q = 1 is kept with bias variance σ_b² = 0.150965; "
        "q = 0.849035 is kept with bias variance σ_b² = 0.110642"
    )


def test_a_layer_without_bias_is_named() -> None:
    text = "Input(64) >> Dense(50) >> tanh >> Dense(40, bias=False)"
    assert critical(text).notes[0].endswith("0.150965; Dense(40, bias=False) has no bias")
    relu = text.replace("tanh", "relu")
    assert critical(relu).notes[0].endswith("σ_b² = 0")


def test_json_has_it_for_each_tensor() -> None:
    tanh, sigmoid = (
        to_json(critical(f"Input(64) >> Dense(50) >> {act} >> Dense(40)"))["layers"]
        for act in ("tanh", "sigmoid")
    )
    assert [entry["critical_bias"] for entry in (tanh[0], sigmoid[0])] == [None, None]
    found = tanh[1]["critical_bias"]
    assert found["q"] == 1.0
    assert found["bias_variance"]["value"] == pytest.approx(0.15096462937855304, rel=1e-12)
    assert "GaussianExpectation(tanh(h)**2, h, 1)" in found["bias_variance"]["expr"]
    assert sigmoid[1]["critical_bias"]["bias_variance"]["value"] is None
    forward = to_json(solve_network(network("Input(4) >> Dense(4) >> tanh >> Dense(4)")))
    assert all(entry["critical_bias"] is None for entry in forward["layers"])


def test_symbols_for_widths_leave_it_known_and_for_q_a_formula() -> None:
    wide = critical("Input(n) >> Dense(n) >> tanh >> Dense(n)").layers[1].critical_bias
    assert wide is not None
    assert wide.variance.value == pytest.approx(0.15096462937855304)
    assert wide.possible
