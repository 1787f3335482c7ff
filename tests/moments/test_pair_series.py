"""The series in the correlation against kernels worked by hand, and its bound against what it leaves out."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, Float, Heaviside, Max, Piecewise, Symbol, cos, erf, exp, lambdify, sin

from varprop.catalogue.activations import ACTIVATIONS, activation
from varprop.moments import BivariateExpectation
from varprop.moments.pair_series import pair_series
from varprop.moments.plane import on_plane
from varprop.moments.source import array_function
from varprop.notation import h

U, V = Symbol("u", real=True), Symbol("v", real=True)
SMOOTH: dict[str, tuple[Expr, Callable[[float, float], float]]] = {
    "erf": (erf(h), lambda q, c: 2 / math.pi * math.asin(2 * q * c / (1 + 2 * q))),
    "sin": (sin(2 * h), lambda q, c: math.exp(-4 * q) * math.sinh(4 * q * c)),
    "cos": (cos(2 * h), lambda q, c: math.exp(-4 * q) * math.cosh(4 * q * c)),
    "bell": (exp(-(h**2)), lambda q, c: ((1 + 2 * q) ** 2 - (2 * q * c) ** 2) ** -0.5),
    "cube": (h**3, lambda q, c: q**3 * (9 * c + 6 * c**3)),
}
"""Kernels worked by hand: Williams 1998 for erf, characteristic functions, Isserlis."""

KINKED = {"relu": Max(h, 0), "step": Heaviside(h - Float(0.3), 0), "hinge": Max(-1, h, -h / 3)}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("q", [0.05, 0.7, 3.0])
@pytest.mark.parametrize("c", [-0.8, 0.0, 0.35, 0.9])
def test_smooth_functions_have_their_kernels(name: str, q: float, c: float) -> None:
    """Mehler's series is the double integral."""
    phi, kernel = SMOOTH[name]
    series = pair_series(phi, h, q)
    assert series is not None
    value, bound = series.at(c)
    assert abs(value - kernel(q, c)) <= bound + 1e-15 * series.whole
    assert bound < 1e-6 * series.whole


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(sorted(KINKED)), q=st.floats(0.05, 20.0), c=st.floats(-0.98, 0.98),
)  # fmt: skip
def test_the_bound_holds_where_the_series_is_slow(name: str, q: float, c: float) -> None:
    """A kink leaves terms out: the bound must cover them."""
    phi = KINKED[name]
    series = pair_series(phi, h, q)
    both = phi.xreplace({h: U}) * phi.xreplace({h: V})
    plane = on_plane(BivariateExpectation(both, U, V, Float(q, 17), Float(q, 17), Float(c, 17)))
    assert series is not None
    assert plane is not None
    value, bound = series.at(c)
    assert abs(value - plane[0]) <= bound + plane[1]


def test_terms_are_those_of_relu() -> None:
    """He coefficients of relu: a_0² = 1/2π, a_1² = 1/4, a_2² = 1/4π, a_3 = 0 (at q = 1)."""
    series = pair_series(Max(h, 0), h, 1.0)
    assert series is not None
    known = [1 / (2 * math.pi), 0.25, 1 / (4 * math.pi), 0.0]
    np.testing.assert_allclose(series.squares[:4], known, rtol=0, atol=1e-15)
    assert math.isclose(series.whole, 0.5, rel_tol=1e-12)


def test_what_leaves_double_range_has_no_series() -> None:
    """exp(800 h) is infinite at a node."""
    assert pair_series(exp(800 * h), h, 1.0) is None


POINTS = np.array([-2.5, -1.0, -0.3, 0.0, 0.2, 1.0, 3.0])


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_array_functions_are_those_of_lambdify(name: str) -> None:
    """The short way to a NumPy function gives what SymPy's gives, at kinks too."""
    phi = activation(name).phi
    phi = phi.subs(dict.fromkeys(phi.free_symbols - {h}, Float(0.7)))
    with np.errstate(all="ignore"):
        ours = array_function(phi, h)(POINTS) + 0.0 * POINTS
        theirs = lambdify(h, phi, ["scipy", "numpy"])(POINTS) + 0.0 * POINTS
    np.testing.assert_allclose(ours, theirs, rtol=1e-14, atol=1e-300)


def test_choices_with_several_conditions() -> None:
    """Piecewise with And and Or, of two symbols."""
    f = Piecewise((U, (U > 0) & (V > 0)), (V, (U < -1) | (V < -1)), (7, True))
    u, v = np.array([1.0, -2.0, 0.0, 0.5]), np.array([2.0, 3.0, 0.0, -4.0])
    np.testing.assert_array_equal(array_function(f, U, V)(u, v), [1.0, 3.0, 7.0, -4.0])
