"""MathML: well formed for anything, and written as people write it."""

from __future__ import annotations

import html
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
    """What a reader sees where MathML is displayed, without the tags."""
    text = re.sub(r'<mtext style="display:none">[^<]*</mtext>', "", text)
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


@pytest.mark.parametrize(
    ("expression", "seen"),
    [
        (2 / n, "2/n"),
        (n / (2 * pi), "n/(2·π)"),
        (4 / (n + q), "4/(n+q)"),
        (sqrt(2 / n), "√(2/n)"),
        (sqrt(n), "√n"),
        (Mean(Symbol("x") ** 2), "𝔼[x^2]"),
        (sympy.exp(-(h**2) / 2), "e^(−h^2/2)"),
        (Symbol("sigma_w2"), "σ_w^2"),
        (Sum(w[j] * x[j], (j, 1, n)), "∑_(j=1)^n w_j·x_j"),
        (Piecewise((1, h > 0), (0, True)), "{1 if h>0; 0 otherwise"),
        (sympy.Float("1.2e-30") * n, "1.2×10^(−30)·n"),
    ],
)
def test_without_mathml_the_text_alone_is_right(expression: Expr, seen: str) -> None:
    """JupyterLab and GitHub drop the tags of a notebook that isn't trusted."""
    bare = html.unescape(re.sub(r"<[^>]*>", "", mathml(expression)))
    assert bare.replace("\u2062", "") == seen


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
