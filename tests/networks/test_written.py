"""``repr`` of a layer is the Python expression that makes it, from the names of ``vp.layers``."""

from __future__ import annotations

from dataclasses import replace

import pytest

import varprop as vp
from varprop.networks.kinds import LAYERS
from varprop.networks.network import every
from varprop.networks.zoo import NETWORKS

L = vp.layers
EXAMPLES = [text for kind in LAYERS.values() for text in kind.examples]
ZOO = [entry.spec for entry in NETWORKS.values()]


@pytest.mark.parametrize("text", [*EXAMPLES, *ZOO])
def test_examples(text: str) -> None:
    layer = vp.network(text).network.layer
    assert eval(repr(layer), vars(L)) == layer
    for inner in every(layer):
        assert eval(repr(inner), vars(L)) == inner


WRITTEN = {
    "Input(8) >> Dense(2)": "Input(8) >> Dense(2)",
    "Input(n) >> relu >> tanh": "Input('n') >> 'relu' >> 'tanh'",
    "Input(8) >> 3 * (leaky_relu(0.2) >> Dense(8, scale=1/3))": (
        "Input(8) >> Repeat(Activate('leaky_relu(0.2)') >> Dense(8, scale='1/3'), 3)"
    ),
    "Input(8, tokens=4) >> RNN(8, act=relu)": "Input(8, tokens=4) >> RNN(8, act='relu')",
    "Input(3, 8, 8) >> Conv2d(4, (3, 5), padding='same', bias=False)": (
        "Input(3, height=8, width=8) >> Conv2d(4, (3, 5), padding='same', bias=False)"
    ),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_values_are_python(text: str) -> None:
    layer = vp.network(text).network.layer
    assert repr(layer) == WRITTEN[text]
    assert eval(repr(layer), vars(L)) == layer


def test_an_activation_of_ones_own_is_its_formula() -> None:
    layer = vp.network("Input(8) >> act", define={"act": "x*tanh(exp(x))"}).network.layer
    assert repr(layer) == "Input(8) >> 'x*tanh(exp(x))'"
    found = eval(repr(layer), vars(L))
    assert found.layers[1].act.phi == layer.layers[1].act.phi


def test_an_activation_is_read_by_its_layer() -> None:
    assert replace(L.Activate("relu"), act="tanh") == L.Activate("tanh")
    with pytest.raises(vp.errors.UnknownName):
        L.Activate("rellu")
