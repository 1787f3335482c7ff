"""Recurrent layers and stacks whose state leaves double range: an answer or one line, never a traceback.

NumPy's warnings are errors in these tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from tests.conftest import Run
from varprop.networks.arithmetic import Numeric
from varprop.notation import h
from varprop.propagation.curves import Curve
from varprop.propagation.feed import moments_of

Command = Callable[..., Run]
TWO = "Input(8, tokens=12) >> RNN(8, act=x**2) >> RNN(8, act=x**2)"


@pytest.mark.parametrize("arguments", [("solve",), ("propagate",), ("propagate", "--json")])
def test_no_scale_keeps_a_state_that_squares_itself(
    varprop: Command, arguments: tuple[str, ...]
) -> None:
    for text in (TWO, "Input(8, tokens=6) >> RNN(8, act=x**2)"):
        found = varprop(*arguments, "--arch", text)
        assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)
        assert "no weight scale of RNN(8, act=x**2) keeps it" in found.err


def test_a_second_layer_behind_an_infinite_state_is_refused(varprop: Command) -> None:
    found = varprop("propagate", "--init", "he", "--arch", TWO)
    assert (found.code, found.out) == (2, "")
    assert found.err == (
        "Error: RNN(8, act=x**2): the second moment of what arrives is beyond double range. "
        "(character 44 of the network)\n"
    )


@pytest.mark.parametrize("correlation", [(), ("--correlation", "0.5")])
@pytest.mark.parametrize(
    "text",
    ["Input(8, tokens=12) >> RNN(8, act=x**2)", "Input(8) >> Dense(8) >> 14 * (x**2 >> Dense(8))"],
)
def test_what_leaves_double_range_explodes(
    varprop: Command, text: str, correlation: tuple[str, ...]
) -> None:
    found = varprop("propagate", "--init", "he", "--arch", text, *correlation, "--json")
    assert found.code == 0, found.err
    document = found.json()
    assert document["verdict"] == "exploding"
    assert document["layers"][-1]["second_moment"] is None


@pytest.mark.parametrize("sign", [1, -1])
def test_a_power_beyond_double_range_is_infinite(sign: int) -> None:
    curve = Curve(moments_of(sign * h**4), "mean")
    assert curve(1e120) == pytest.approx(sign * 3e240, rel=1e-12)
    assert curve(1e200) == sign * math.inf
    assert Numeric().pair(h**2, 1e200, 0.5e200) == math.inf
