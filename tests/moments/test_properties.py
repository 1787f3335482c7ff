"""Random piecewise integrands: closed form = scalar quadrature = mpmath."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, Piecewise, Rational, cos, erf, exp, sin

from tests.moments.examples import reference
from varprop.moments import GaussianExpectation, closed_form
from varprop.moments.numbers.scalar import expectation
from varprop.notation import h, positive, q

small = st.fractions(-2, 2, max_denominator=5).map(lambda x: Rational(x.numerator, x.denominator))
variances = st.fractions(Rational(1, 20), 4, max_denominator=20).map(
    lambda x: Rational(x.numerator, x.denominator)
)
SCALE = positive("s")


@st.composite
def smooth(draw: st.DrawFn, waves: bool = False) -> Expr:
    """A polynomial times an exponential of a linear form or a falling square, perhaps a wave."""
    polynomial = sum(draw(small) * h**k for k in range(draw(st.integers(1, 4))))
    kind = draw(
        st.sampled_from(["one", "exp", "square", "wave"] if waves else ["one", "exp", "square"])
    )
    if kind == "exp":
        return polynomial * exp(draw(small) * h)
    if kind == "square":
        return polynomial * exp(-(draw(small) ** 2) * h**2 + draw(small) * h)
    if kind == "wave":
        return polynomial * draw(st.sampled_from([sin, cos]))(draw(small) * h + draw(small))
    return polynomial


@st.composite
def cut(draw: st.DrawFn) -> tuple[Expr, list[Expr]]:
    """Two or three smooth pieces with random knots."""
    knots = sorted(set(draw(st.lists(small, min_size=1, max_size=2))))
    parts = [draw(smooth()) for _ in range(len(knots) + 1)]
    branches = [(part, h < knot) for part, knot in zip(parts, knots, strict=False)]
    return Piecewise(*branches, (parts[-1], True)), knots


def agree(f: Expr, variance: Rational, kinks: list[Expr]) -> None:
    closed = closed_form(GaussianExpectation(f, h, q))
    assert closed is not None
    expected = reference(f, variance, kinks)
    number = expectation(f, h, float(variance))
    size = max(1, abs(float(expected)))
    value = sympy.re(closed.xreplace({q: variance}).evalf(30))
    assert abs(value - sympy.Float(expected, 30)) < 1e-18 * size
    assert abs(number.value - float(expected)) <= number.bound + 1e-15 * size


@settings(max_examples=25, deadline=None)
@given(cut(), variances)
def test_piecewise_polynomial_exponentials(
    case: tuple[Expr, list[Expr]], variance: Rational
) -> None:
    f, knots = case
    agree(f, variance, knots)


@settings(max_examples=15, deadline=None)
@given(smooth(waves=True), variances)
def test_smooth_products(f: Expr, variance: Rational) -> None:
    agree(f, variance, [])


@settings(max_examples=15, deadline=None)
@given(smooth(), small, small, variances)
def test_error_functions(f: Expr, slope: Expr, offset: Expr, variance: Rational) -> None:
    agree(f * erf(slope * h + offset) + f, variance, [])


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 4), small, variances)
def test_scaling_law(power: int, rate: Expr, variance: Rational) -> None:
    """E f(s h) at variance q is E f(h) at s² q."""
    f = h**power * exp(rate * h) * sympy.Heaviside(h)
    one = closed_form(GaussianExpectation(f.xreplace({h: SCALE * h}), h, q))
    other = closed_form(GaussianExpectation(f, h, SCALE**2 * q))
    at = {SCALE: Rational(3, 2), q: variance}
    assert float((one - other).xreplace(at).evalf(20, chop=True)) == pytest.approx(0, abs=1e-12)
