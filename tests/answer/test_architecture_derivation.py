"""The lines of a network's derivation: every one follows from those before it."""

from __future__ import annotations

import pytest
from sympy import Eq, Float, Rational, S

from varprop.answer.architecture import solve_network
from varprop.answer.question import as_float
from varprop.derivation import Kind
from varprop.networks.network import network
from varprop.networks.zoo import NETWORKS
from varprop.solving.conditions import CONDITIONS

NETS = {
    "mlp": "Input(784) >> Dense(512) >> relu >> Dropout(0.2) >> Dense(256, scale=1/2) >> gelu >> Dense(10)",
    "cnn": "Input(3, 32, 32) >> Conv2d(16, 3, stride=2) >> relu >> AvgPool2d(2) >> Conv2d(8, 3) >> tanh"
    " >> Conv2d(8, 1)",
    "blocks": NETWORKS["gpt2_small"].small,
}


@pytest.mark.parametrize("condition", list(CONDITIONS))
@pytest.mark.parametrize("name", NETS)
def test_the_solution_solves_what_the_lines_before_it_ask(name: str, condition: str) -> None:
    found = solve_network(network(NETS[name]), condition=condition, bias_variance=Rational(1, 50))
    known: dict = {}
    asked: list = []
    for step in found.derivation:
        if step.kind in (Kind.GIVEN, Kind.EXPECTATION):
            known[step.equation.args[0]] = Float(as_float(step.equation.args[1]))
        elif step.kind is Kind.RULE:
            asked.append(step.equation)
        else:
            known[step.equation.args[0]] = Float(as_float(step.equation.args[1]))
            gaps = [as_float((e.args[0] - e.args[1]).xreplace(known)) for e in asked]
            if len(gaps) == 1:
                assert gaps[0] == pytest.approx(0.0, abs=1e-7)
            else:
                assert min(gaps) <= 1e-7
                assert max(gaps) >= -1e-7
            asked = []
    assert len([s for s in found.derivation if s.rule.startswith("solve")]) == len(found.layers)


def test_symbols_of_the_network_stay_its_own() -> None:
    lines = solve_network(network("Input(n) >> Dense(m) >> relu >> Dense(n)")).derivation
    texts = [str(step.equation) for step in lines]
    assert "Eq(m*Mean(x_2**2)*Var(w_2), 1)" in texts
    assert "Eq(Mean(x_2**2), 1/2)" in texts


def test_what_is_given_and_what_is_expected_are_told_apart() -> None:
    first, *_, last = solve_network(
        network("Input(64) >> Dense(64) >> relu >> Dense(10)")
    ).derivation
    assert (first.kind, first.equation.args[1]) == (Kind.GIVEN, S.One)
    assert isinstance(last.equation, Eq)
    assert last.equation.args[1] == Rational(1, 32)
