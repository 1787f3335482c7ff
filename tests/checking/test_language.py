"""What people type: spellings, sums, laws, givens, places in refusals."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varprop.checking.check import decide_claim, echoed
from varprop.checking.spelling import spelt
from varprop.checking.statement import conjuncts, read_statement
from varprop.errors import BadInput, VarpropError

SUMS = [
    "sum(w_i*x_i, i, 1, n)", "sum(w_i*x_i, (i, 1, n))", "sum(w_i*x_i, i=1..n)",
    "sum(w_i*x_i, i, n)", "Sum(w_i*x_i, i, 1, n)", "sum(w[i]*x[i], i, 1, n)", "sum(w*x, n)",
    "sum_{i=1}^{n} w_i*x_i", "sum_i w_i*x_i", "Σ_{i=1}^{n} w_i·x_i", "Σ_i wᵢ·xᵢ",
    "Σ w_i x_i".replace(" x", "*x"), "∑_{j=1}^n w_j*x_j",
]  # fmt: skip


@pytest.mark.parametrize("written", SUMS)
def test_sums_as_people_write_them(written: str) -> None:
    givens = ["w ~ U(-1/√n, 1/√n)", "x ~ N(0, var=1)"]
    assert decide_claim(f"Var({written}) = 1/3", givens, experiment=False).answer.value == "true"


@pytest.mark.parametrize(
    "statement",
    ["Var(w) = a²/3", "V[w] == a^2/3", "Var(w) = a**2/3", "𝔼[w²] = a·a/3", "E[w^2] = a×a÷3",
     "variance(w) = a²/3", "3*Var(w)/a² = 1", "√(3)*Std(w) = a", "a²/3 = Var(w)"],
)  # fmt: skip
def test_spellings(statement: str) -> None:
    assert decide_claim(statement, "w ~ U(-a, a)", experiment=False).answer.value == "true"


@pytest.mark.parametrize(
    ("law", "variance"),
    [
        ("U(-a, a)", "a^2/3"), ("Uniform(0, a)", "a^2/12"), ("U([0, a])", "a^2/12"),
        ("N(0, v)", "v"), ("N(0, var=v)", "v"), ("N(0, std=s)", "s^2"), ("Normal(1, std=s)", "s^2"),
        ("Bernoulli(p)", "p*(1 - p)"), ("rademacher", "1"), ("{-1, 1}", "1"), ("Exp(k)", "1/k^2"),
        ("laplace(k)", "2*k^2"), ("he(n)", "2/n"), ("glorot(n, m)", "2/(n + m)"),
        ("student_t(s)", "5/3*s^2"), ("sparse(std=s, p=0.5)", "s^2/2"), ("orthogonal(n, n)", "1/n"),
    ],
)  # fmt: skip
def test_laws(law: str, variance: str) -> None:
    made = decide_claim(f"Var(w) = {variance}", f"w ~ {law}", experiment=False)
    assert made.answer.value == "true"


@pytest.mark.parametrize(
    "said",
    ["x, y independent; E[x] = 0; E[y] = 0", "x and y are independent, E[x] = E[y] = 0",
     "x independent of y; x, y have zero mean", "x ⊥ y; x, y centred",
     "x, y iid with mean 0", "x, y independent and x, y symmetric"],
)  # fmt: skip
def test_givens(said: str) -> None:
    made = decide_claim("Var(x*y) = Var(x)*Var(y)", said, experiment=False)
    assert made.answer.value == "true"


def test_givens_may_stand_in_the_statement() -> None:
    made = decide_claim("Var(w) = a^2/3 given w ~ U(-a, a)", experiment=False)
    assert made.answer.value == "true"
    both = decide_claim("E[w] = 0 and Var(w) = a^2/2 given w ~ U(-a, a)", experiment=False)
    assert both.answer.value == "false"
    assert len(conjuncts("E[w] = 0 and Var(w) = 1 given w ~ N(0, 1) and x ~ N(0, 1)")) == 2


def test_a_normal_law_is_echoed_with_its_variance() -> None:
    assert echoed("h ~ N(0, q)") == "h ~ N(0, var=q)"
    assert echoed("h ~ N(0, std=q)") == "h ~ N(0, std=q)"
    made = decide_claim("Var(h) = q", "h ~ N(0, q)", experiment=False)
    assert made.given == ("h ~ N(0, var=q)",)
    assert "the second value is a variance" in made.finding.notes[0]


def test_tolerance_limit_and_point_are_read() -> None:
    read = read_statement("E[h^2] ≈ 1 (within 2 %) as n -> oo")
    assert read.tolerance == pytest.approx(0.02)
    assert read.limit is not None
    assert (read.limit.name, read.limit.target) == ("n", "oo")
    read = read_statement("diff(sigmoid(x), x) at x = 2 ≈ 0.1")
    assert [piece.text for piece in read.at] == ["x = 2"]
    assert spelt("wᵢ·x₁₂ ≤ σ²").text == "w_i·x_12 ≤ sigma^2"


@pytest.mark.parametrize(
    ("statement", "given", "place"),
    [
        ("Var(x) = 2x", "x random", 11),
        ("Var(relu(h)) = 1", "x random", 10),
        ("E[x] = @", "x random", 8),
        ("E[x = 1", "x random", 2),
        ("Vrr(x) = 1", "x random", 1),
        ("Var(x) = 1", "x ~ N(0, var=-2)", 5),
        ("Var(x) = 1", "y is fine", 1),
    ],
)
def test_a_refusal_names_the_place(statement: str, given: str, place: int) -> None:
    with pytest.raises(BadInput, match=f"at character {place}"):
        decide_claim(statement, given, experiment=False)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="xyhwE[]()Var=<>~+-*/^0123456789 .,Σ√|≈", max_size=24))
def test_any_text_is_decided_or_refused(text: str) -> None:
    refused = ""
    try:
        decide_claim(text, "x, y, h, w random", experiment=False)
    except VarpropError as error:
        refused = str(error)
    assert "\n" not in refused
