"""The held expectation as a SymPy object."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sympy
from sympy import Max, Rational, lambdify, latex, nsolve, simplify, solve, sympify, tanh

from tests.moments.examples import a, u, v
from varprop.errors import BadInput
from varprop.moments import BivariateExpectation, GaussianExpectation, UniformExpectation
from varprop.notation import c, h, positive, q

held = GaussianExpectation(tanh(h) ** 2, h, q)
relu = GaussianExpectation(Max(0, h) ** 2, h, q)
TANH_AT_ONE = 0.394294490397841174416459772444


def test_bound_symbol_is_no_free_symbol() -> None:
    assert held.free_symbols == {q}
    assert held.bound_symbols == [h]
    assert GaussianExpectation(tanh(a * h), h, q, c).free_symbols == {q, a, c}


def test_substitution_leaves_the_bound_symbol_alone() -> None:
    assert held.subs(h, 3) == held
    assert held.xreplace({h: sympy.Integer(3)}) == held
    assert held.subs(q, 2) == GaussianExpectation(tanh(h) ** 2, h, 2)
    captured = GaussianExpectation(tanh(a * h), h, q).subs(a, h)
    assert captured.free_symbols == {q, h}
    assert captured.bound_symbols != [h]


def test_renaming_the_bound_symbol_changes_nothing() -> None:
    x = sympy.Symbol("x", real=True)
    renamed = held.xreplace({h: x})
    assert renamed.bound_symbols == [x]
    assert renamed.doit() == GaussianExpectation(tanh(x) ** 2, x, q)
    assert GaussianExpectation(Max(0, x) ** 2, x, q).doit() == q / 2


def test_printing() -> None:
    assert str(held) == "GaussianExpectation(tanh(h)**2, h, q)"
    assert str(GaussianExpectation(h, h, q, 1)) == "GaussianExpectation(h, h, q, 1)"
    names = {"GaussianExpectation": GaussianExpectation, "h": h, "q": q}
    assert sympify(str(held), locals=names) == held
    assert latex(held) == (r"\mathbb{E}\left[\tanh^{2}{\left(\sqrt{q} z \right)}\right]")
    assert r"\mathbb{E}" in latex(BivariateExpectation(u * v, u, v, q, q, c))
    assert r"U(- a, a)" in latex(UniformExpectation(h, h, -a, a))
    assert str(UniformExpectation(h, h, -a, a)) == "UniformExpectation(h, h, -a, a)"
    assert str(BivariateExpectation(u, u, v, q, q, c)) == ("BivariateExpectation(u, u, v, q, q, c)")


def test_assumptions() -> None:
    assert held.is_real
    assert held.is_nonnegative
    assert GaussianExpectation(sympy.exp(h), h, q).is_positive
    assert GaussianExpectation(h, h, q).is_positive is None


def test_pickles_and_hashes() -> None:
    assert pickle.loads(pickle.dumps(held)) == held
    assert hash(GaussianExpectation(tanh(h) ** 2, h, q)) == hash(held)


def test_solve_and_simplify() -> None:
    gain = positive("gain")
    assert solve(gain * relu - q, gain) == [2]
    assert solve(gain * held - q, gain) == [q / held]
    assert simplify(relu + sympy.sin(q) ** 2 + sympy.cos(q) ** 2) == q / 2 + 1
    assert simplify(2 * held) == 2 * held


def test_nsolve_finds_the_fixed_point_of_tanh() -> None:
    root = nsolve(Rational(25, 9) * held - q, q, 1.2)
    assert float(root) == pytest.approx(1.178480490, abs=1e-8)


@pytest.mark.parametrize("digits", [15, 30, 40])
def test_evalf(digits: int) -> None:
    value = GaussianExpectation(tanh(h) ** 2, h, 1).evalf(digits)
    assert abs(value - sympy.Float("0.394294490397841174416459772443777", 45)) < Rational(1, 10**14)
    assert value._prec >= digits * 3
    assert held.evalf(digits) == held


def test_evalf_inside_expressions() -> None:
    value = (1 + GaussianExpectation(tanh(h) ** 2, h, 1)).evalf(25)
    assert abs(value - sympy.Float("1.394294490397841174416459772444", 30)) < Rational(1, 10**24)


def test_evalf_of_a_closed_form() -> None:
    f = h**2 * (1 + sympy.erf(h / sympy.sqrt(2))) ** 2 / 4
    assert float(GaussianExpectation(f, h, 1).evalf()) == pytest.approx(0.425221, abs=1e-6)


@pytest.mark.parametrize("module", ["math", "mpmath", "numpy"])
def test_lambdify(module: str) -> None:
    function = lambdify(q, 2 * held + q, module)
    assert float(function(1.0)) == pytest.approx(2 * TANH_AT_ONE + 1, abs=1e-12)


def test_lambdify_takes_arrays() -> None:
    variances = np.array([[0.1, 1.0], [10.0, 100.0]])
    found = lambdify(q, held)(variances)
    assert found.shape == variances.shape
    assert found[0, 1] == pytest.approx(TANH_AT_ONE, rel=1e-12)
    scaled = lambdify((q, a), GaussianExpectation(tanh(a * h) ** 2, h, q))
    assert scaled(np.array([1.0, 0.25]), 2.0)[1] == pytest.approx(TANH_AT_ONE, rel=1e-12)
    kernel = lambdify((q, c), BivariateExpectation(tanh(u) * tanh(v), u, v, q, q, c))
    assert kernel(1.2, np.array([0.6])) == pytest.approx([0.24216927327888], rel=1e-12)


@pytest.mark.parametrize(
    "build",
    [
        lambda: GaussianExpectation(h, 3, q),
        lambda: GaussianExpectation(h, h, h),
        lambda: GaussianExpectation(h, h, -1),
        lambda: BivariateExpectation(u, u, u, q, q, c),
        lambda: UniformExpectation(h, h, h, 1),
    ],
)
def test_misuse_is_refused(build: object) -> None:
    with pytest.raises(BadInput):
        build()
