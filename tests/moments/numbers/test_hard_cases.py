"""Accuracy and honesty, tested apart, on the hard cases: pure Python, NumPy, many digits."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from tests.moments.numbers.cases import CASES, DIVERGENT, OVERFLOWS, Case
from varprop.errors import Divergent
from varprop.moments.numbers.digits import digits
from varprop.moments.numbers.scalar import moment
from varprop.moments.numbers.vector import moments
from varprop.notation import h

ALL = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
LOOSER = {"relu_far": 2e-12, "elu_mean_tiny_q": 4e-11, "softplus_variance_tiny": 1e-11}
"""Tolerances of cases whose promise is relative to √E[φ²] or E[φ²], not to the value."""


def scalar(case: Case) -> tuple[float, float]:
    found = moment(case.expr, h, float(case.variance), case.name)
    assert found.value is not None
    return found.value, found.bound


def vector(case: Case) -> tuple[float, float]:
    values, bounds = moments(case.expr, h, np.array([float(case.variance)]), case.name)
    return float(values[0]), float(bounds[0])


PATHS = pytest.mark.parametrize("path", [scalar, vector])


@ALL
@PATHS
def test_accurate(case: Case, path) -> None:
    value, _ = path(case)
    error = abs(sympy.Float(value, 30) - case.reference) / abs(case.reference)
    assert error < LOOSER.get(case.id, 1e-12) / 10


@ALL
@PATHS
def test_bound_is_honest(case: Case, path) -> None:
    value, bound = path(case)
    assert abs(sympy.Float(value, 30) - case.reference) <= bound


@ALL
@PATHS
def test_bound_keeps_the_promise(case: Case, path) -> None:
    _, bound = path(case)
    assert bound <= LOOSER.get(case.id, 1e-12) * abs(case.reference)


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.name == "second_moment"], ids=lambda c: c.id
)
def test_digits(case: Case) -> None:
    found = digits(case.expr**2, h, case.variance, 24)
    assert abs(found - case.reference) <= abs(case.reference) * sympy.Float("2e-24", 5)


@pytest.mark.parametrize(("phi", "q", "name", "logarithm"), OVERFLOWS)
def test_beyond_double_range(phi: str, q: str, name: str, logarithm: sympy.Expr) -> None:
    expr = sympy.sympify(phi, locals={"h": h})
    found = moment(expr, h, float(q), name)
    assert found.overflow
    assert found.value is None
    assert found.log_value is not None
    assert abs(found.log_value - sympy.N(logarithm, 25)) <= found.bound
    values, bounds = moments(expr, h, np.array([1e-3, float(q)]), name)
    assert np.isfinite(values[0])
    assert np.isnan(values[1])
    assert np.isinf(bounds[1])


@pytest.mark.parametrize(("phi", "q", "name"), DIVERGENT)
def test_divergence_is_said(phi: str, q: float, name: str) -> None:
    expr = sympy.sympify(phi, locals={"h": h})
    with pytest.raises(Divergent, match="infinite"):
        moment(expr, h, q, name)
    with pytest.raises(Divergent, match="infinite"):
        moments(expr, h, np.array([q]), name)


def test_below_the_smallest_is_zero() -> None:
    phi = sympy.Max(0, h - 40)
    found = moment(phi, h, 1.0, "second_moment")
    assert found.value == 0.0
    assert found.bound <= 1e-300


def test_near_divergence_is_still_a_number() -> None:
    found = moment(sympy.exp(h**2), h, 0.499, "mean")
    assert found.value is not None
    assert (
        abs(found.value - (1 - 2 * sympy.Float(0.499, 30)) ** sympy.Rational(-1, 2)) <= found.bound
    )


def test_digits_of_a_hidden_symmetry() -> None:
    """Odd, though no rule says so: the pieces are no polynomials."""
    assert float(digits(sympy.Max(-1, sympy.Min(1, sympy.sinh(h))), h, 1, 20)) == 0.0
