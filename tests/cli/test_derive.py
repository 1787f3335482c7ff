"""``varprop derive``: every scheme and law has an argument whose last line is its formula."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sympy import Symbol, simplify, sympify

from tests.conftest import Run
from varprop.catalogue.laws import LAWS
from varprop.catalogue.schemes import SCHEMES

Command = Callable[..., Run]
POSITIVE = {name: Symbol(name, positive=True) for name in ("fan_in", "fan_out", "q")}


@pytest.mark.parametrize("name", [n for n, s in SCHEMES.items() if s.argument])
def test_each_scheme_is_derived_not_stated(varprop: Command, name: str) -> None:
    run = varprop("derive", name, "--json")
    assert run.code == 0, run.err
    found = run.json()
    scheme = SCHEMES[name]
    gain = sympify(dict(scheme.parameters)["gain"])
    stated = sympify(scheme.weight_variance, locals={**POSITIVE, "gain": gain})
    assert simplify(sympify(found["value"], locals=POSITIVE) - stated) == 0
    assert len(found["steps"]) > 10
    assert found["assumptions"]


@pytest.mark.parametrize("name", [n for n, law in LAWS.items() if law.random])
def test_each_law_has_a_derivation(varprop: Command, name: str) -> None:
    run = varprop("derive", name)
    assert run.code == 0, run.err
    assert "Var(w)" in run.out


@pytest.mark.parametrize("form", ["--latex", "--markdown"])
def test_one_aligned_block(varprop: Command, form: str) -> None:
    out = varprop("derive", "glorot", form).out
    assert out.count("\\begin{aligned}") == 1
    assert out.count("\\end{aligned}") == 1
    assert r"\operatorname{Var}\left(x_{l+1}\right)" in out


def test_textbook_recurrence_is_there_word_for_word(varprop: Command) -> None:
    out = varprop("derive", "he").out
    assert "Var(x_{l+1}) = n·Var(w)·Var(x_l)" in out
    assert "E[x²] replaces Var(x)" in out


@pytest.mark.parametrize(
    ("moment", "value"),
    [
        ("E[relu(h)^2]", "q/2"),
        ("E[gelu(h)²]", "q*(1/4 + (q/((q+1)*sqrt(1+2*q)) + atan2(q, sqrt(1+2*q))/2)/pi)"),
        ("Var(relu(h))", "q/2 - q/(2*pi)"),
        ("E[sin(h)^2]", "(1 - exp(-2*q))/2"),
        ("E[erf(h)^2]", "2*asin(2*q/(1 + 2*q))/pi"),
    ],
)
def test_moments(varprop: Command, moment: str, value: str) -> None:
    found = varprop("derive", moment, "--json").json()
    expected = sympify(value, locals=POSITIVE)
    derived = sympify(found["value"], locals=POSITIVE)
    for q in (0.3, 2.0):
        difference = (derived - expected).subs(POSITIVE["q"], q)
        assert abs(float(difference)) < 1e-14


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("hee", "Did you mean he"),
        ("relu", "is an activation"),
        ("E[tanh(h)^2]", "no closed form"),
        ("E[tanh(h)", "can't read"),
        ("tanh(h)]", "nothing to derive"),
    ],
)
def test_bad_input_is_one_clear_line(varprop: Command, what: str, words: str) -> None:
    run = varprop("derive", what)
    assert run.code == 2
    assert run.err.count("\n") == 1
    assert words in run.err


def test_every_line_can_be_verified(varprop):
    run = varprop("derive", "uniform", "--verify")
    assert run.code == 0
    assert "lines   ✓" in run.out
    document = varprop("derive", "uniform", "--verify", "--json").json()
    assert document["summary"]["disagrees"] == 0
    assert len(document["lines"]) >= len(document["checks"])
    assert "| ✓ |" in varprop("derive", "uniform", "--verify", "--markdown").out
    assert r"\checkmark" in varprop("derive", "uniform", "--verify", "--latex").out
