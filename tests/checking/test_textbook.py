"""Statements as texts make them: sums of weights, schemes, networks, dropout, symmetry."""

from __future__ import annotations

import pytest

from varprop.checking.check import decide_claim

CASES = [
    (
        "P(|s| > 4) <= 1/48",
        ["s = sum(w_i*x_i, i, 1, d)", "w_i ~ U(-1/sqrt(d), 1/sqrt(d))", "x_i ~ N(0,1)"],
        "true",
    ),
    (
        "Var(s) = 1/3",
        ["s = sum(w_i*x_i, i, 1, d)", "w_i ~ U(-1/sqrt(d), 1/sqrt(d))", "x_i ~ N(0,1)", "d = 100"],
        "true",
    ),
    (
        "Std(s) = 1/3",
        ["s = sum(w_i*x_i, i, 1, d)", "w_i ~ U(-1/sqrt(d), 1/sqrt(d))", "x_i ~ N(0,1)"],
        "false",
    ),
    (
        "4/Std(s) = 12",
        ["s = sum(w_i*x_i, i, 1, d)", "w_i ~ U(-1/sqrt(d), 1/sqrt(d))", "x_i ~ N(0,1)"],
        "false",
    ),
    (
        "4/Std(s) ≈ 6.93 (within 0.1 %)",
        ["s = sum(w_i*x_i, i, 1, d)", "w_i ~ U(-1/sqrt(d), 1/sqrt(d))", "x_i ~ N(0,1)"],
        "true",
    ),
    ("gain^2*E[tanh(h)^2] ≈ 1.0953 (within 0.1 %)", ["gain = 5/3", "h ~ N(0,1)"], "true"),
    ("Var(w) = 1/fan_in", ["w ~ lecun_normal(fan_in)"], "true"),
    ("fan_in*Var(w) = 2", ["w ~ kaiming_normal(fan_in)"], "true"),
    ("fan_out*Var(w) = 2", ["w ~ kaiming_normal(fan_in)"], "false"),
    ("Var(w) = 2/(fan_in + fan_out)", ["w ~ xavier_uniform(fan_in, fan_out)"], "true"),
    ("Var(w) = 1/fan_in", ["w ~ glorot_normal(fan_in, fan_out)"], "false"),
    (
        "Var(x[l+1]) = n*Var(w)*Var(x[l])",
        ["net = L*(Dense(n) >> tanh)", "init = lecun"],
        "conditional",
    ),
    ("q[L] -> 0 as L -> oo", ["net = L*(Dense(n) >> tanh)", "n*Var(w) = 1", "q[0] = 1"], "true"),
    ("q[L] -> 0 as L -> ∞", ["net = L*(Dense(n) >> tanh)", "n*Var(w) = 1/2", "q[0] = 1"], "true"),
    ("Var(x)/Var(h) = 1/2 - 1/(2*pi)", ["x = relu(h)", "h ~ N(0, q)"], "true"),
    ("E[x^2] = Var(h)/2", ["x = relu(h)", "h ~ N(0, q)"], "true"),
    (
        "Var(dropout) = (1/(1-p))*(Var(x) + p*E[x]^2)",
        ["dropout = x*m/(1-p)", "m ~ Bernoulli(1-p)", "x, m independent"],
        "true",
    ),
    ("s ∝ 3*s at s = 2", [], "true"),
    ("Var(c*s) ∝ c^2", ["s ~ N(0, v)"], "true"),
    ("Var(s) ∝ 1/n", ["s = sum(x_i, i, 1, n)/n", "x_i ~ N(0, 1)"], "true"),
    ("Std(s) ∝ 1/n", ["s = sum(x_i, i, 1, n)/n", "x_i ~ N(0, 1)"], "false"),
    ("E[silu(h)^2] ≈ 0.356 (within 1 %)", ["h ~ N(0, var=1)"], "true"),
    ("chi_par < 1", ["act = gelu", "sigma_w2 = 2.351715", "sigma_b2=0", "q = 1"], "false"),
    ("chi_par > 1", ["act = gelu", "sigma_w2 = 2.351715", "sigma_b2=0", "q = 1"], "true"),
    ("relu(W*x) = W*relu(x)", ["W > 0"], "true"),
    ("relu(W*x) = W*relu(x)", [], "conditional"),
    ("Var(y) = Var(x)", ["y = x/sqrt(2) + z/sqrt(2)", "x, z iid"], "true"),
    ("Var(y) = Var(x)", ["y = x + z", "x, z iid"], "false"),
    ("1 - tanh(z)^2 -> 1 as z -> 0", [], "true"),
    ("sigmoid'(x) -> 0 as x -> -oo", [], "true"),
    (
        "E[relu(s)^2] -> 1/2 as n -> oo",
        ["s = sum(x_i, i, 1, n)/sqrt(n)", "x_i iid", "E[x_i] = 0", "Var(x_i) = 1"],
        "true",
    ),
    (
        "Var(a[l+1]) = Var(a[l])/3",
        ["net = L*(Dense(n) >> linear)", "init = uniform(-1/sqrt(n), 1/sqrt(n))"],
        "true",
    ),
    (
        "Var(delta[l]) = Var(delta[l+1])/3",
        ["net = L*(Dense(n) >> linear)", "init = uniform(-1/sqrt(n), 1/sqrt(n))"],
        "true",
    ),
    ("Var(h) = q and E[h] = 0 given h ~ N(0, q)", [], "true"),
    ("E[relu(h)^2] = E[relu(h)]^2", ["h ~ N(0, q)"], "false"),
    ("x ~ N(0, 2) given x = y + z; y, z iid; y ~ N(0, 1)", [], "true"),
    ("P(X + Y > 0) = 1/2 given X, Y ~ N(0, 1)", [], "true"),
    ("Std(X + Y) = sqrt(Var(X) + Var(Y))", ["X, Y random"], "conditional"),
    ("E[(W[1,1])^2] = 1/n", ["W ~ orthogonal(n, n)"], "true"),
    (
        "E[relu(s)^2] = Var(s)/2",
        ["s = sum(w_i*x_i,i,1,n)", "w_i ~ U(-a,a)", "x_i ~ N(0,1)"],
        "true",
    ),
    (
        "E[relu(s)^2] = Var(s)/2",
        ["s = sum(w_i*x_i,i,1,n)", "w_i iid", "w_i symmetric", "w, x independent"],
        "true",
    ),
    (
        "E[relu(s)^2] = Var(s)/2",
        ["s = sum(w_i*x_i,i,1,n)", "w_i iid", "E[w_i]=0", "w, x independent"],
        "conditional",
    ),
    ("E[relu(w)^2] = b^2", ["w ~ laplace(b)"], "true"),
    ("E[|w|] = b", ["w ~ laplace(b)"], "true"),
    ("Var(relu(h)) = Var(h)/2", ["h symmetric"], "false"),
    ("Var(relu(h)) = Var(h)/2", ["h random"], "false"),
    ("Var(relu(h)) = (1/2 - 1/(2*pi))*Var(h)", ["E[h]=0"], "conditional"),
    ("E[sigmoid(x)*x] = E[sigmoid'(x)]", ["x ~ N(0,1)"], "true"),
    ("E[x*tanh(x)] = E[tanh'(x)]*q", ["x ~ N(0,q)"], "true"),
    ("Var(w) = s^2*(1-0.1)", ["w ~ sparse(std=s, p=0.1)"], "true"),
]


@pytest.mark.parametrize(("statement", "given", "verdict"), CASES)
def test_verdict(statement: str, given: list[str], verdict: str) -> None:
    assert decide_claim(statement, given, experiment=False).answer.value == verdict


def test_networks_are_sampled_beside_the_recurrence() -> None:
    net = ["net = 5*(Dense(n) >> tanh)", "init = glorot_uniform", "q[0] = 1"]
    finding = decide_claim("q[5] = q[0]", net).finding
    check = next(e.check for e in finding.evidence if e.check is not None)
    assert check.width == 256
    assert abs(check.observed - 0.10344) < 0.01
    assert check.verdict.value == "disagrees"


def test_twins_share_what_is_known_of_either() -> None:
    made = decide_claim("Var(x*y) = 1", "x, y iid; E[x] = 0; Var(x) = 1", experiment=False)
    assert made.answer.value == "true"
