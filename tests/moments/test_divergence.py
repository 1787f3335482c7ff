"""Expectations that are infinite or do not exist."""

from __future__ import annotations

import pytest
import sympy
from sympy import Abs, Rational, exp, oo, sqrt, tan

from varprop.errors import Divergent
from varprop.moments import GaussianExpectation, closed_form
from varprop.notation import h, positive, q

ALWAYS = [1 / h**2, 1 / h, 1 / Abs(h), 1 / (h - 1) ** 2, 1 / (h**2 - 2), h / (h**2 - 1)]


@pytest.mark.parametrize("f", ALWAYS, ids=str)
def test_poles_diverge(f: sympy.Expr) -> None:
    with pytest.raises(Divergent):
        GaussianExpectation(f, h, q).doit()


def test_a_growing_square_has_a_condition() -> None:
    value = closed_form(GaussianExpectation(exp(h**2), h, q))
    assert value.xreplace({q: Rational(1, 4)}) == sqrt(2)
    assert value.xreplace({q: Rational(1)}) == oo
    scaled = closed_form(GaussianExpectation(exp(positive("a") * h**2), h, q))
    assert scaled.args[1].args == (oo, sympy.true)


@pytest.mark.parametrize("variance", [Rational(1, 2), 1, 7])
def test_at_a_number_it_diverges(variance: sympy.Expr) -> None:
    held = GaussianExpectation(exp(h**2), h, variance)
    for attempt in (held.doit, held.evalf):
        with pytest.raises(Divergent):
            attempt()


def test_poles_of_odd_functions_are_no_zero() -> None:
    assert closed_form(GaussianExpectation(tan(h), h, q)) is None


def test_poles_that_cancel_are_left_alone() -> None:
    assert closed_form(GaussianExpectation((1 - exp(h)) ** 2 / h**2, h, q)) is None
