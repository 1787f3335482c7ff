"""Poles: where no expectation exists, no number comes out, however far away they are."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Abs, Expr, Piecewise, Rational, cos, cosh, exp, log, sin, tan, tanh

from varprop.errors import Divergent, Undecided
from varprop.moments import Moments
from varprop.notation import h

ENDLESS = [
    tan(h),
    tan(h) ** 2,
    1 / cos(h),
    1 / h,
    1 / (h**2 - 10_000),
    1 / (exp(h) - 300_000),
    Piecewise((1 / (h - 30), h > 20), (h, True)),
    1 / Abs(h),
    exp(1 / h),
    exp(1 / h**2),
]
INTEGRABLE = [
    tan(tanh(h)),
    Piecewise((1 / (h - 30), h > 31), (h, True)),
    sin(h) / h,
    (1 - cos(h)) / h**2,
    Abs(h) ** Rational(-1, 3),
    log(Abs(h - 40)),
    1 / (2 + cos(h)),
    1 / cosh(h),
    exp(-1 / h**2),
    Abs(h) / (h**2 + Rational(1, 10**8)) ** 6,
]


@pytest.mark.parametrize("variance", [1e-2, 1.0, 50.0])
@pytest.mark.parametrize("f", ENDLESS, ids=str)
def test_poles_anywhere_are_refused(f: Expr, variance: float) -> None:
    known = Moments(f)
    with pytest.raises(Divergent):
        known.number("mean", variance)
    with pytest.raises(Divergent):
        known.numbers("mean", np.array([variance, 1.0]))


@pytest.mark.parametrize("f", INTEGRABLE, ids=str)
def test_what_can_be_integrated_is(f: Expr) -> None:
    found = Moments(f).number("second_moment", 1.0)
    assert found.value is not None
    assert found.bound <= 1e-12 * found.value


def test_a_square_may_diverge_where_the_mean_does_not() -> None:
    known = Moments(1 / Abs(h) ** Rational(1, 2))
    assert known.number("mean", 1.0).bound < 1e-12
    with pytest.raises(Divergent):
        known.number("second_moment", 1.0)


def test_a_wave_on_a_growing_square_is_no_crash() -> None:
    with pytest.raises((Divergent, Undecided)):
        Moments(exp(h**2) * sin(h)).number("mean", 1.0)
