"""MathML: well formed for anything, and written as people write it."""

from __future__ import annotations

import re
from xml.dom import minidom

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, Eq, Expr, IndexedBase, Max, Piecewise, Rational, Sum, Symbol, pi, sqrt

from varprop.moments import GaussianExpectation
from varprop.render.mathml import mathml
from varprop.rewriting.nodes import Applied, Cov, Mean, Var

n, q = sympy.symbols("n q", positive=True)
h = Symbol("h", real=True)
j, k = (Symbol(s, integer=True, positive=True) for s in "jk")
w, x = IndexedBase("w"), IndexedBase("x")


def letters(text: str) -> str:
    """What a reader sees, without the tags."""
    return re.sub(r"<[^>]*>", "", text).replace("\u2062", "")


@pytest.mark.parametrize(
    ("expression", "seen"),
    [
        (Var(Symbol("w")), "Var(w)"),
        (Mean(Symbol("x") ** 2), "𝔼[x2]"),
        (Cov(w[1], w[2]), "Cov(w1,w2)"),
        (Applied(Symbol("relu"), h), "relu(h)"),
        (GaussianExpectation(sympy.tanh(h) ** 2, h, q), "𝔼[tanh(h)2]"),
        (Max(0, h), "max(0,h)"),
        (Abs(h), "|h|"),
        (sympy.exp(-h), "e−h"),
        (n * Var(Symbol("w")) * Mean(Symbol("x") ** 2), "nVar(w)𝔼[x2]"),
        (sqrt(q / (2 * pi)), "q2π"),
        (Rational(-1, 2), "−12"),
        (Symbol("fan_in"), "nin"),
        (Symbol("sigma_w2"), "σw2"),
        (Symbol("delta_l"), "δl"),
        (Sum(w[j] * x[j], (j, 1, n)), "∑j=1nwjxj"),
        (Eq(n, 2, evaluate=False), "n=2"),
        (Piecewise((1, h > 0), (0, True)), "{1if h&gt;00otherwise"),
        (sympy.Heaviside(h), "1h&gt;0"),
    ],
)
def test_examples(expression: Expr, seen: str) -> None:
    text = mathml(expression)
    minidom.parseString(text)
    assert letters(text) == seen


def test_a_sum_that_is_not_last_is_bracketed() -> None:
    total = Sum(w[j], (j, 1, n))
    assert letters(mathml((total + 1) ** 2)).startswith("(")
    double = Sum((1 - sympy.KroneckerDelta(j, k)) * w[j], (j, 1, n), (k, 1, n))
    assert letters(mathml(double)).count("∑") == 2


def test_names_are_escaped() -> None:
    text = mathml(Symbol("<b>&amp;\"'") + 1)
    assert minidom.parseString(text)
    assert "<b>" not in text


def test_display_has_a_line_of_its_own() -> None:
    assert mathml(n, display=True).startswith("<math xmlns=")
    assert 'display="block"' in mathml(n, display=True)
    assert "display" not in mathml(n)


leaves = st.sampled_from([n, q, h, sympy.Integer(-3), Rational(2, 3), pi, sympy.Float(0.25)])
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda t: t[0] + t[1]),
        st.tuples(inner, inner).map(lambda t: t[0] * t[1]),
        st.tuples(inner, st.sampled_from([2, -1, Rational(1, 2), -2])).map(
            lambda t: sympy.Pow(t[0], t[1]) if t[0] != 0 else t[0]
        ),
        inner.map(sympy.exp), inner.map(Abs), inner.map(sympy.tanh), inner.map(Mean),
    ),
    max_leaves=7,
)  # fmt: skip


@given(trees)
def test_anything_is_well_formed(expression: Expr) -> None:
    minidom.parseString(mathml(expression))
