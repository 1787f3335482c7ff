"""A question on the range of weights for ReLU networks, and its long answer."""

from __future__ import annotations

from varprop.claims.entry import CLAIMS, ClaimEntry

SOURCE = "Cross Validated, What values should initial weights for a ReLU network be?"
QUESTION, LINEAR, NONLINEAR = "question", "deep linear networks", "deep nonlinear networks"
LOOKS = "looks-linear"


def _add(
    name: str, title: str, statement: str, *given: str, place: str, expect: str = "true",
    remark: str | None = None,
) -> None:  # fmt: skip
    CLAIMS.add(ClaimEntry(name, title, statement, given, SOURCE, place, expect, remark))


_add("range-0-001", "weights from (0, 0.01) have mean 0", "E[w] = 0", "w ~ U(0, 0.01)",
     place=QUESTION, expect="false")  # fmt: skip
_add("range-0-root", "weights from (0, n^(−1/2)) have mean 0", "E[w] = 0",
     "w ~ U(0, 1/sqrt(n))", place=QUESTION, expect="false")  # fmt: skip
_add("range-0-root-variance", "they give a sum of variance 1/3",
     "Var(sum(w_i*x_i, i, 1, n)) = 1/3", "w_i ~ U(0, 1/sqrt(n))", "x_i iid", "E[x_i] = 0",
     "Var(x_i) = 1", "w, x independent", place=QUESTION,
     remark="for centred inputs; after a ReLU the mean of the sum grows like √n")  # fmt: skip
_add("range-0-root-relu", "they do so after a ReLU, too",
     "E[s^2] = 1/3", "s = sum(w_i*relu(h_i), i, 1, n)", "w_i ~ U(0, 1/sqrt(n))",
     "h_i ~ N(0, var=1)", place=QUESTION, expect="false")  # fmt: skip
_add("orthogonal-entries", "entries of a square orthogonal matrix have the variance 1/n",
     "n*Var(w) = 1", "w ~ orthogonal(n, n)", place=LINEAR)  # fmt: skip
_add("gaussian-isometry", "a Gaussian matrix of that variance keeps every length exactly",
     "Var(sum(w_i^2, i, 1, n)) = 0", "w_i ~ N(0, var=1/n)", place=LINEAR, expect="false",
     remark="its columns have length 1 on average; those of an orthogonal matrix always")  # fmt: skip
_add("tanh-edge-of-chaos", "tanh at σ_w = 1 without bias lies on the edge of chaos",
     "chi_perp = 1", "act = tanh", "sigma_w2 = 1", "sigma_b2 = 0", "q[0] = 1",
     place=NONLINEAR)  # fmt: skip
_add("off-the-edge", "off the edge orthogonal weights keep the gradient as well",
     "g[0] = g[100]", "net = 100*(Dense(n) >> tanh)", "n*Var(w) = 4", "q[0] = 1",
     place=NONLINEAR, expect="false")  # fmt: skip
_add("relu-isometry", "ReLU can have singular values that are all alike",
     "E[relu'(h)^4] = E[relu'(h)^2]^2", "h ~ N(0, var=q)", place=NONLINEAR, expect="false",
     remark="half of the slopes are 0 whatever the weights: E[φ'⁴]/E[φ'²]² = 2")  # fmt: skip
_add("crelu-identity", "relu(x) − relu(−x) is x", "relu(x) - relu(-x) = x", place=LOOKS)
_add("looks-linear", "with weights (w, −w) a layer of concatenated ReLUs is linear",
     "w*relu(x) + (-w)*relu(-x) = w*x", place=LOOKS)  # fmt: skip
_add("crelu-of-product", "ρ(wx) can be written as w ρ(x)", "relu(w*x) = w*relu(x)", place=LOOKS,
     expect="conditional",
     remark="the answer writes ρ(Wx) where W ρ(x) is meant")  # fmt: skip
_add("crelu-columns", "the matrix (W', W'') of two equal blocks has an odd number of columns",
     "k + k = 2*k + 1", place=LOOKS, expect="false")  # fmt: skip
_add("delta-orthogonal-norm", "a delta-orthogonal kernel keeps the second moment of a linear layer",
     "q[100] = q[0]", "net = 100*(Dense(n) >> linear)", "init = orthogonal",
     place="delta-orthogonal", remark="at each place it acts as one orthogonal matrix")  # fmt: skip
