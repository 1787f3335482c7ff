"""Expectations under any law: moments of the weight laws, and a law without fourth moment."""

import math

import numpy as np
import pytest
import sympy

from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.montecarlo.sampled import verify_sampled
from varprop.verdict import Verdict

INDEPENDENT = [name for name, law in LAWS.items() if law.random and law.independent]


@pytest.mark.parametrize("name", INDEPENDENT)
def test_the_stated_kurtosis_of_every_law(name):
    law = LAWS[name].with_form(nu=20.0) if name == "student_t" else LAWS[name]
    forms = {form.symbol: sympy.Float(form.default) for form in law.forms}
    exact = float(sympy.sympify(law.kurtosis, locals=forms))
    check = verify_sampled(
        lambda rng, count: law.sample(rng, (count,)) ** 4, exact, samples=2**20, tolerance=0.05
    )
    assert check.verdict is Verdict.AGREES
    wrong = verify_sampled(
        lambda rng, count: law.sample(rng, (count,)) ** 4,
        1.2 * exact,
        samples=2**20,
        tolerance=0.05,
    )
    assert wrong.verdict is Verdict.DISAGREES


def test_heavy_tails_are_met_by_a_median_of_means():
    def squares(rng, count):
        return rng.standard_t(3.5, count) ** 2

    check = verify_sampled(squares, 3.5 / 1.5, kurtosis=math.inf, samples=2**18, tolerance=0.15)
    assert check.verdict is Verdict.AGREES
    assert check.note == "median of means of 32 groups: heavy tails"
    wrong = verify_sampled(squares, 5.0, kurtosis=math.inf, samples=2**18, tolerance=0.15)
    assert wrong.verdict is Verdict.DISAGREES


def test_bad_requests():
    with pytest.raises(BadInput, match="needs a unit"):
        verify_sampled(lambda rng, count: rng.random(count), 0.0)
    with pytest.raises(BadInput, match="2 or more"):
        verify_sampled(lambda rng, count: rng.random(count), 0.5, samples=1)
    zero = verify_sampled(lambda rng, count: rng.standard_normal(count), 0.0, unit=1.0)
    assert zero.verdict is Verdict.AGREES
    assert np.isclose(zero.tolerance, 0.02)
