"""Open factors without closed form: the root of the followed network against recursions by hand."""

from __future__ import annotations

import math

import pytest
from scipy.optimize import brentq
from sympy import Float

from varprop.answer.architecture import solve_network
from varprop.answer.architecture_text import read_network
from varprop.errors import BadInput


def _solved(text: str, name: str = "s") -> float:
    unknown = solve_network(read_network(text, ()), unknown=name).unknown
    assert unknown is not None
    assert unknown.value.value is not None
    return unknown.value.value


@pytest.mark.parametrize("depth", [5, 24, 100])
def test_branches_that_end_in_relu_add_their_means(depth: int) -> None:
    """S → S(1 + s²/2) + 2 s M √(S/2π), M → M + s √(S/2π), with He's scale in every copy."""

    def stream(s: float) -> float:
        second, mean = 1.0, 0.0
        for _ in range(depth):
            branch = math.sqrt(second / 2 / math.pi)
            second, mean = second * (1 + s * s / 2) + 2 * s * mean * branch, mean + s * branch
        return second

    by_hand = brentq(lambda s: stream(s) - 2.0, 1e-4, 2.0, xtol=1e-14)
    found = _solved(f"Input(64) >> {depth} * Residual(Dense(64) >> relu, scale=s) >> Dense(10)")
    assert math.isclose(found, by_hand, rel_tol=1e-10)


def test_branches_of_the_streams_size() -> None:
    """Each tensor makes its branch as large as the stream: (1 + s²)^24 = 2."""
    found = _solved("Input(8) >> Dense(8) >> 24 * Residual(tanh >> Dense(8), scale=s) >> Dense(2)")
    assert math.isclose(found, math.sqrt(2 ** (1 / 24) - 1), rel_tol=1e-10)


def test_the_value_is_a_number_with_its_way_told() -> None:
    """No formula is claimed; the steps say how the root was found."""
    net = read_network("Input(8) >> 9 * Residual(Dense(8) >> relu, scale=s) >> Dense(2)", ())
    unknown = solve_network(net, unknown="s").unknown
    assert unknown is not None
    assert isinstance(unknown.value.expr, Float)
    assert "Brent" in unknown.steps[-1].because


def test_symbols_that_stay_open_are_refused_by_name() -> None:
    """A width without number has no passes to follow."""
    net = read_network("Input(n) >> 24 * Residual(Dense(n) >> relu, scale=s) >> Dense(10)", ())
    with pytest.raises(BadInput, match="number for every symbol but the one of for_"):
        solve_network(net, unknown="s")
