"""Expressions as floats: the bound holds, and what is not certain is left to evalf."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import (
    Abs,
    Ei,
    Expr,
    Heaviside,
    Max,
    Min,
    Piecewise,
    Rational,
    erf,
    erfc,
    erfi,
    exp,
    sign,
)

from varprop.moments.floats import NoFloat, value_at
from varprop.notation import positive, q

a = positive("a")
FORMS = [
    q**2 / 3 - sympy.sqrt(q) / sympy.pi + a,
    exp(-1 / (2 * q)) * (sympy.pi * erfi(1 / sympy.sqrt(2 * q)) - Ei(1 / (2 * q))),
    exp(2 * q) * erfc(sympy.sqrt(2 * q)) - a * exp(q / 2) * erfc(sympy.sqrt(q / 2)) + 1,
    sympy.asin(2 * q / (1 + 2 * q)) - sympy.atan(q / a) + sympy.cosh(q),
    Max(q - a, 0) ** 2 + Min(q, a) + Abs(q - 2) + erf(q - a),
    Piecewise((q, q < a), (1 / q, True)) + Heaviside(q - 1) + sign(a - 1),
    sympy.sin(q) * sympy.cos(a * q) - sympy.log(q) + sympy.tanh(a) - sympy.sinh(-q),
]
places = st.fractions(Rational(1, 20), 9, max_denominator=1000)


@given(st.sampled_from(FORMS), places, places)
def test_the_bound_holds(form: Expr, variance: sympy.Rational, parameter: sympy.Rational) -> None:
    try:
        value, error = value_at(form, {q: float(variance), a: float(parameter)})
    except NoFloat:
        return
    exact = form.subs({q: Rational(variance), a: Rational(parameter)})
    assert abs(sympy.Float(value, 40) - exact.evalf(40)) <= error * (1 + 1e-6) + 1e-300


@pytest.mark.parametrize(
    "form",
    [exp(-q * 10**6), sympy.gamma(q), sympy.sqrt(-q), 1 / (q - 1), Max(q, a), sympy.I * q],
    ids=str,
)
def test_what_is_not_certain_is_refused(form: Expr) -> None:
    with pytest.raises(NoFloat):
        value_at(form, {q: 1.0})
