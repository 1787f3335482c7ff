"""Kernels of two inputs."""

from __future__ import annotations

import mpmath
import pytest
import sympy
from sympy import Rational, acos, asin, pi, sin, sqrt, tanh

from tests.moments.examples import EXAMPLES, KERNELS, Example, pair, u, v
from varprop.moments import BivariateExpectation, GaussianExpectation, Moments, closed_form
from varprop.moments.plane import on_plane
from varprop.moments.plane_digits import plane_digits
from varprop.notation import c, h, positive, q

Q_U, Q_V = positive("q_u"), positive("q_v")
PLACE = {Q_U: Rational(6, 5), Q_V: Rational(3, 4), c: Rational(-3, 5)}


@pytest.mark.parametrize("name", KERNELS)
def test_kernel_meets_quadrature(name: str) -> None:
    example: Example = KERNELS[name]
    for point in example.values:
        held = BivariateExpectation(pair(example.phi), u, v, Q_U, Q_V, c)
        closed = closed_form(held)
        assert closed is not None
        value, bound = on_plane(held.xreplace({**point, **PLACE}))
        expected = float(closed.xreplace({**point, **PLACE}).evalf(20))
        assert value == pytest.approx(expected, abs=bound + 1e-11 * abs(expected))


@pytest.mark.parametrize("name", KERNELS)
def test_diagonal_is_the_second_moment(name: str) -> None:
    example: Example = KERNELS[name]
    kernel = BivariateExpectation(pair(example.phi), u, v, q, q, c).doit()
    square = Moments(example.phi).closed("second_moment")
    for point in example.values:
        at = {**point, q: Rational(5, 4)}
        diagonal = kernel.xreplace({**at, c: sympy.S.One}).evalf(25)
        assert abs(diagonal - square.xreplace(at).evalf(25)) < 1e-20


@pytest.mark.parametrize("name", KERNELS)
def test_slope_in_c_is_the_kernel_of_the_derivative(name: str) -> None:
    example: Example = KERNELS[name]
    if name in {"step", "sign"}:
        return
    slope = Moments(example.phi).derivative
    kernel = BivariateExpectation(pair(example.phi), u, v, q, q, c).doit()
    other = BivariateExpectation(pair(slope), u, v, q, q, c).doit()
    at = {**example.values[0], q: Rational(5, 4), c: Rational(1, 3)}
    assert abs((kernel.diff(c) - q * other).xreplace(at).evalf(25)) < 1e-20


theta = acos(c)
ARC_COSINE = {
    "step": (pi - theta) / (2 * pi),
    "relu": q * (sin(theta) + (pi - theta) * c) / (2 * pi),
    "relu_squared": q**2 * (3 * sin(theta) * c + (pi - theta) * (1 + 2 * c**2)) / (2 * pi),
}


@pytest.mark.parametrize("name", ARC_COSINE)
def test_arc_cosine_kernels(name: str) -> None:
    closed = BivariateExpectation(pair(EXAMPLES[name].phi), u, v, q, q, c).doit()
    for correlation in (Rational(-9, 10), Rational(0), Rational(3, 7)):
        at = {c: correlation, q: Rational(7, 3)}
        assert abs((closed - ARC_COSINE[name]).xreplace(at).evalf(25)) < 1e-22


def test_known_kernels() -> None:
    relu = BivariateExpectation(pair(EXAMPLES["relu"].phi), u, v, q, q, c).doit()
    assert relu == c * q / 4 + c * q * asin(c) / (2 * pi) + q * sqrt(1 - c**2) / (2 * pi)
    error = BivariateExpectation(pair(EXAMPLES["erf"].phi), u, v, q, q, c).doit()
    assert error == 2 * asin(2 * c * q / (2 * q + 1)) / pi


def test_joint_kinks() -> None:
    larger = BivariateExpectation(sympy.Max(u, v), u, v, q, q, c).doit()
    assert larger == sqrt(q) * sqrt(1 - c) / sqrt(pi)


def test_independent_and_certain_pairs() -> None:
    elu = EXAMPLES["elu"].phi
    product = BivariateExpectation(pair(elu), u, v, q, q, 0).doit()
    assert product == GaussianExpectation(elu, h, q).doit() ** 2
    same = BivariateExpectation(pair(elu), u, v, q, q, 1).doit()
    assert sympy.expand(same - GaussianExpectation(elu**2, h, q).doit()) == 0
    assert BivariateExpectation(tanh(u) * v**2, u, v, q, q, c).doit() == 0
    assert BivariateExpectation(u**2, u, v, q, Q_V, c).doit() == q


def test_no_closed_form_still_has_numbers() -> None:
    held = BivariateExpectation(pair(tanh(h)), u, v, Rational(6, 5), Rational(6, 5), Rational(3, 5))
    assert closed_form(held) is None
    value, bound = on_plane(held)
    with mpmath.workdps(20):
        reference = mpmath.mpf("0.2421692732788860174511564")
    assert abs(value - reference) <= bound < 1e-12
    assert abs(mpmath.mpmathify(plane_digits(held, 15)) - reference) < 1e-15


PRODUCTS = {
    "smooth": (tanh(u) * sympy.log(1 + sympy.exp(v)), Rational(9, 10)),
    "kinks": (sympy.Max(0, tanh(u)) * tanh(v), Rational(1, 2)),
    "sum": (tanh(u) * tanh(v) + tanh(u) ** 2, Rational(-1, 2)),
    "nearly_certain": (tanh(u) * tanh(v), Rational(-99, 100)),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_digits_of_products(name: str) -> None:
    """Digits on one grid of products against the double quadrature on conditional panels."""
    f, correlation = PRODUCTS[name]
    held = BivariateExpectation(f, u, v, 1, Rational(3, 2), correlation)
    value, bound = on_plane(held)
    assert abs(float(plane_digits(held, 15)) - value) <= bound + 1e-15
