"""Series at small q."""

from __future__ import annotations

import pytest
import sympy
from sympy import O, Rational, cos, log, pi, sqrt, tanh

from tests.moments.examples import EXAMPLES, alpha
from varprop.errors import Undecided
from varprop.moments import BivariateExpectation, GaussianExpectation
from varprop.notation import c, h, q

relu, elu = EXAMPLES["relu"].phi, EXAMPLES["elu"].phi
half = Rational(1, 2)
SERIES = {
    "tanh": (tanh(h) ** 2, 4, q - 2 * q**2 + Rational(17, 3) * q**3),
    "relu": (relu**2, 3, q / 2),
    "relu_mean": (relu, 2, sqrt(q) / sqrt(2 * pi)),
    "cos": (cos(h), 3, 1 - q / 2 + q**2 / 8),
    "step": (sympy.Heaviside(h), 3, half),
    "kink_far_out": (sympy.Max(0, h - 1), 3, sympy.S.Zero),
    "softplus": (log(1 + sympy.exp(h)), 2, log(2) + q / 8),
    "elu": (
        elu**2,
        2,
        (1 + alpha**2) * q / 2 - sqrt(2) * alpha**2 * q ** Rational(3, 2) / sqrt(pi),
    ),
}


@pytest.mark.parametrize("name", SERIES)
def test_series(name: str) -> None:
    f, order, expected = SERIES[name]
    found = GaussianExpectation(f, h, q).series(q, 0, order)
    assert found.has(O) or expected == found
    assert sympy.expand(found.removeO() - expected) == 0


@pytest.mark.parametrize("name", SERIES)
def test_series_meets_the_value(name: str) -> None:
    f, order, expected = SERIES[name]
    point = {alpha: Rational(2, 3), q: Rational(1, 400)}
    value = GaussianExpectation(f, h, q).xreplace(point).evalf(20)
    assert abs(value - expected.xreplace(point)) < 60 * point[q] ** order


def test_series_inside_expressions_and_of_scaled_variances() -> None:
    held = GaussianExpectation(tanh(h) ** 2, h, q)
    assert (3 * held + q).series(q, 0, 3) == 4 * q - 6 * q**2 + O(q**3)
    scaled = GaussianExpectation(tanh(h) ** 2, h, alpha * q).series(q, 0, 3)
    assert scaled.removeO().expand() == alpha * q - 2 * alpha**2 * q**2


def test_what_has_no_series_is_refused() -> None:
    u, v = sympy.symbols("u v", real=True)
    with pytest.raises(Undecided):
        BivariateExpectation(tanh(u) * tanh(v), u, v, q, q, c).series(q, 0, 2)
    with pytest.raises(Undecided):
        GaussianExpectation(sympy.Abs(sympy.floor(h)), h, q).series(q, 0, 2)


square = GaussianExpectation(tanh(h) ** 2, h, q)
LIMITS = {
    "gain": (square / q, 0, 1),
    "inverse": (1 / square, 0, sympy.oo),
    "next_order": ((square - q) / q**2, 0, -2),
    "root": (sqrt(square / q), 0, 1),
    "softplus": (
        (GaussianExpectation(log(1 + sympy.exp(h)), h, q) - log(2)) / q,
        0,
        Rational(1, 8),
    ),
    "half_power": (GaussianExpectation(relu * tanh(h) / h, h, q) / sqrt(q), 0, 1 / sqrt(2 * pi)),
    "inside": (square, 2, square.xreplace({q: sympy.Integer(2)})),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits(name: str) -> None:
    f, place, expected = LIMITS[name]
    assert sympy.limit(f, q, place) == expected
