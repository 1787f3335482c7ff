"""Claims with verdicts worked out by hand: laws, assumptions, limits, corrections."""

from __future__ import annotations

import pytest
import sympy

from varprop.checking.check import decide_claim

TRUE, CONDITIONAL, FALSE = "true", "conditional", "false"

CASES = [
    ("Var(relu(h)) = Var(h)/2", ["h ~ N(0, q)"], FALSE),
    ("E[relu(h)²] = q/2", ["h ~ N(0, var=q)"], TRUE),
    ("Var(X + Y) = Var(X) + Var(Y)", ["X, Y uncorrelated"], TRUE),
    ("Var(X + Y) = Var(X) + Var(Y)", ["X, Y random"], CONDITIONAL),
    ("Var(X - Y) = Var(X) + Var(Y) - 2*Cov(X, Y)", ["X, Y random"], TRUE),
    ("Var(x·y) = Var(x)·Var(y)", ["x, y uncorrelated"], CONDITIONAL),
    ("Var(x*y) = Var(x)*Var(y)", ["x, y independent"], CONDITIONAL),
    ("V[x*y] == V[x]*V[y]", ["x and y are independent with mean 0"], TRUE),
    ("Var(x*y) = E[x^2]*E[y^2] - E[x]^2*E[y]^2", ["x, y independent"], TRUE),
    ("Var(x) = E[x²] − E[x]²", ["x random"], TRUE),
    ("Var(x) = E[x^2]", ["x random"], CONDITIONAL),
    ("E[x*y] = E[x]*E[y]", ["x, y random"], CONDITIONAL),
    ("E[x^3] = 0", ["x symmetric"], TRUE),
    ("E[x^3] = 0", ["E[x] = 0"], CONDITIONAL),
    ("E[h^4] = 3*q^2", ["h ~ N(0, q)"], TRUE),
    ("Var(Σ_{i=1}^{n} w_i*x_i) = n*Var(w)*E[x^2]", ["w_i iid", "E[w] = 0", "w_i independent of x_i"], TRUE),
    ("Var(Σ w_i*x_i) = n*Var(w)*Var(x)", ["w_i iid", "E[w]=0", "w, x independent"], CONDITIONAL),
    ("Var(sum(x_i, i, 1, n)/n) = Var(x)/n", ["x_i iid"], TRUE),
    ("Var(sum(x_i, i, 1, n)) = n*Var(x)", ["x_i random"], CONDITIONAL),
    ("Var(s) ∝ n", ["s = sum(x_i, i, 1, n)", "x_i iid"], TRUE),
    ("Std(s) ∝ sqrt(n)", ["s = sum(x_i, i, 1, n)", "x_i iid"], TRUE),
    ("Std(s) ∝ n", ["s = sum(x_i, i, 1, n)", "x_i iid"], FALSE),
    ("E[s^4] = 3*n^2", ["s = sum(x_i, i, 1, n)", "x_i ~ N(0, 1)"], TRUE),
    ("E[s^4] = 3*n^2 - 2*n", ["s = sum(x_i, i, 1, n)", "x_i ~ rademacher"], TRUE),
    ("P(|s| > 4) <= 1/48", ["s ~ N(0, var=1/3)"], TRUE),
    ("P(|s| >= k) <= Var(s)/k^2", ["E[s] = 0", "k > 0"], TRUE),
    ("P(h > 0) = 1/2", ["h ~ N(0, var=q)"], TRUE),
    ("|Cov(x, y)| <= Std(x)*Std(y)", ["x, y random"], TRUE),
    ("E[|x|] <= sqrt(E[x^2])", ["x random"], TRUE),
    ("E[x^2] >= Var(x)", ["x random"], TRUE),
    ("Var(tanh(z)) <= Var(z)", ["z ~ N(0, var=q)"], TRUE),
    ("Var(tanh(z)) = Var(z)", ["z ~ N(0, var=q)"], CONDITIONAL),
    ("Var(tanh(z)) = Var(z) as q -> 0", ["z ~ N(0, var=q)"], TRUE),
    ("Var(tanh(z)) = Var(z)", ["z ~ N(0, std=1)"], FALSE),
    ("E[tanh(h)^2] = 0.394294", ["h ~ N(0, 1)"], TRUE),
    ("E[tanh(h)^2] ≈ 0.4 (within 5 %)", ["h ~ N(0, 1)"], TRUE),
    ("E[tanh(h)^2] ≈ 0.5 (within 5 %)", ["h ~ N(0, 1)"], FALSE),
    ("E[relu(u)*relu(v)] = 1/(2*pi)", ["u, v ~ N(0, 1)"], TRUE),
    ("E[relu(s)^2] = Var(s)/2", ["s = sum(w_i*x_i, i, 1, n)", "w_i ~ U(-a, a)", "x_i ~ N(0, 1)",
                                 "n -> oo"], TRUE),
    ("s ~ N(0, var=1)", ["s = sum(x_i, i, 1, n)/sqrt(n)", "x_i ~ N(0, 1)"], TRUE),
    ("s ~ N(0, var=1)", ["s = sum(x_i, i, 1, n)/sqrt(n)", "x_i ~ rademacher"], CONDITIONAL),
    ("tanh(z) ≈ z", [], CONDITIONAL),
    ("sigmoid'(0) = 1/4", [], TRUE),
    ("relu(a*x) = a*relu(x)", ["a > 0"], TRUE),
    ("relu(a*x) = a*relu(x)", [], CONDITIONAL),
    ("diff(tanh(x), x) = 1 at x = 0", [], TRUE),
    ("1.5^9 ≈ 38.4 (within 1 %)", [], TRUE),
    ("sqrt(3)*Std(w) = a", ["w ~ U(-a, a)"], TRUE),
    ("Std(w) = a", ["w ~ U(-a, a)"], FALSE),
    ("q[50] = q[0]", ["net = 50*(Dense(n) >> relu)", "init = he"], TRUE),
    ("g[0] = g[50]", ["net = 50*(Dense(n) >> relu)", "init = he"], TRUE),
    ("q[5] = q[0]", ["net = 5*(Dense(n) >> tanh)", "init = glorot_uniform", "q[0] = 1"], FALSE),
    ("q[5] = q[0]", ["net = 5*(Dense(n) >> tanh)", "init = glorot_uniform"], CONDITIONAL),
    ("q[l] -> 0 as l -> oo", ["net = L*(Dense(n) >> tanh)", "n*Var(w) = 1/2", "q[0] = 1"], TRUE),
    ("q[l+1] = q[l]/2", ["net = L*(Dense(n) >> relu)", "init = lecun"], TRUE),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "given", "verdict"), CASES)
