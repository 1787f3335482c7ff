"""Lecture notes on vanishing and exploding gradients and Xavier's initialisation."""

from __future__ import annotations

from varprop.claims.entry import CLAIMS, ClaimEntry

SOURCE = "Lecture notes, Weight Initialization"
CONSTANT, HUGE, TINY = "initialising with a constant", "huge weights", "tiny weights"
FINDING, XAVIER, WHY = "appropriate values", "defining Xavier", "justification for Xavier"
TWO_UNITS = "(v*relu(a*x) + v*relu(k*x) - y)^2/2"
TANH = "net = L*(Dense(n) >> tanh)"


def _add(
    name: str, title: str, statement: str, *given: str, place: str, expect: str = "true",
    remark: str | None = None,
) -> None:  # fmt: skip
    CLAIMS.add(ClaimEntry(name, title, statement, given, SOURCE, place, expect, remark))


_add("constant-output", "weights α give both units the output relu(αx₁ + αx₂) = α relu(x₁ + x₂)",
     "relu(a*x1 + a*x2) = a*relu(x1 + x2)", place=CONSTANT, expect="conditional")  # fmt: skip
_add("constant-gradients", "two units of equal weights get equal gradients",
     f"diff({TWO_UNITS}, a) = diff({TWO_UNITS}, k)", "a = 1", "k = 1", place=CONSTANT)  # fmt: skip
_add("nine-layers-ten-matrices", "nine layers of 1.5·I and a last matrix: ten factors in all",
     "1.5^10 = 1.5*1.5^9", place="setup")  # fmt: skip
_add("power-of-15", "1.5⁹ is about 38", "1.5^9 ≈ 38 (within 2 %)", place=HUGE)
_add("huge-explodes", "weights of 1.5·I make the signal explode",
     "q[l] -> oo as l -> oo", "net = L*(Dense(n) >> linear)", "n*Var(w) = 9/4", "q[0] = 1",
     place=HUGE)  # fmt: skip
_add("power-of-05", "0.5⁹ is about 0.002", "0.5^9 ≈ 0.002", place=TINY)
_add("half-identity-larger", "0.5·I is slightly larger than the identity", "0.5 > 1", place=TINY,
     expect="false")  # fmt: skip
_add("tiny-vanishes", "weights of 0.5·I make the signal vanish",
     "q[l] -> 0 as l -> oo", "net = L*(Dense(n) >> linear)", "n*Var(w) = 1/4", "q[0] = 1",
     place=TINY)  # fmt: skip
_add("two-conditions-suffice", "mean 0 and constant variance mean no exploding gradient",
     "g[0] ≈ g[20]", "net = 20*(Dense(n) >> tanh)", "n*Var(w) = 25/9", "q[0] = 1.17848",
     place=FINDING, expect="false",
     remark="q stays where it is, tanh has mean 0, and the gradient grows by 1.21 a layer")  # fmt: skip
_add("two-conditions-inputs", "they keep two inputs apart as well",
     "c[20] ≈ c[0]", "net = 20*(Dense(n) >> relu)", "init = he", "q[0] = 1", "c[0] = 0.5",
     place=FINDING, expect="false")  # fmt: skip
_add("tanh-mean-zero", "tanh units have mean 0", "E[tanh(h)] = 0", "h ~ N(0, var=q)",
     place=FINDING)  # fmt: skip
_add("xavier-one-over-n", "Xavier's variance is 1/n of the layer before",
     "Var(w) = 1/fan_in", "w ~ xavier(fan_in, fan_out)", place=XAVIER, expect="false",
     remark="1/fan_in is LeCun's; Glorot and Bengio take 2/(fan_in + fan_out)")  # fmt: skip
_add("lecun-one-over-n", "LeCun's variance is 1/n of the layer before",
     "Var(w) = 1/fan_in", "w ~ lecun(fan_in)", place=XAVIER)  # fmt: skip
_add("tanh-linear", "small values: tanh(z) ≈ z", "tanh(z) ≈ z", place=WHY, expect="conditional")
_add("tanh-error-term", "the error of tanh(z) ≈ z is −z³/3", "tanh(z) - z ≈ -z^3/3 (within 1 %)",
     place=WHY, expect="conditional")  # fmt: skip
_add("tanh-keeps-variance", "so Var(tanh(z)) = Var(z)", "Var(tanh(z)) = Var(z)",
     "z ~ N(0, var=q)", place=WHY, expect="conditional")  # fmt: skip
_add("below-one-vanishes", "n·Var(w) < 1 means a vanishing signal",
     "q[l] -> 0 as l -> oo", TANH, "n*Var(w) = 1/2", "q[0] = 1", place=WHY)  # fmt: skip
_add("one-keeps", "n·Var(w) = 1 means Var(a_L) = Var(x)",
     "q[100] = q[0]", "net = 100*(Dense(n) >> tanh)", "n*Var(w) = 1", "q[0] = 1", place=WHY,
     expect="false")  # fmt: skip
_add("one-keeps-linear", "for linear units it does",
     "q[100] = q[0]", "net = 100*(Dense(n) >> linear)", "n*Var(w) = 1", place=WHY)  # fmt: skip
_add("one-tanh-first", "with tanh and n·Var(w) = 1 the first layer leaves 0.394",
     "q[1] = 0.394", "net = 100*(Dense(n) >> tanh)", "n*Var(w) = 1", "q[0] = 1", place=WHY)  # fmt: skip
_add("one-tanh-fifth", "and the fifth 0.103",
     "q[5] = 0.103", "net = 100*(Dense(n) >> tanh)", "n*Var(w) = 1", "q[0] = 1", place=WHY)  # fmt: skip
_add("above-one-explodes", "n·Var(w) > 1 means an exploding signal",
     "q[l] -> oo as l -> oo", TANH, "n*Var(w) = 25/9", "q[0] = 1", place=WHY, expect="false",
     remark="q goes to 1.17848 from any start; what grows is the gradient")  # fmt: skip
_add("index-slip", "so n_l·Var(W_l) = 1 must be set, n_l being the layer's own width",
     "fan_in*Var(w) = 1", "Var(w) = 1/fan_out", place=WHY, expect="false")  # fmt: skip
_add("index-right", "it is the width of the layer before that counts",
     "fan_in*Var(w) = 1", "Var(w) = 1/fan_in", place=WHY)  # fmt: skip
