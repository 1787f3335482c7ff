"""Code is refused with one line that names the symbol, wherever in the answer a symbol is left."""

from __future__ import annotations

import pytest
from sympy import Integer, Symbol

from varprop.answer.architecture import solve_network
from varprop.answer.layer import solve_layer, solve_widths
from varprop.errors import BadInput
from varprop.networks.network import network
from varprop.render.code import initialiser_code
from varprop.render.code_face import result_code
from varprop.render.code_libraries import LIBRARIES

OPEN = {
    "Input(64) >> Dense(64) >> relu >> Dense(k)": "k",
    "Input(n) >> Dense(64) >> relu >> Dense(10)": "n",
    "Input(64) >> L * (Dense(64) >> relu) >> Dense(10)": "L",
    "Input(64) >> 2 * (L * (Dense(64) >> relu) >> Dense(64)) >> Dense(10)": "L",
    "Input(64) >> L * (2 * (Dense(64) >> relu) >> Dense(64)) >> Dense(10)": "L",
    "Input(64) >> Residual(Dense(64) >> relu, scale=s) >> Dense(10)": "s",
    "Input(64) >> Dense(64) >> Residual(Dense(64), scale=s)": "s",
    "Input(8, tokens=t) >> Dense(5)": "t",
    "Input(64) >> Dense(64) >> leaky_relu(a) >> Dense(3)": "a",
}
WORDS = "^code needs numbers, but {} is a symbol. Write a number for it.$"


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("text", OPEN)
def test_a_symbol_of_the_network(text: str, library: str) -> None:
    solution = solve_network(network(text))
    with pytest.raises(BadInput, match=WORDS.format(OPEN[text])):
        initialiser_code(solution, library)
    with pytest.raises(BadInput, match=WORDS.format(OPEN[text])):
        result_code(solution, library)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_symbol_of_biases_and_of_widths(library: str) -> None:
    v = Symbol("v", positive=True)
    nouns = (
        solve_layer("relu", fan_in=300, bias_variance="v"),
        solve_widths("relu", (Integer(3), Integer(4), v)),
    )
    for noun in nouns:
        with pytest.raises(BadInput, match=WORDS.format("v")):
            initialiser_code(noun, library)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_solved_factor_is_no_symbol(library: str) -> None:
    text = "Input(64) >> {} * Residual(LayerNorm() >> Dense(64), scale=s)"
    solved = solve_network(network(text.format(4)), unknown="s")
    compile(initialiser_code(solved, library), "emitted", "exec")
    left = solve_network(network(text.format("L")), unknown="s")
    with pytest.raises(BadInput, match=WORDS.format("L")):
        initialiser_code(left, library)
