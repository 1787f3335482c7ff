"""The variance of each law: derived from its density, against SciPy, mpmath and the stated formula."""

from __future__ import annotations

import mpmath
import pytest
from scipy import stats
from sympy import Symbol, sympify

from varprop.catalogue.laws import LAWS
from varprop.propagation.law_scale import law_parameter, parameter_for, unit_number, unit_variance
from varprop.propagation.law_variance import law_derivation

EVERY = [name for name, law in LAWS.items() if law.random]
DERIVED = [name for name in EVERY if law_derivation(name).steps[-1].rule != "stated"]


def test_the_common_laws_are_derived() -> None:
    assert {"normal", "uniform", "truncated_normal", "rademacher"} <= set(DERIVED)


@pytest.mark.parametrize("name", DERIVED)
def test_derived_variance_equals_the_stated_one(name: str) -> None:
    law = LAWS[name]
    derived = law_derivation(name).value
    values = {
        law_parameter(law): 1.3,
        Symbol("k", positive=True): 1.7,
        Symbol("m", positive=True): 9,
    }
    values |= {Symbol(f.symbol, positive=True): f.default for f in law.forms if f.symbol != "k"}
    stated = sympify(law.variance, locals={str(s): s for s in values})
    assert float(derived.subs(values)) == pytest.approx(float(stated.subs(values)), rel=1e-14)


def test_uniform() -> None:
    derivation = law_derivation("uniform")
    assert derivation.value == Symbol("a", positive=True) ** 2 / 3
    assert [step.rule for step in derivation][-1] == "variance"


@pytest.mark.parametrize("cut", [0.5, 1.0, 2.0, 3.0])
def test_truncated_normal_against_scipy(cut: float) -> None:
    formula = law_derivation("truncated_normal").value
    derived = formula.subs({Symbol("s", positive=True): 1, Symbol("k", positive=True): cut})
    assert float(derived) == pytest.approx(stats.truncnorm(-cut, cut).var(), rel=1e-10)


def test_truncation_constant_of_the_libraries() -> None:
    with mpmath.workdps(25):
        mass = 2 * mpmath.ncdf(2) - 1
        exact = mpmath.sqrt(1 - 4 * mpmath.npdf(2) / mass)
    assert unit_number(LAWS["truncated_normal"]) ** 0.5 == pytest.approx(float(exact), rel=1e-14)
    assert float(exact) == pytest.approx(0.87962566103423978, rel=1e-16)


@pytest.mark.parametrize("name", EVERY)
def test_number_and_formula_agree(name: str) -> None:
    law = LAWS[name]
    if not law.independent:
        return
    assert unit_number(law) == pytest.approx(float(unit_variance(law)), rel=1e-13)


@pytest.mark.parametrize("name", EVERY)
def test_parameter_gives_the_variance_back(name: str) -> None:
    law = LAWS[name]
    v = Symbol("v", positive=True)
    again = law_derivation(name).value.subs(law_parameter(law), parameter_for(law, v))
    values = {Symbol(f.symbol, positive=True): f.default for f in law.forms}
    assert float(
        again.subs(values).subs({v: 0.37, Symbol("m", positive=True): 4})
    ) == pytest.approx(0.37)
