"""Random variables by hand: moments against SymPy's integrals and known values."""

from __future__ import annotations

import pickle

import pytest
import sympy
from sympy import Abs, Eq, Rational, erfc, sqrt

import varprop as vp

q, a, b = vp.symbols("q a b")
h = vp.Normal("h", var=q)


def test_normal_and_uniform_say_their_law() -> None:
    u = vp.Uniform("u", -a, a)
    assert (h.variance, h.mean) == (q, 0)
    assert (u.variance, u.mean) == (a**2 / 3, 0)
    assert sympy.simplify(vp.Var(u).doit() - a**2 / 3) == 0
    assert vp.E(u**2).doit().equals(a**2 / 3)


def test_variables_of_another_law_are_others() -> None:
    assert vp.Normal("h", var=q) == h
    assert vp.Normal("h", var=2 * q) != h
    assert vp.Normal("h", var=q, mean=1) != h
    assert pickle.loads(pickle.dumps(h)) == h


def test_products_and_sums_of_independent_variables() -> None:
    u, t = vp.Normal("u", var=a), vp.Uniform("t", 0, 1)
    assert vp.E(h**2 * u**2 * t).doit() == a * q / 2
    assert vp.E(3 * t + h + 1).doit() == Rational(5, 2)
    assert vp.Cov(h, h**3).doit() == 3 * q**2
    assert vp.Cov(h, u).doit() == 0
    assert vp.Var(h + u).doit().expand() == a + q


def test_what_is_tied_together_is_refused() -> None:
    u, t = vp.Normal("u", var=a), vp.Uniform("t", 0, 1)
    with pytest.raises(vp.errors.BadInput, match="h, t, u tied together"):
        vp.E(sympy.tanh(h + u + t))


@pytest.mark.parametrize(
    ("condition", "chance"),
    [
        (h > 0, Rational(1, 2)),
        (vp.relu(h) > sqrt(q), erfc(1 / sqrt(2)) / 2),
        (Abs(vp.Normal("s", var=Rational(1, 3))) > 4, erfc(2 * sqrt(6))),
        (vp.Uniform("t", 0, 2) > Rational(1, 2), Rational(3, 4)),
        (Eq(h, 0), 0),
        (True, 1),
    ],
)
def test_probabilities(condition: object, chance: sympy.Expr) -> None:
    assert sympy.simplify(vp.P(condition).doit() - chance) == 0


@pytest.mark.parametrize("bad", [h, 3, "h"])
def test_a_probability_needs_a_condition(bad: object) -> None:
    with pytest.raises(vp.errors.BadInput, match="P takes a condition"):
        vp.P(bad)


def test_uniform_needs_ends_in_order() -> None:
    with pytest.raises(vp.errors.BadInput, match="low < high"):
        vp.Uniform("u", 1, 1)


def test_recurrences() -> None:
    s, above = vp.symbols("sigma_w2"), vp.symbols("g_1")
    forward = vp.recurrence("relu", sigma_b2=0)
    assert forward == Eq(vp.symbols("q_1"), q * s / 2, evaluate=False)
    assert vp.recurrence(vp.relu, direction="backward").rhs == above * s / 2
    held = vp.recurrence("tanh").rhs
    assert held.subs({q: 1, s: 1, vp.symbols("sigma_b2"): 0}).evalf() == pytest.approx(
        0.394294, abs=1e-6
    )
    with pytest.raises(vp.errors.BadInput, match="forward or backward"):
        vp.recurrence("relu", direction="up")
