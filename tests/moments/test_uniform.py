"""Expectations over a uniform law."""

from __future__ import annotations

import mpmath
import pytest
import sympy
from sympy import Max, Rational, exp, sin

from tests.moments.examples import EXAMPLES, a, b
from varprop.moments import UniformExpectation, closed_form
from varprop.notation import h

KNOWN = {
    "variance": (h**2, a**2 / 3),
    "fourth": (h**4, a**4 / 5),
    "relu": (Max(0, h) ** 2, a**2 / 6),
    "abs": (sympy.Abs(h), a / 2),
    "sin": (sin(h) ** 2, Rational(1, 2) - sin(2 * a) / (4 * a)),
    "gaussian": (exp(-(h**2)), sympy.sqrt(sympy.pi) * sympy.erf(a) / (2 * a)),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known(name: str) -> None:
    f, expected = KNOWN[name]
    assert sympy.expand(UniformExpectation(f, h, -a, a).doit() - expected) == 0


PIECEWISE = (
    *("relu", "leaky_relu", "elu", "hard_tanh", "hard_swish", "softshrink", "hardshrink"),
    *("threshold", "capped", "celu", "snake", "gaussian", "shifted_relu", "sine_relu"),
)


@pytest.mark.parametrize("name", PIECEWISE)
def test_second_moment_meets_quadrature(name: str) -> None:
    example = EXAMPLES[name]
    f, low, high = example.phi**2, -b, 2 * b
    closed = closed_form(UniformExpectation(f, h, low, high))
    for values in example.values:
        point = {b: Rational(19, 10), **values}
        left, right = (float(end.xreplace(point)) for end in (low, high))
        kinks = [float(sympy.sympify(k).xreplace(point)) for k in example.kinks]
        ends = sorted({left, right, *(k for k in kinks if left < k < right)})
        function = sympy.lambdify(h, f.xreplace(point), "mpmath")
        expected = mpmath.quad(function, ends) / (right - left)
        assert float(closed.xreplace(point).evalf(20)) == pytest.approx(float(expected), rel=1e-10)


def test_no_closed_form_still_has_digits() -> None:
    held = UniformExpectation(sympy.tanh(h) ** 2, h, -1, 2)
    assert closed_form(held) is None
    exact = 1 - (sympy.tanh(2) + sympy.tanh(1)) / 3
    assert abs(held.evalf(25) - exact.evalf(25)) < Rational(1, 10**23)
