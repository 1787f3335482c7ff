"""Python functions as activations: opaque values, interpolated slopes, declared kinks."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
from sympy import Piecewise

from varprop.catalogue.activations import activation_from
from varprop.errors import BadInput
from varprop.notation import h


def _evaluate(expr: sympy.Expr, point: float) -> float:
    return float(expr.subs(h, sympy.Float(point, 17)).evalf(17))


SMOOTH = {
    "tanh": (np.tanh, lambda x: 1 - math.tanh(x) ** 2),
    "sin30": (lambda x: np.sin(30 * x), lambda x: 30 * math.cos(30 * x)),
    "exp": (np.exp, math.exp),
    "runge": (lambda x: 1 / (1 + 25 * x * x), lambda x: -50 * x / (1 + 25 * x * x) ** 2),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_value_and_slope(name: str) -> None:
    function, slope = SMOOTH[name]
    phi = activation_from(function).phi
    for point in (-2.3, -0.4, 0.0, 0.31, 1.9):
        assert math.isclose(_evaluate(phi, point), float(function(point)), rel_tol=1e-15)
        found = _evaluate(phi.diff(h), point)
        assert math.isclose(found, slope(point), rel_tol=1e-9, abs_tol=1e-10)


def test_declared_kinks_cut_the_function() -> None:
    phi = activation_from(lambda x: np.maximum(0.0, x) ** 2, kinks=[0.0]).phi
    assert isinstance(phi, Piecewise)
    assert [condition for _, condition in phi.args] == [h < 0, True]
    slope = phi.diff(h)
    assert _evaluate(slope, -1e-9) == 0
    assert math.isclose(_evaluate(slope, 0.75), 1.5, rel_tol=1e-12)


def test_the_slope_never_looks_across_a_declared_kink() -> None:
    phi = activation_from(abs, kinks=[0.0]).phi
    assert _evaluate(phi.diff(h), 1e-6) == pytest.approx(1, rel=1e-12)
    assert _evaluate(phi.diff(h), -1e-6) == pytest.approx(-1, rel=1e-12)


def test_a_given_derivative_is_used() -> None:
    phi = activation_from(np.tanh, derivative=lambda x: 7.0).phi  # noqa: ARG005
    assert _evaluate(phi.diff(h), 0.3) == 7


def test_a_function_named_like_sympys_is_not_taken_for_it() -> None:
    def exp(x: float) -> float:
        return 2 * x

    phi = activation_from(exp).phi
    assert not phi.has(sympy.exp)
    assert _evaluate(phi, 0.4) == 0.8


def test_the_slope_works_on_arrays() -> None:
    phi = activation_from(np.tanh).phi
    slope = sympy.lambdify(h, phi.diff(h), "numpy")
    points = np.array([-1.0, 0.2, 3.0])
    np.testing.assert_allclose(slope(points), 1 - np.tanh(points) ** 2, rtol=1e-10)


def _broken(x: float) -> float:
    raise RuntimeError(f"no {x}")


BAD = {
    "fails": (_broken, "RuntimeError: no 0.3"),
    "not a number": (lambda x: "abc", "fails"),  # noqa: ARG005
    "infinite": (lambda x: math.inf, "finite real number"),  # noqa: ARG005
}


@pytest.mark.parametrize("name", BAD)
def test_bad_functions_are_refused(name: str) -> None:
    function, words = BAD[name]
    with pytest.raises(BadInput, match=words):
        activation_from(function)  # type: ignore[arg-type]


def test_kinks_must_be_finite() -> None:
    with pytest.raises(BadInput, match="finite"):
        activation_from(np.tanh, kinks=[math.nan])
