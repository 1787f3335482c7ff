"""Closed forms as numbers: where they overflow or cancel the value is still right."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
from sympy import Ei, Expr, atan, erfc, exp, pi, sqrt

from varprop.errors import BadInput
from varprop.moments import MOMENT_NAMES, Moments
from varprop.moments.numbers.closed import evaluate, evaluate_many
from varprop.moments.numbers.number import SMALLEST
from varprop.notation import h, positive, q

ELU = (
    q / 2
    + exp(2 * q) * erfc(sqrt(2 * q)) / 2
    - exp(q / 2) * erfc(sqrt(q / 2))
    + sympy.Rational(1, 2)
)
GELU = q / 4 + q**2 / (pi * (q + 1) * sqrt(2 * q + 1)) + q * atan(q / sqrt(2 * q + 1)) / (2 * pi)
FORMS = {
    "elu": ELU,
    "gelu": GELU,
    "sin": (1 - exp(-2 * q)) / 2,
    "cos_variance": (1 + exp(-2 * q)) / 2 - exp(-q),
    "special": exp(-q) * Ei(q),
    "half": q / 2,
}
VARIANCES = [1e-6, 3e-3, 0.5, 1.0, 40.0, 800.0, 1e4, 1e6]


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_honest_and_accurate(form: Expr, variance: float) -> None:
    right = form.subs(q, sympy.Rational(variance)).evalf(40, maxn=4000)
    found = evaluate(form, q, variance)
    assert found.value is not None
    assert abs(sympy.Float(found.value, 40) - right) <= found.bound
    assert found.bound <= 1e-14 * abs(right)
    values, bounds = evaluate_many(form, q, np.array([variance]))
    assert abs(values[0] - found.value) <= bounds[0] + found.bound


@pytest.mark.parametrize("name", MOMENT_NAMES)
@pytest.mark.parametrize("phi", [sympy.sin(30 * h), h + sympy.sin(h) ** 2], ids=str)
def test_waves_at_any_variance(phi: Expr, name: str) -> None:
    """Quadrature would have to meet each of the 30,000 turns that sin(30h) takes at q = 10⁶."""
    known = Moments(phi)
    closed = known.closed(name)
    values, bounds = known.numbers(name, np.array(VARIANCES))
    for variance, value, bound in zip(VARIANCES, values, bounds, strict=True):
        right = closed.subs(q, sympy.Rational(variance)).evalf(40, maxn=4000)
        assert abs(sympy.Float(value, 40) - right) <= bound
        assert bound <= 1e-14 * abs(right) + SMALLEST
        alone = known.number(name, variance)
        assert abs(alone.value - value) <= alone.bound + bound


@pytest.mark.parametrize("variance", [0.0, -1.0, math.inf, math.nan])
def test_no_variance_is_refused(variance: float) -> None:
    known = Moments(sympy.sin(h))
    with pytest.raises(BadInput, match="variance"):
        known.number("mean", variance)
    with pytest.raises(BadInput, match="variance"):
        known.numbers("mean", [1.0, variance])


def test_overflow_has_a_logarithm() -> None:
    found = evaluate(exp(2 * q), q, 1e6)
    assert found.overflow
    assert found.log_value == 2e6
    assert np.isnan(evaluate_many(exp(2 * q), q, np.array([1e6]))[0]).all()


def test_a_free_symbol_is_refused() -> None:
    with pytest.raises(BadInput, match="alpha"):
        evaluate(positive("alpha") * q, q, 1.0)
