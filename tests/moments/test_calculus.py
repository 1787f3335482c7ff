"""Derivatives of held expectations, kinks and jumps included, against those of closed forms."""

from __future__ import annotations

import pytest
import sympy
from sympy import Heaviside, Rational, exp, pi, sqrt, tanh

from tests.moments.examples import EXAMPLES, KERNELS, Example, pair, u, v
from varprop.moments import (
    BivariateExpectation,
    GaussianExpectation,
    Moments,
    UniformExpectation,
    closed_form,
    derivative,
)
from varprop.notation import c, h, positive, q

VARIANCE = Rational(6, 5)


def number(expr: sympy.Expr, point: dict[sympy.Symbol, sympy.Expr]) -> float:
    return float(expr.xreplace(point).doit().evalf(15))


HEAT = [
    pytest.param(name, moment, id=f"{name}-{moment}")
    for name in EXAMPLES
    for moment in ("mean", "second_moment", "derivative_second_moment")
]


@pytest.mark.parametrize(("name", "moment"), HEAT)
def test_heat_equation_and_parameters(name: str, moment: str) -> None:
    example = EXAMPLES[name]
    moments = Moments(example.phi)
    held, closed = moments.expectation(moment), moments.closed(moment)
    assert closed is not None
    point = {**example.values[0], q: VARIANCE}
    for symbol in sorted(closed.free_symbols | held.free_symbols, key=str):
        expected = float(closed.diff(symbol).xreplace(point).evalf(20))
        assert number(held.diff(symbol), point) == pytest.approx(expected, rel=1e-9, abs=1e-11)


def test_jumps_are_counted() -> None:
    step = GaussianExpectation(Heaviside(h - 1), h, q)
    assert step.diff(q) == exp(-1 / (2 * q)) * sqrt(2) / (4 * sqrt(pi) * q ** Rational(3, 2))
    relu = GaussianExpectation(Heaviside(h) ** 2, h, q)
    assert relu.diff(q) == 0
    hard_tanh = Moments(EXAMPLES["hard_tanh"].phi).expectation("derivative_second_moment")
    assert hard_tanh.diff(q) == -sqrt(2) * exp(-1 / (2 * q)) / (2 * sqrt(pi) * q ** Rational(3, 2))


def test_unknown_kinks_use_the_density() -> None:
    f = sympy.Abs(sympy.sin(h))
    held = GaussianExpectation(f, h, q)
    assert held.diff(q) == GaussianExpectation((h**2 - q) * f, h, q) / (2 * q**2)


def test_mean_and_higher_derivatives() -> None:
    m = sympy.Symbol("m", real=True)
    held = GaussianExpectation(Heaviside(h), h, q, m)
    assert held.diff(m) == exp(-(m**2) / (2 * q)) / sqrt(2 * pi * q)
    twice = GaussianExpectation(tanh(h) ** 2, h, q).diff(q, 2)
    step = Rational(1, 1000)
    middle = GaussianExpectation(tanh(h) ** 2, h, 1).evalf(20)
    around = [GaussianExpectation(tanh(h) ** 2, h, 1 + x).evalf(20) for x in (step, -step)]
    assert float(twice.xreplace({q: sympy.S.One}).evalf(15)) == pytest.approx(
        float((sum(around) - 2 * middle) / step**2), rel=1e-5
    )


def test_length_slope_is_the_derivative_of_the_second_moment() -> None:
    moments = Moments(tanh(h))
    slope = moments.best("length_slope").xreplace({q: sympy.S.One})
    assert float(slope.evalf(15)) == pytest.approx(moments.number("length_slope", 1.0).value)


Q_U, Q_V = positive("q_u"), positive("q_v")
PLACE = {Q_U: Rational(6, 5), Q_V: Rational(3, 4), c: Rational(-3, 5)}


@pytest.mark.parametrize("name", KERNELS)
def test_price(name: str) -> None:
    example: Example = KERNELS[name]
    held = BivariateExpectation(pair(example.phi), u, v, Q_U, Q_V, c)
    closed = closed_form(held)
    point = {**example.values[0], **PLACE}
    for symbol in (c, Q_U, Q_V):
        expected = float(closed.diff(symbol).xreplace(point).evalf(20))
        assert number(held.diff(symbol), point) == pytest.approx(expected, rel=1e-9, abs=1e-11)


def test_price_with_moving_jumps() -> None:
    knot = positive("knot")
    f = Heaviside(u - knot) * sympy.Abs(v)
    held = BivariateExpectation(f, u, v, q, q, 0)
    closed = held.doit()
    point = {q: VARIANCE, knot: Rational(1, 2)}
    assert number(held.diff(knot), point) == pytest.approx(number(closed.diff(knot), point))


def test_slanted_kinks_use_the_density() -> None:
    held = BivariateExpectation(sympy.Abs(u - v), u, v, q, q, c)
    closed = held.doit()
    assert closed == 2 * sqrt(q) * sqrt(1 - c) / sqrt(pi)
    point = {q: VARIANCE, c: Rational(3, 5)}
    for symbol in (q, c):
        assert number(held.diff(symbol), point) == pytest.approx(number(closed.diff(symbol), point))


def test_uniform_ends() -> None:
    low, high = sympy.symbols("low high", real=True)
    held = UniformExpectation(h**3 + h, h, low, high)
    closed = held.doit()
    point = {low: Rational(-1, 2), high: Rational(4, 3)}
    for symbol in (low, high):
        assert number(held.diff(symbol), point) == pytest.approx(number(closed.diff(symbol), point))


DERIVATIVES = {
    "relu": (sympy.Max(0, h), Heaviside(h)),
    "sign": (sympy.sign(h), sympy.S.Zero),
    "step": (Heaviside(h), sympy.S.Zero),
    "abs": (sympy.Abs(h), sympy.sign(h)),
}


@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivative_almost_everywhere(name: str) -> None:
    phi, slope = DERIVATIVES[name]
    assert derivative(phi, h) == slope
