"""One-line mathematics: fixed examples, and the property that what is written can be read back."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import (
    Abs,
    Eq,
    Expr,
    Heaviside,
    IndexedBase,
    Max,
    Min,
    Rational,
    Sum,
    Symbol,
    exp,
    pi,
    sqrt,
)

from varprop.expression_text import parse_scalar
from varprop.moments import GaussianExpectation
from varprop.render.ascii import to_ascii
from varprop.render.plain import plain
from varprop.rewriting.nodes import Cov, Mean, Var

n, m, q, alpha = sympy.symbols("n m q alpha", positive=True)
fan_in = Symbol("fan_in", positive=True)
h = Symbol("h", real=True)
j = Symbol("j", integer=True, positive=True)
w, x = IndexedBase("w"), IndexedBase("x")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (2 / fan_in, "2/n"),
        (sqrt(2 / n), "√(2/n)"),
        (4 / (m + n), "4/(m + n)"),
        (2 / sqrt(m * n), "2/√(m·n)"),
        (sqrt(2 / (1 + alpha**2)), "√(2/(α² + 1))"),
        (q / 2 - q / (2 * pi), "q/2 − q/(2·π)"),
        (sqrt(2 * q / pi), "√(2·q/π)"),
        (-n, "−n"),
        (q ** Rational(-3, 2), "1/q^(3/2)"),
        (Max(0, h) ** 2, "max(0, h)²"),
        (Min(h, 6), "min(6, h)"),
        (Abs(h) * h, "h·|h|"),
        (Heaviside(h), "1(h > 0)"),
        (exp(-2 * q) / 2, "exp(−2·q)/2"),
        (Var(Symbol("w")), "Var(w)"),
        (Mean(Symbol("x") ** 2), "E[x²]"),
        (Cov(w[1], w[2]), "Cov(w₁, w₂)"),
        (Sum(w[j] * x[j], (j, 1, n)), "Σⱼ wⱼ·xⱼ"),
        (GaussianExpectation(sympy.tanh(h) ** 2, h, q), "E[tanh(h)²]"),
        (Eq(n * Var(Symbol("w")), 1, evaluate=False), "n·Var(w) = 1"),
    ],
)
def test_examples(expression: Expr, text: str) -> None:
    assert plain(expression) == text


def test_names_replace_parts() -> None:
    assert plain(2 / fan_in, {fan_in: "512"}) == "2/512"


def test_ascii_has_no_sign_left() -> None:
    assert to_ascii("√(2/n) σ_b² χ∥ █ ⱼ ∫ −").isascii()


leaves = st.sampled_from([n, m, q, sympy.Integer(2), sympy.Integer(3), Rational(1, 2), pi])
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda t: t[0] + t[1]),
        st.tuples(inner, inner).map(lambda t: t[0] * t[1]),
        st.tuples(inner, inner).map(lambda t: t[0] / t[1]),
        inner.map(sqrt),
        inner.map(lambda e: e**2),
    ),
    max_leaves=8,
)


@given(trees)
def test_what_is_written_is_read_back(expression: Expr) -> None:
    again = parse_scalar(plain(expression))
    values = {n: 1.7, m: 2.3, q: 0.9}
    assert float(again.subs(values)) == pytest.approx(float(expression.subs(values)), rel=1e-9)
