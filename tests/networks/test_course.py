"""The moments of a stream from copy to copy: closed forms against the recurrence, and against numbers."""

from __future__ import annotations

import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Expr, Integer, Rational, sympify

from varprop.networks.arithmetic import Numeric, Symbolic
from varprop.networks.network import InputLaw, network, through
from varprop.networks.recording import Given

course = importlib.import_module("varprop.networks.course")

RATES = st.sampled_from([Rational(1), Rational(1, 2), Rational(3), Rational(9, 8)])
VALUES = st.integers(-3, 3).map(lambda n: Rational(n, 2))


@given(RATES, VALUES, RATES, VALUES, VALUES, st.integers(0, 6))
def test_sums_equal_the_recurrence(
    rate: Rational, step: Rational, own: Rational, gain: Rational, mean: Rational, copies: int
) -> None:
    """M' = rate·M + step beside S' = own·S + M and T' = own·T + gain, poles of the naive sums included."""
    m, s, t = mean, Rational(0), Rational(1)
    for _ in range(copies):
        m, s, t = rate * m + step, own * s + m, own * t + gain
    count = Integer(copies)
    assert course.geometric(mean, rate, step, count) == m
    assert course.carried(mean, rate, step, own, count) == s
    assert course.geometric(Rational(1), own, gain, count) == t


BLOCKS = (
    "Residual(LayerNorm() >> Dense(256) >> relu, scale=1/3)",
    "Residual(LayerNorm() >> Dense(256) >> gelu)",
    "Residual(LayerNorm() >> Dense(256) >> relu, skip=1/2, scale=2)",
    "Residual(BatchNorm() >> relu >> Dense(256), scale=1/2)",
    "Residual(relu >> Dense(256), scale=1/4)",
    "(Residual(LayerNorm() >> Dense(256) >> relu) >> Dropout(1/4))",
)


def at_depth(found: object, depth: int) -> Expr:
    expr = sympify(found)
    return expr.subs({s: depth for s in expr.free_symbols if s.name == "L"})


@pytest.mark.parametrize("depth", [1, 2, 7])
@pytest.mark.parametrize("block", BLOCKS)
def test_a_symbolic_depth_gives_what_copies_give_one_by_one(block: str, depth: int) -> None:
    """E[x²], the mean, E[x x̃] and the gradient of the whole network, L put in afterwards."""
    text = "Input(256) >> Dense(256) >> {} * " + block + " >> Dense(8)"
    scale = Rational(1, 256)
    formulas = Given(Symbolic(), lambda _: (scale, Integer(0)))
    numbers = Given(Numeric(), lambda _: (float(scale), 0.0))
    law = InputLaw(1, 0, 0)
    symbolic, back = through(network(text.format("L")), formulas, law)
    exact, straight = through(network(text.format(depth)), numbers, law)
    signal = importlib.import_module("varprop.networks.signal")
    for name in ("second", "mean", "cross"):
        found, wanted = getattr(symbolic, name), getattr(exact, name)
        if name == "cross" and found is None and "BatchNorm" not in block:
            continue
        value = at_depth(found, depth)
        assert float(value.evalf(20)) == pytest.approx(wanted, rel=1e-10, abs=1e-12)
    gradient = back(signal.Gradient(Integer(1))).second
    value = at_depth(gradient, depth).doit()
    assert float(value.evalf(20)) == pytest.approx(
        straight(signal.Gradient(1.0, 1.0)).second, rel=1e-9
    )
