"""Definitions as people write them, and refusals with the place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Expr, Indexed, IndexedBase, Sum, Symbol, symbols

from varprop.errors import BadInput, VarpropError
from varprop.notation import positive
from varprop.refereeing.reading import read_definition

n, m = positive("n"), positive("m")
j = Symbol("j", integer=True, positive=True)
i = Symbol("i", integer=True, positive=True)
w, x, delta = IndexedBase("w"), IndexedBase("x"), IndexedBase("delta")
b, y1, y2 = symbols("b y1 y2")


def named(name: str, indices: tuple[Expr, ...]) -> Expr:
    return IndexedBase(name)[indices] if indices else Symbol(name)


def applied(_name: str, prime: bool, indices: tuple[Expr, ...]) -> Expr:
    return named("D" if prime else "x", indices)


def read(text: str) -> Expr:
    return read_definition(text, named, applied, "n").right


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("h = Σ_j w_j x_j", Sum(w[j] * x[j], (j, 1, n))),
        ("h = Σⱼ wⱼ xⱼ", Sum(w[j] * x[j], (j, 1, n))),
        ("h_i = sum_j w_ij*x_j + b_i", Sum(w[j] * x[j], (j, 1, n)) + b),
        ("h = ∑_{j=1}^{m} w[j] φ(h_j)", Sum(w[j] * x[j], (j, 1, m))),
        ("h = Σ w_j x_j", Sum(w[j] * x[j], (j, 1, n))),
        ("delta_l = φ'(h)·Σ_i w_i δ_i", Symbol("D") * Sum(w[i] * delta[i], (i, 1, n))),
        ("y = 2w x − x²/4", 2 * Symbol("w") * Symbol("x") - Symbol("x") ** 2 / 4),
        ("y = x_1 + x_2^2", x[1] + x[2] ** 2),
        ("y = −(w + 1) x", -(Symbol("w") + 1) * Symbol("x")),
    ],
)
def test_spellings(text: str, expected: Expr) -> None:
    assert (read(text) - expected).expand() == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("h", "'=' is missing"),
        ("= 3", "starts with the name"),
        ("h = ", "a name, a number or Σ is missing"),
        ("h = Σ w_i x_j", "which index"),
        ("h = Σ_j w x", "nothing in this sum carries its index j"),
        ("h = Σ_j Σ_j w_j", "in use already"),
        ("h = E x", "base of natural logarithms"),
        ("h = x^99", "whole powers up to 8"),
        ("h = 2^8", "whole powers up to 8 of names"),
        ("h = import os", "Python keeps it for itself"),
        ("h = x; y", "no meaning in a definition"),
        ("h = " + "(" * 40 + "x" + ")" * 40, "nested deeper"),
        ("h = " + "x" * 500, "at most 400"),
        ("h = x.real", "meaning|expected"),
        ("h = w(", "missing before 'the end'"),
        ("h = φ'(x", "missing before 'the end'"),
        ("h = φ'(2)", "name of the pre-activation"),
    ],
)
def test_refusals(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read(text)


@given(st.text(alphabet="hwxΣ_j^*+-()='φ 12²ⱼ[]{}/.", max_size=30))
def test_nothing_but_refusals_comes_out_of_noise(text: str) -> None:
    try:
        found = read(f"h = {text}")
    except VarpropError:
        return
    assert isinstance(found, Expr)
    assert all(isinstance(a, Indexed) for a in found.atoms(Indexed))
