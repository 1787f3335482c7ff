"""A blog post on the logic behind the initialisation of weights."""

from __future__ import annotations

from varprop.claims.entry import CLAIMS, ClaimEntry

SOURCE = "Lei Mao 2017, Mathematical Logics Behind The Weights Initialization"
WHY, MATHS, ZERO = "why it is important", "mathematics", "weights all zero"
LOSS = "(w2*{0}(w1*x) - y)^2/2"


def _add(
    name: str, title: str, statement: str, *given: str, place: str, expect: str = "true",
    remark: str | None = None,
) -> None:  # fmt: skip
    CLAIMS.add(ClaimEntry(name, title, statement, given, SOURCE, place, expect, remark))


_add("logistic-flat", "the logistic slope vanishes for large inputs",
     "sigmoid'(x) -> 0 as x -> oo", place=WHY)  # fmt: skip
_add("beta-is-learning-rate", "β in 1/(1 + e^(−βx)) is the same as a learning rate",
     "diff(sigmoid(k*w*x), w) = k*diff(sigmoid(w*x), w)", "k > 0", place=WHY, expect="false",
     remark="β rescales the weights, w → βw; their learning rate grows by β²")  # fmt: skip
_add("beta-rescales-weights", "what β does is to rescale the weights",
     "diff(sigmoid(k*w*x), w) = k*x*sigmoid'(k*w*x)", "k > 0", place=WHY)  # fmt: skip
_add("blog-variance-of-sum", "variances of uncorrelated variables add",
     "Var(X + Y) = Var(X) + Var(Y)", "X, Y uncorrelated", place=MATHS)  # fmt: skip
_add("blog-variance-of-product", "variances of uncorrelated variables multiply",
     "Var(X*Y) = Var(X)*Var(Y)", "X, Y uncorrelated", place=MATHS, expect="conditional")  # fmt: skip
_add("blog-uniform-variance", "U(±1/√n) has the variance 1/(3n)",
     "Var(w) = 1/(3*n)", "w ~ U(-1/sqrt(n), 1/sqrt(n))", place=MATHS)  # fmt: skip
_add("blog-sum-of-variances", "n weights add up to the variance 1/3",
     "Var(sum(w_i, i, 1, n)) = 1/3", "w_i ~ U(-1/sqrt(n), 1/sqrt(n))", place=MATHS)  # fmt: skip
for _phi, _moves in (("sigmoid", True), ("tanh", False), ("relu", False)):
    _loss = LOSS.format(_phi)
    _add(f"zero-hidden-{_phi}", f"with all weights 0 the hidden weights of a {_phi} net don't move",
         f"diff({_loss}, w1) = 0", "w1 = 0", "w2 = 0", place=ZERO)  # fmt: skip
    _add(f"zero-output-{_phi}", f"with all weights 0 the output weights of a {_phi} net don't move",
         f"diff({_loss}, w2) = 0", "w1 = 0", "w2 = 0", place=ZERO,
         expect="false" if _moves else "true",
         remark="sigmoid(0) is 1/2: the output weights move, and hidden ones at the second step"
         if _moves else "φ(0) = 0: nothing but a bias ever moves")  # fmt: skip
_add("zero-output-weights-only", "zero output weights stop the hidden ones at the first step",
     "diff((w2*tanh(w1*x) - y)^2/2, w1) = 0", "w2 = 0", place=ZERO,
     remark="at the first step only: the output weights move, and then the hidden ones")  # fmt: skip
_add("zero-output-weights-stuck", "zero output weights themselves don't move",
     "diff((w2*tanh(w1*x) - y)^2/2, w2) = 0", "w2 = 0", place=ZERO, expect="false")  # fmt: skip
_add("zero-biases-stuck", "zero biases beside zero weights don't move",
     "diff((w2*tanh(w1*x) + b2 - y)^2/2, b2) = 0", "w1 = 0", "w2 = 0", "b2 = 0", place=ZERO,
     expect="false")  # fmt: skip
