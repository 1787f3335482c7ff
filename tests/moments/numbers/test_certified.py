"""Ball arithmetic: the enclosure holds the truth and is as narrow as asked for."""

from __future__ import annotations

import pytest
import sympy

from tests.moments.numbers.cases import CASES, Case
from varprop.errors import Undecided
from varprop.notation import h

pytest.importorskip("flint", reason="the extra 'certified'")

from varprop.moments.numbers.certified import certified

SECOND = [case for case in CASES if case.name == "second_moment" and case.id != "erfcx"]


@pytest.mark.parametrize("case", SECOND, ids=lambda case: case.id)
def test_encloses_the_reference(case: Case) -> None:
    found = certified(case.expr**2, h, case.variance, 22)
    slack = abs(case.reference) * sympy.Float("1e-24", 5)
    assert abs(found.middle - case.reference) <= found.radius + slack
    assert found.radius <= abs(case.reference) * sympy.Float("1e-21", 5)


def test_mean_of_the_gaussian_and_symbols() -> None:
    found = certified(sympy.Max(0, h), h, sympy.Rational(1, 2), 25, sympy.Rational(1, 3))
    m, s = sympy.Rational(1, 3), sympy.sqrt(sympy.Rational(1, 2))
    tail = sympy.erfc(-m / (s * sympy.sqrt(2))) / 2
    exact = m * tail + s * sympy.exp(-(m**2) / (2 * s**2)) / sympy.sqrt(2 * sympy.pi)
    assert sympy.N(exact, 30) in found


def test_what_cannot_be_proved_is_refused() -> None:
    with pytest.raises(Undecided):
        certified(sympy.Max(0, sympy.exp(h) - 2 - h), h, 1)


def test_prints_as_value_and_radius() -> None:
    assert " ± " in str(certified(sympy.tanh(h) ** 2, h, 1, 20))
