"""Networks written in Python: the operators and calls of the text, and refusals that help."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy

import varprop as vp
from varprop.errors import BadInput
from varprop.networks.spec import parse_network

L = vp.layers


@pytest.mark.parametrize("name", ["Concat", "Add", "Multiply"])
def test_branches_one_by_one_as_in_the_text(name: str) -> None:
    kind = getattr(L, name)
    a, b = L.Dense(8), L.Dense(8) >> vp.relu
    assert kind(a, b) == kind((a, b)) == kind([a, b]) == kind(branches=(a, b))
    assert str(kind(a, b)) == f"{name}(Dense(8), Dense(8) >> relu)"
    assert replace(kind(a, b), branches=(b, a)) == kind(b, a)
    assert hash(kind(a, b)) == hash(kind((a, b)))


PAIRS = {
    "relu >> tanh": lambda: vp.relu >> vp.tanh,
    "relu >> tanh >> Dense(5)": lambda: vp.relu >> "tanh" >> L.Dense(5),
    "tanh >> relu": lambda: "tanh" >> vp.relu,
    "relu >> gelu": lambda: vp.activation("relu") >> vp.activation("gelu"),
    "3 * relu": lambda: 3 * vp.relu,
    "2 * relu": lambda: vp.relu * 2,
    "50 * (Dense(5) >> relu)": lambda: (L.Dense(5) >> vp.relu) * 50,
    "L * (Dense(5) >> relu)": lambda: (L.Dense(5) >> vp.relu) * vp.symbols("L"),
    "K * (Dense(5) >> relu)": lambda: vp.symbols("K") * (L.Dense(5) >> vp.relu),
    "Dense(5) >> 2*tanh(h)": lambda: L.Dense(5) >> 2 * vp.tanh(sympy.Symbol("x")),
}


@pytest.mark.parametrize("text", PAIRS)
def test_operators(text: str) -> None:
    found = PAIRS[text]()
    assert str(found) == text
    assert parse_network(text).layer == found


REFUSED = {
    "leaky_relu(0.2)": lambda: L.Dense(5) >> vp.leaky_relu(0.2),
    "5 is a number": lambda: L.Dense(5) >> 5,
    "make one: Dense(…)": lambda: L.Dense(5) >> L.Dense,
    "vp.symbols('n')": lambda: L.Dense(sympy.Symbol("n")),
    "Multiply needs at least two": lambda: L.Multiply(L.Dense(5)),
    "inside a Residual": lambda: L.Residual(L.Input(5) >> L.Dense(5)),
    "isn't a gated pair": lambda: L.Gated(None),
    "vp.symbols('m')": lambda: (L.Dense(5) >> vp.relu) * sympy.Symbol("m"),
}


@pytest.mark.parametrize("said", REFUSED)
def test_refusals(said: str) -> None:
    with pytest.raises(BadInput) as error:
        REFUSED[said]()
    assert said in str(error.value)
