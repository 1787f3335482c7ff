"""True claims with one small slip each come out false, with what is right."""

from __future__ import annotations

import pytest

from varprop.checking.check import decide_claim

WEIGHTS = ["w_i iid", "E[w] = 0", "w, x independent", "x_i iid", "E[x] = 0"]
SUM = "sum(w_i*x_i, i, 1, n)"
MUTATIONS = [
    ("Var(w) = a^2/3", "Var(w) = a^2/2", ["w ~ U(-a, a)"]),
    ("Var(w) = a^2/3", "Var(w) = a/3", ["w ~ U(-a, a)"]),
    ("Var(a*x) = a^2*Var(x)", "Var(a*x) = a*Var(x)", ["x random"]),
    ("Var(x - y) = Var(x) + Var(y)", "Var(x - y) = Var(x) - Var(y)", ["x, y independent"]),
    ("Var(x + y) = Var(x) + Var(y) + 2*Cov(x, y)", "Var(x + y) = Var(x) + Var(y) + Cov(x, y)",
     ["x, y random"]),
    ("Var(x - y) = Var(x) + Var(y) - 2*Cov(x, y)", "Var(x - y) = Var(x) + Var(y) + 2*Cov(x, y)",
     ["x, y random"]),
    ("Var(x) = E[x^2] - E[x]^2", "Var(x) = E[x^2] + E[x]^2", ["x random"]),
    ("Var(x*y) = E[x^2]*E[y^2] - E[x]^2*E[y]^2", "Var(x*y) = E[x^2]*E[y^2] + E[x]^2*E[y]^2",
     ["x, y independent"]),
    (f"Var({SUM}) = n*Var(w)*Var(x)", f"Var({SUM}) = Var(w)*Var(x)", WEIGHTS),
    (f"Var({SUM}) = n*Var(w)*Var(x)", f"Var({SUM}) = 2*n*Var(w)*Var(x)", WEIGHTS),
    (f"Var({SUM}) = n*Var(w)*Var(x)", f"Var({SUM}) = n^2*Var(w)*Var(x)", WEIGHTS),
    ("fan_in*Var(w) = 1", "fan_out*Var(w) = 1", ["w ~ N(0, var=1/fan_in)"]),
    ("Var(w) = 2/(fan_in + fan_out)", "Var(w) = 1/(fan_in + fan_out)", ["init = glorot_uniform"]),
    ("E[relu(h)^2] = q/2", "E[relu(h)^2] = q", ["h ~ N(0, var=q)"]),
    ("E[leaky_relu(h, a)^2] = (1 + a^2)*q/2", "E[leaky_relu(h, a)^2] = (1 + a)*q/2",
     ["h ~ N(0, var=q)"]),
    ("E[leaky_relu(h, a)^2] = (1 + a^2)*q/2", "E[leaky_relu(h, a)^2] = (1 - a^2)*q/2",
     ["h ~ N(0, var=q)"]),
    ("E[exp(h)] = exp(q/2)", "E[exp(h)] = exp(q)", ["h ~ N(0, var=q)"]),
    ("E[h^4] = 3*q^2", "E[h^4] = 3*q", ["h ~ N(0, var=q)"]),
    ("q[50] = q[0]", "q[50] = q[0]/2", ["net = 50*(Dense(n) >> relu)", "init = he"]),
    ("g[l] = g[l+1]/2", "g[l] = 2*g[l+1]", ["net = L*(Dense(n) >> relu)", "init = lecun"]),
    ("Std(w) = a/sqrt(3)", "Std(w) = a/3", ["w ~ U(-a, a)"]),
    ("Var(m*x) = (1 - p)*E[x^2] - (1 - p)^2*E[x]^2", "Var(m*x) = p*E[x^2] - (1 - p)^2*E[x]^2",
     ["m ~ Bernoulli(1 - p)", "m, x independent", "E[x] = 1"]),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "given"), MUTATIONS)
def test_a_slip_is_seen(right: str, wrong: str, given: list[str]) -> None:
    assert decide_claim(right, given, experiment=False).answer.value == "true"
    found = decide_claim(wrong, given, experiment=False)
    assert found.answer.value == "false"
    assert found.finding.fails_for
