"""The spec language: what it reads, what it refuses and where it points."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, Symbol

from varprop.answer.architecture_text import defined, read_network
from varprop.errors import BadInput, UnknownName, VarpropError
from varprop.networks.containers import Repeat, Serial
from varprop.networks.dense import Dense
from varprop.networks.elementwise import Activate
from varprop.networks.network import network
from varprop.networks.spec import parse_network

READ = {
    "Input(784) >> Dense(512) >> relu >> Dense(10)": ("10", 4),
    "Input(784)>>Dense(512,bias=False)>>leaky_relu(0.2)>>Dense(10)": ("10", 4),
    "Input(n) >> 50 * (Dense(n) >> relu)": ("n", 2),
    "Input(n) >> L * Residual(LayerNorm() >> Dense(n), scale=1/sqrt(L))": ("n", 2),
    "Input(3, 32, 32) >> Conv2d(16, (3, 5), padding=(1, 2)) >> Flatten()": ("16384", 3),
    "Input(16, 40) >> Conv1d(8, 3, padding=same)": ("8×40", 2),
    "Input(12, tokens=7) >> Dense(24) >> swiglu": ("7 tokens × 12", 3),
    "Input(12)  # the data\n >> Dense(8) >> maxout(2)\n # end\n": ("4", 3),
    "Input(4) >> Dense(8) >> x*tanh(exp(x)) >> Dense(2)": ("2", 4),
    "Input(4) >> Dense(8) >> 2*relu(x) >> Dense(2)": ("2", 4),
    "Input(4) >> 3 * ((Dense(4) >> relu))": ("4", 2),
}


@pytest.mark.parametrize("text", READ)
def test_reads(text: str) -> None:
    output, count = READ[text]
    net = network(text)
    assert str(net.output) == output
    assert isinstance(net.layer, Serial)
    assert len(net.layer.layers) == count


REFUSED = {
    "Input(784) >> Dense(512) >> relux": ("character 29", "Did you mean relu"),
    "Input(784) >> Desne(512)": ("character 15", "Did you mean Dense"),
    "Input(784) >> Dense(512": ("character 20", "isn't closed"),
    "Input(784) >> Dense(512))": ("character 25", "no partner"),
    "Input(784) >> >> relu": ("character", "missing here"),
    "Input(784) >> Dense()": ("character 15", "needs features"),
    "Input(784) >> Dense(5, widht=3)": ("character 24", "no 'widht'"),
    "Input(784) >> Dense(5, True, bias=False)": ("character", "twice"),
    "Input(784) >> Dense(1.5)": ("character 15", "whole number"),
    "Input(784) >> Dense(0)": ("character 15", "at least 1"),
    "Input(784) >> Dropout(1)": ("character 15", "[0, 1)"),
    "Input(784) >> Dropout(-0.1)": ("character 15", "[0, 1)"),
    "Input(8, 6, 6) >> Conv2d(4, k)": ("character 19", "symbol k"),
    "Input(8, 6, 6) >> Conv2d(4, (3, 3, 3))": ("character 19", "one number or 2"),
    "Input(8) >> Dense(8) >> __import__('os')": ("character", "can't read"),
    "Input(8) >> Repeat(Dense(8), 3, shared=True)": ("character 13", "shared over depth"),
    "Dense(8) >> relu": ("starts with its data", "Input(784)"),
    "Input(8) >> Dense(8) >> Input(9)": ("an Input comes first", "character 25"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_refuses_with_the_place(text: str) -> None:
    with pytest.raises(BadInput) as error:
        network(text)
    for part in REFUSED[text]:
        assert part in str(error.value)
    assert "\n" not in str(error.value)


MISFITS = {
    "Input(512) >> Residual(Dense(256))": ("256 features", "carries 512", "Add Dense(512)"),
    "Input(8, 6, 6) >> Residual(Conv2d(16, 3, padding=1))": ("Add Conv2d(8, 1)",),
    "Input(8, 6, 6) >> Residual(Conv2d(8, 3))": ("8×4×4", "8×6×6", "projection"),
    "Input(8, 6, 6) >> Dense(3)": ("Flatten()", "8×6×6"),
    "Input(8) >> Conv2d(3, 3)": ("(channels, height, width)", "8 arrives"),
    "Input(9, 6, 6) >> Conv2d(6, 3, groups=2)": ("9 input channels", "2 equal groups"),
    "Input(8, 6, 6) >> Conv2d(9, 3, groups=2)": ("9 output channels",),
    "Input(8, 6, 6) >> Conv2d(9, 7)": ("covers 7", "only 6"),
    "Input(8, 6, 6) >> GroupNorm(3)": ("8 channels", "3 equal groups"),
    "Input(7) >> Dense(7) >> swiglu": ("7 features", "groups of 2"),
    "Input(8, 6, 6) >> Concat(Identity(), Conv2d(4, 3))": ("8×6×6", "4×4×4"),
    "Input(8) >> Add(Dense(4), Dense(5))": ("Dense(5) returns 5 features", "Dense(4) returns 4"),
}


@pytest.mark.parametrize("text", MISFITS)
def test_shapes_that_do_not_fit_name_both(text: str) -> None:
    with pytest.raises(BadInput) as error:
        network(text)
    for part in (*MISFITS[text], "character"):
        assert part in str(error.value)


def test_python_and_text_are_one_language() -> None:
    typed = Dense(512) >> "relu" >> Dense(10)
    assert parse_network("Dense(512) >> relu >> Dense(10)").layer == typed
    assert parse_network("3 * (Dense(4) >> relu)").layer == 3 * (Dense(4) >> "relu")
    assert isinstance(3 * Dense(4), Repeat)


def test_symbols_and_fractions() -> None:
    net = network(
        "Input(n) >> Dense(2*n) >> Dropout(p) >> prelu(alpha) >> Dense(m, scale=1/sqrt(3))"
    )
    assert net.symbols() == {"n", "m", "p", "alpha"}
    (first, last) = net.weights()
    assert first.fan_out == 2 * Symbol("n", positive=True)
    assert last.scale**2 == Rational(1, 3)


def test_definitions() -> None:
    net = network("Input(4) >> Dense(4) >> act", defined(["act=x*tanh(exp(x))"]))
    assert isinstance(net.layer, Serial)
    assert isinstance(net.layer.layers[-1], Activate)
    for bad, words in (
        ("relu=x", "taken"), ("act", "NAME=EXPR"), ("2b=x", "letter first"), ("a=import os", "can't read"),
    ):  # fmt: skip
        with pytest.raises(VarpropError, match=words):
            defined([bad])


def test_networks_by_name_and_file(tmp_path) -> None:
    assert str(read_network("siren").output) == "3"
    with pytest.raises(UnknownName, match="resnet18"):
        read_network("resnt18")
    path = tmp_path / "net.txt"
    path.write_text("Input(4) >> Dense(3)\n# done\n", encoding="utf-8")
    assert str(read_network(f"@{path}").output) == "3"
    with pytest.raises(BadInput, match="can't read"):
        read_network(f"@{tmp_path / 'none.txt'}")


@given(st.text(alphabet="Input()Dense>*0123456789, =relu[]{}#'\"\n_.", max_size=80))
@settings(max_examples=300, deadline=None)
def test_hostile_text_gets_a_line_and_never_runs(text: str) -> None:
    line = ""
    try:
        network(text)
    except VarpropError as error:
        line = str(error)
    assert "\n" not in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Input(8) >> Dense(8, bias=no)", "bias is True or False, not no"),
        ("Input(8, tokens=4) >> RNN(8, relu)", "packed is True or False, not relu"),
        ("Input(8) Dense(3)", ">> goes between two layers"),
        ("Input(8) >> Dense(3) relu", ">> goes between two layers"),
        ("Input(8, tokens=4) >> RNN(8, act=tanhh)", "Did you mean tanh"),
    ],
)
def test_words_in_the_wrong_place_are_named(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=re.escape(said)):
        network(text)


def test_the_activation_of_a_recurrent_layer_is_read_as_any_other() -> None:
    texts = ("act=relu", "act='relu'", "act=max(0, x)")
    layers = [network(f"Input(8, tokens=4) >> RNN(8, {text})").layer.layers[-1] for text in texts]
    assert {str(layer.act.phi) for layer in layers} == {"Max(0, h)"}
