"""Every registered layer with any list of arguments: a layer, or one line that says why not."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, Symbol

import varprop as vp
from varprop.errors import BadInput, VarpropError
from varprop.networks.dense import Dense
from varprop.networks.kinds import LAYERS
from varprop.networks.network import network

DATA = ("Input(8)", "Input(8, tokens=4)", "Input(8, 6, 6)", "Input(1)", "Input(n)", "Input(4, 8)")
VALUES = (
    *("0", "1", "2", "3", "8", "-1", "1/2", "1.5", "1e3", "n", "p+1", "n-5", "(1, 2)", "(2, 2, 2)"),
    *("relu", "swiglu", "'swiglu'", "Dense", "Dense(8)", "relu >> Dense(8)", "x**2", "Identity()"),
    *("True", "False", "None", "same", "'valid'", "full", "", "()", "(1,)", "tanh(2)", "2 * tanh"),
    *(
        "Input(8)",
        "Conv2d(8, 3)",
        "CReLU()",
        "pi",
        "q",
        "h",
        "E",
        "nan",
        "oo",
        "*",
        "=",
        "3 * Dense(8)",
    ),
)
OBJECTS: tuple[Any, ...] = (
    *(
        0,
        1,
        2,
        3,
        8,
        -1,
        1.5,
        float("nan"),
        float("inf"),
        True,
        None,
        "relu",
        "same",
        "x",
        "",
        (1, 2),
    ),
    *((), [3], object(), {}, Symbol("n"), Symbol("n", positive=True), Rational(1, 2), b"relu"),
    *(Dense(8), Dense, (Dense(8), Dense(8)), vp.relu, vp.activation("x**2"), vp.layers.Input(8)),
)


def read(text: str) -> None:
    """Read a network; a refusal is one line, and what is accepted can be written and read again."""
    line, net = "", None
    try:
        net = network(text)
        net.weights(), net.parameters(), net.symbols()
    except VarpropError as error:
        line = str(error)
    assert "\n" not in line
    assert net is None or network(str(net.layer)).layer == net.layer


@pytest.mark.parametrize("name", LAYERS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_arguments_in_a_spec(name: str, data: st.DataObject) -> None:
    names = [*(field.name for field in fields(LAYERS[name].layer)), "widht"]
    pieces = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from(["", "", *(f"{n}=" for n in names)]), st.sampled_from(VALUES)
            ),
            max_size=4,
        )
    )
    inside = ", ".join(key + value for key, value in pieces)
    first = data.draw(st.sampled_from(DATA))
    read(f"{first} >> {name}({inside})")


@pytest.mark.parametrize("name", LAYERS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_values_in_python(name: str, data: st.DataObject) -> None:
    kind = LAYERS[name].layer
    given_ = {
        field.name: data.draw(st.sampled_from(OBJECTS))
        for field in fields(kind)
        if field.default is MISSING or data.draw(st.booleans())
    }
    line = ""
    try:
        layer = kind(**given_)
        str(layer)
        network(vp.layers.Input(8, tokens=4) >> layer)
    except BadInput as error:
        line = str(error)
    assert "\n" not in line


@given(st.lists(st.sampled_from([*VALUES, *DATA, "*", ">>", "(", ")", "+", "**"]), max_size=7))
@settings(max_examples=300, deadline=None)
def test_any_row_of_pieces(pieces: list[str]) -> None:
    read(f"Input(8) >> {' '.join(pieces)}")
