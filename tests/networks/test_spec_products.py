"""What multiplies a formula belongs to it, what multiplies a network counts its copies."""

from __future__ import annotations

import pytest
from sympy import Rational, Symbol, tanh

import varprop as vp
from varprop.answer.architecture_text import defined
from varprop.errors import BadInput
from varprop.networks.containers import Repeat
from varprop.networks.elementwise import Activate
from varprop.networks.network import network
from varprop.networks.spec import parse_network
from varprop.notation import h

a = Symbol("a", positive=True)
FORMULAS = {
    "2*tanh(2*x/3)": 2 * tanh(2 * h / 3),
    "1.7159*tanh(2*x/3)": Rational(17159, 10000) * tanh(2 * h / 3),
    "a*tanh(x)": a * tanh(h),
    "3*(tanh(x))": 3 * tanh(h),
    "2 * (x**2)": 2 * h**2,
    "tanh(x)*3": 3 * tanh(h),
    "10*z": 10 * h,
    "a*2*tanh(h)": 2 * a * tanh(h),
    "-x*tanh(x)": -h * tanh(h),
    "2·tanh(x)": 2 * tanh(h),
}


@pytest.mark.parametrize("text", FORMULAS)
def test_a_number_before_a_formula_belongs_to_it(text: str) -> None:
    layer = parse_network(text).layer
    assert isinstance(layer, Activate)
    assert layer.act.phi == FORMULAS[text]
    assert parse_network(str(layer)).layer == layer


COUNTED = {
    "3*relu": "3 * relu",
    "2 * (tanh)": "2 * tanh",
    "relu*3": "3 * relu",
    "(Dense(10)) * 3": "3 * Dense(10)",
    "(Dense(10) >> relu)*L": "L * (Dense(10) >> relu)",
    "2 * 3 * Dense(4)": "6 * Dense(4)",
    "2 * (3 * Dense(4))": "2 * (3 * Dense(4))",
    "2 * leaky_relu(0.2)": "2 * leaky_relu(0.2)",
    "(L + 1) * Dense(4)": "(L + 1) * Dense(4)",
    "2 * (3*tanh(x) >> Dense(4))": "2 * (3*tanh(x) >> Dense(4))",
    "Repeat(3*tanh(x), 2)": "Repeat(3*tanh(x), 2)",
    "3 × swiglu": "3 * swiglu",
}


@pytest.mark.parametrize("text", COUNTED)
def test_a_number_before_a_network_counts_copies(text: str) -> None:
    layer = parse_network(text).layer
    assert isinstance(layer, Repeat)
    assert str(layer) == COUNTED[text]
    assert parse_network(str(layer)).layer == layer


REFUSED = {
    "L*tanh": "Give a number of copies",
    "L * (tanh)": "Give a number of copies",
    "L * (relu >> tanh)": "Give a number of copies",
    "relu * (Dense(10))": "relu is the name of an activation",
    "Dense(8) * Dense(10)": ">> goes between two layers",
    "L + 1 * (Dense(8))": "(L + 1) * …",
    "2*relux": "Did you mean relu",
    "2 * Desne(5)": "Did you mean Dense",
    "1/2 * relu": "whole number",
    "-3 * relu": "whole number",
}


@pytest.mark.parametrize("text", REFUSED)
def test_counts_that_are_none(text: str) -> None:
    with pytest.raises(BadInput) as error:
        network(f"Input(8) >> {text}")
    assert REFUSED[text] in str(error.value)


def test_lecuns_tanh_keeps_its_factors_in_an_answer() -> None:
    found = vp.network("Input(10) >> Dense(5) >> 1.7159*tanh(2*x/3) >> Dense(3)").solve()
    gain = vp.gain("1.7159*tanh(2*x/3)").moments["second_moment"].value
    assert found.layers[-1].weight_variance.value == pytest.approx(1 / (5 * gain))


def test_an_activation_made_in_python_can_be_read_back() -> None:
    net = vp.layers.Input(4) >> vp.layers.Dense(4) >> 2 * vp.activation("3*tanh(x)")
    assert parse_network(str(net)).layer == net


def test_a_definition_is_a_function_in_formulas() -> None:
    layer = parse_network("2*act(x)", defined(["act=x**2"])).layer
    assert isinstance(layer, Activate)
    assert layer.act.phi == 2 * h**2
    assert isinstance(parse_network("2*act", defined(["act=x**2"])).layer, Repeat)
