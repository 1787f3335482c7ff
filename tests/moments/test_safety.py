"""A wrong closed form never gets out."""

from __future__ import annotations

import pytest
import sympy
from sympy import Max, tanh

from tests.moments.examples import alpha, pair, u, v
from varprop.errors import SafetyNet
from varprop.moments import BivariateExpectation, GaussianExpectation, closed_form
from varprop.moments.safety import compare, points
from varprop.notation import c, h, q

held = GaussianExpectation(Max(0, h) ** 2, h, q)
WRONG = [q / 3, q / 2 + sympy.Rational(1, 10**6), q**2 / 2, sympy.sqrt(q) / 2]


@pytest.mark.parametrize("value", WRONG, ids=str)
def test_planted_errors_are_caught(value: sympy.Expr) -> None:
    with pytest.raises(SafetyNet, match="defect"):
        compare(held, value)


def test_wrong_only_for_some_parameters() -> None:
    leaky = GaussianExpectation(Max(h, alpha * h), h, q)
    with pytest.raises(SafetyNet):
        compare(leaky, (1 - alpha) * sympy.sqrt(q / (2 * sympy.pi)))


def test_planted_kernel_is_caught() -> None:
    kernel = BivariateExpectation(pair(tanh(h)), u, v, q, q, c)
    with pytest.raises(SafetyNet):
        compare(kernel, 2 * sympy.asin(c * q / (1 + q)) / sympy.pi)


def test_nothing_to_compare_is_no_pass() -> None:
    with pytest.raises(SafetyNet, match="could not be compared"):
        compare(held, sympy.oo)


def test_points_vary_everything() -> None:
    places = list(points(GaussianExpectation(Max(0, alpha * h), h, q)))
    assert len({place[q] for place in places}) == 3
    assert len({place[alpha] for place in places}) == 2


STEEP = [
    sympy.exp(100 * h),
    sympy.exp(-1000 * h) * Max(0, h + 1),
    sympy.cosh(10**6 * h),
    h * sympy.exp(-(10**10) * (h - 1) ** 2),
    1 / (1 + sympy.exp(-(10**10) * h)),
]


@pytest.mark.parametrize("f", STEEP, ids=str)
def test_steep_exponentials_are_neither_bombs_nor_beyond_comparison(f: sympy.Expr) -> None:
    """Small variances bring them into double range; no algebra takes exp(n h) for exp(h)^n."""
    assert closed_form(GaussianExpectation(f, h, q)) is not None
