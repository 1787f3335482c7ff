"""``phase`` with symbols: exact fixed points, and numbers put in give the numeric answer."""

from __future__ import annotations

import pytest
from sympy import Rational, Symbol, simplify, solve

import varprop as vp
from varprop.answer.phase import phase
from varprop.answer.phase_symbolic import symbolic_phase
from varprop.errors import BadInput
from varprop.notation import q
from varprop.render.latex import latex

S, B = Symbol("s", positive=True), Symbol("b", positive=True)


@pytest.mark.parametrize(("act", "m"), [("relu", Rational(1, 2)), ("linear", Rational(1))])
def test_homogeneous_activations(act: str, m: Rational) -> None:
    found = symbolic_phase(act, "s", "b")
    assert simplify(found.q_star - B / (1 - m * S)) == 0
    assert simplify(found.chi_perp - m * S) == 0
    assert found.stable_when == (m * S < 1)
    assert solve(found.critical_when, S) == [1 / m]
    assert [simplify(v) for v in found.edge] == [1 / m, 0]


@pytest.mark.parametrize("act", ["erf", "relu", "gelu", "sin", "hard_tanh"])
def test_numbers_put_in_give_the_numeric_answer(act: str) -> None:
    found = symbolic_phase(act, "s", "b")
    values = {S: Rational(3, 2), B: Rational(1, 20)}
    point = phase(act, "3/2", "1/20")
    at = {**values, q: point.q_star}
    assert float(found.length_map.subs(at)) == pytest.approx(point.q_star, rel=1e-9)
    assert float(found.chi_parallel.subs(at)) == pytest.approx(point.chi_parallel, rel=1e-9)
    assert float(found.chi_perp.subs(at)) == pytest.approx(point.chi_perp, rel=1e-9)


def test_the_edge_of_erf_is_a_formula_in_q() -> None:
    weight, bias = (value.subs(q, 1) for value in symbolic_phase("erf", "s", "b").edge)
    point = phase("erf").at(1.0)
    assert float(weight) == pytest.approx(point.sigma_w2, rel=1e-12)
    assert float(bias) == pytest.approx(point.sigma_b2, rel=1e-12)


def test_no_closed_form_is_refused() -> None:
    with pytest.raises(BadInput, match="no closed form"):
        symbolic_phase("tanh", "s")
    with pytest.raises(BadInput, match="another symbol"):
        symbolic_phase("relu", "q")


def test_on_the_command_line(varprop) -> None:
    run = varprop("phase", "relu", "--sigma-w2", "s", "--sigma-b2", "b", "--json")
    assert run.json()["formulas"]["q_star"] == "b/(1 - s/2)"
    assert "q* =" in varprop("phase", "relu", "--sigma-w2", "s", "--sigma-b2", "b").out
    assert "root" in varprop("phase", "erf", "--sigma-w2", "s").out
    assert varprop("phase", "relu", "--sigma-w2", "s", "--verify").code == 2
    assert varprop("phase", "relu", "--sigma-w2", "-1").code == 2


def test_python_asks_with_symbols_as_with_numbers() -> None:
    assert vp.phase("relu", sigma_w2="s", sigma_b2="b") == symbolic_phase("relu", "s", "b")
    assert vp.phase("tanh", "1.69", "0.09").phase == "ordered"
    assert vp.phase("tanh", sigma_b2="0.05").solutions
    with pytest.raises(BadInput, match="needs a number"):
        vp.phase("relu", sigma_b2="b")


@pytest.mark.parametrize("act", ["relu", "erf"])
def test_every_face_shows_the_formulas(act: str) -> None:
    found = vp.phase(act, sigma_w2="s", sigma_b2="b")
    for shown in (found.latex(), found.markdown()):
        assert latex(found.chi_perp) in shown
        assert ("q^*" in shown) == (found.q_star is not None)
    assert found.latex().count("&=") == len(found.latex().splitlines()) - 2
    assert "χ⊥" in found.text()