def test_verdict(statement: str, given: list[str], verdict: str) -> None:
    assert decide_claim(statement, given, experiment=False).answer.value == verdict


CORRECTIONS = [
    ("Var(relu(h)) = Var(h)/2", ["h ~ N(0, var=q)"], "q/2 - q/(2*pi)"),
    ("Var(w) = a^2/2", ["w ~ U(-a, a)"], "a**2/3"),
    ("Var(w) = 3/n", ["w ~ U(-1/√n, 1/√n)"], "1/(3*n)"),
    ("Std(s) = 1/3", ["s ~ N(0, var=1/3)"], "sqrt(3)/3"),
    ("E[a^2] = σ²*d", ["a = sum(w_i*x_i, i, 0, d)", "E[w_i] = 0, Var(w_i) = σ², w_i iid",
                       "w, x independent", "E[x_i²] = 1"], "sigma**2*(d + 1)"),
    ("Var(w) = 2/n", ["w = u*sqrt(2/n)", "u ~ U([0, n])"], "n/6"),
    ("fan_out*Var(w) = 1", ["w ~ lecun(fan_in)"], "fan_out/fan_in"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "given", "value"), CORRECTIONS)
def test_correction_is_computed_and_parsable(statement: str, given: list[str], value: str) -> None:
    decision = decide_claim(statement, given, experiment=False)
    assert decision.answer.value == FALSE
    correct = sympy.sympify(decision.finding.correct)
    names = {s: sympy.Symbol(s.name) for s in correct.free_symbols}
    gap = correct.rhs.xreplace(names) - sympy.sympify(value)
    assert sympy.simplify(sympy.powdenest(gap, force=True)) == 0


def test_the_conditions_and_the_counterexample_of_the_product() -> None:
    finding = decide_claim("Var(x*y) = Var(x)*Var(y)", "x, y uncorrelated").finding
    assert finding.holds_when == "x, y independent and E[x] = E[y] = 0"
    assert finding.fails_for == "x ~ N(0, var=1), y = x² − 1: left side 10, right side 2"


def test_the_second_moment_is_offered_where_the_variance_is_wrong() -> None:
    finding = decide_claim("Var(relu(h)) = Var(h)/2", "h ~ N(0, var=q)").finding
    assert finding.instead == "E[relu(h)^2] = Var(h)/2"


def test_an_experiment_stands_beside_the_value() -> None:
    finding = decide_claim("Var(relu(h)) = Var(h)/2", "h ~ N(0, var=q)").finding
    check = next(e.check for e in finding.evidence if e.check is not None)
    assert abs(check.observed - 0.3408450569) < 5 * check.standard_error
    assert check.verdict.value == "disagrees"
