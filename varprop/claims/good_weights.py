"""Answers and comments under one much-read question: which initial weights are good?"""

from __future__ import annotations

from varprop.claims.entry import CLAIMS, ClaimEntry

SOURCE = "Cross Validated, What are good initial weights in a neural network?"
FIRST, GLOROT, BISHOP = "first answer", "answer on strategies", "answer after Bishop"
HE, FLOW, NORM, LAST = "answer on He", "answer on data flow", "answer on batch norm", "last answer"
COMMENT = "comment on the first answer"

SUM = "s = sum(w_i*x_i, i, 1, d)"
BOUND = "w_i ~ U(-1/sqrt(d), 1/sqrt(d))"
WHITE = ("E[x_i] = 0", "Var(x_i) = 1", "w, x independent")
A_SUM = "a = sum(w_i*x_i, i, {}, d)"
BISHOP_GIVEN = (
    "E[w_i] = 0",
    "Var(w_i) = sigma^2",
    "w_i iid",
    "w, x independent",
    "E[x_i] = 0",
    "E[x_i^2] = 1",
)
BATCH = "y = g*(x - mu)/sqrt(v + epsilon) + b"


def _add(
    name: str, title: str, statement: str, *given: str, place: str, expect: str = "true",
    remark: str | None = None, library: str | None = None, draw: str = "", promise: str = "",
) -> None:  # fmt: skip
    CLAIMS.add(
        ClaimEntry(
            name, title, statement, given, SOURCE, place, expect, remark, library, draw, promise
        )
    )


_add("logistic-slope-2", "the logistic function's slope at 2 is about a tenth",
     "sigmoid'(2) ≈ 1/10", place=FIRST)  # fmt: skip
_add("logistic-slope-10", "its slope at 10 is about 1/22000",
     "sigmoid'(10) ≈ 1/22000", place=FIRST)  # fmt: skip
_add("logistic-slope-ratio", "at 10 the neuron learns about 2200 times slower than at 2",
     "sigmoid'(2)/sigmoid'(10) ≈ 2200", place=FIRST)  # fmt: skip
_add("uniform-sum-third", "weights from U(±1/√d) and normalised inputs give a sum of variance 1/3",
     "Var(s) = 1/3", SUM, BOUND, *WHITE, place=FIRST)  # fmt: skip
_add("uniform-sum-mean", "that sum has mean 0", "E[s] = 0", SUM, BOUND, *WHITE, place=FIRST)
_add("uniform-sum-any-inputs", "the variance is 1/3 whatever the inputs are",
     "Var(s) = 1/3", SUM, BOUND, "x_i random", "w, x independent",
     place="question: it is unclear whether normalising matters", expect="conditional")  # fmt: skip
_add("sum-rarely-beyond-4", "a sum beyond ±4 is improbable",
     "P(|s| > 4) <= 1/48", "s ~ N(0, var=1/3)", place=FIRST,
     remark="4 is 6.93 standard deviations of s")  # fmt: skip
_add("sum-beyond-4-any-law", "Chebyshev bounds the chance of a sum beyond ±4, whatever its law",
     "P(|s| > 4) <= 1/48", "E[s] = 0", "Var(s) = 1/3", place=COMMENT)  # fmt: skip
_add("chebyshev-sharp", "Chebyshev's bound is about the true value",
     "P(|s| > 4) ≈ 1/48", "s ~ N(0, var=1/3)", place=COMMENT, expect="false")  # fmt: skip
_add("sum-std-third", "the standard deviation of the sum is 1/3",
     "Std(s) = 1/3", SUM, BOUND, *WHITE, place=COMMENT, expect="false",
     remark="the author took it back: 1/3 is the variance")  # fmt: skip
_add("twelve-deviations", "4 is twelve standard deviations away",
     "4/Std(s) = 12", SUM, BOUND, *WHITE, place=COMMENT, expect="false")  # fmt: skip
_add("variance-of-sum", "variances of independent variables add",
     "Var(X + Y) = Var(X) + Var(Y)", "X, Y independent", place=COMMENT)  # fmt: skip
_add("variance-of-product", "variances of independent zero-mean variables multiply",
     "Var(X*Y) = Var(X)*Var(Y)", "X, Y independent", "E[X] = E[Y] = 0", place=COMMENT)  # fmt: skip

_add("inverse-root-fan-in-std", "1/√fan_in as a standard deviation keeps the variance of a sum",
     "fan_in*Var(w) = 1", "w ~ N(0, std=1/sqrt(fan_in))", place=GLOROT)  # fmt: skip
_add("inverse-root-fan-in-bound", "1/√fan_in as a bound keeps the variance of a sum",
     "fan_in*Var(w) = 1", "w ~ U(-1/sqrt(fan_in), 1/sqrt(fan_in))", place=GLOROT,
     expect="false")  # fmt: skip
_add("glorot-bound", "U(±√(6/(fan_in + fan_out))) has the variance 2/(fan_in + fan_out)",
     "Var(w) = 2/(fan_in + fan_out)", "w ~ U(-r, r)", "r = sqrt(6/(fan_in + fan_out))",
     place=GLOROT)  # fmt: skip
_add("sigmoid-factor-4", "four times the range for sigmoid: 4·sigmoid − 2 passes a variance on",
     "Var(4*sigmoid(h) - 2) = Var(h)", "h ~ N(0, var=q)", place=GLOROT, expect="conditional",
     remark="the slope of sigmoid at 0 is 1/4; the factor is right for small signals only")  # fmt: skip
_add("sigmoid-slope-at-0", "the slope of the logistic function at 0 is 1/4",
     "sigmoid'(0) = 1/4", place=f"comments on the {GLOROT}")  # fmt: skip
_add("sigmoid-symmetric", "sigmoid is a symmetric activation of unit slope, as Glorot assumes",
     "E[sigmoid(h)] = 0", "h ~ N(0, var=q)", place=f"comments on the {GLOROT}",
     expect="false")  # fmt: skip
_add("rbm-std-001", "weights of std 0.01 leave a binary unit's input below 1",
     "Std(s) <= 1", "s = sum(w_i*x_i, i, 1, 784)", "w_i ~ N(0, std=0.01)",
     "x_i ~ Bernoulli(1/2)", place=GLOROT)  # fmt: skip
_add("rbm-std-01", "weights of std 0.1 leave it below 1, too",
     "Std(s) <= 1", "s = sum(w_i*x_i, i, 1, 784)", "w_i ~ N(0, std=0.1)",
     "x_i ~ Bernoulli(1/2)", place=GLOROT, expect="false")  # fmt: skip
_add("orthogonal-by-svd", "a factor of the SVD of a Gaussian matrix is orthogonal",
     "W = svd(randn(n, n))[0] is orthogonal", place=GLOROT, library="numpy",
     draw="numpy.linalg.svd", promise="orthogonal",
     remark="orthogonal, yes; uniform among all orthogonal matrices only after its signs are fixed "
     "(Mezzadri 2007)")  # fmt: skip

_add("bishop-mean", "with weights independent of whitened inputs the sum has mean 0",
     "E[a] = 0", A_SUM.format(1), *BISHOP_GIVEN, place=BISHOP)  # fmt: skip
_add("bishop-second-moment", "⟨a²⟩ is σ² times the number of inputs d",
     "E[a^2] = sigma^2*d", A_SUM.format(1), *BISHOP_GIVEN, place=BISHOP)  # fmt: skip
_add("bishop-index-from-0", "⟨a²⟩ is σ²d for a sum from 0 to d",
     "E[a^2] = sigma^2*d", A_SUM.format(0), *BISHOP_GIVEN, place=BISHOP, expect="false",
     remark="the sum has d + 1 terms")  # fmt: skip
_add("weights-delta", "independent weights mean ⟨w_i w_j⟩ = δ_ij",
     "E[w_i*w_j] = delta_ij", "w_i iid", "E[w_i] = 0", place=BISHOP, expect="conditional")  # fmt: skip
_add("weights-delta-sigma", "independent weights mean ⟨w_i w_j⟩ = σ² δ_ij",
     "E[w_i*w_j] = sigma^2*delta_ij", "w_i iid", "E[w_i] = 0", "Var(w_i) = sigma^2",
     place=BISHOP)  # fmt: skip
_add("whitened-square-0", "whitened inputs have ⟨x²⟩ = 0",
     "E[x^2] = 0", "E[x] = 0", "Var(x) = 1", place=f"comment on the {BISHOP}",
     expect="false")  # fmt: skip
_add("alpha-02", "a sum of standard deviation 0.2 keeps the logistic slope at its top",
     "E[sigmoid'(a)] ≈ 1/4 (within 2 %)", "a ~ N(0, std=0.2)",
     place=f"comment on the {BISHOP}")  # fmt: skip

_add("he-as-positive-uniform", "He's initialisation is U([0, n])·√(2/n)",
     "Var(w) = 2/n", "w = u*sqrt(2/n)", "u ~ U(0, n)", place=HE, expect="false")  # fmt: skip
_add("inverse-n-range", "the range (−1/n, 1/n) keeps the variance",
     "Var(sum(w_i*x_i, i, 1, n)) = 1", "w_i ~ U(-1/n, 1/n)", "E[x_i] = 0", "Var(x_i) = 1",
     "w, x independent", place=HE, expect="false")  # fmt: skip
_add("relu-symmetric", "ReLU's output is symmetric, as Xavier's argument assumes",
     "E[relu(h)] = 0", "h ~ N(0, var=q)", place=f"comment on the {HE}", expect="false")  # fmt: skip

_add("forward-rule-linear", "Var(x') = n·Var(x)·Var(w) for a linear unit",
     "q[l+1] = n*Var(w)*q[l]", "net = L*(Dense(n) >> linear)", "w ~ N(0, var=1/(2*n))",
     place=FLOW)  # fmt: skip
_add("forward-rule-tanh", "Var(x') = n·Var(x)·Var(w) for tanh, whose slope is about 1",
     "q[l+1] = n*Var(w)*q[l]", "net = L*(Dense(n) >> tanh)", "w ~ N(0, var=1/n)", place=FLOW,
     expect="conditional", remark="f'(s) ≈ 1 enters here")  # fmt: skip
_add("forward-condition", "Var(w) = 1/n keeps the variance of a linear network",
     "q[50] = q[0]", "net = 50*(Dense(n) >> linear)", "n*Var(w) = 1", place=FLOW)  # fmt: skip
_add("backward-rule", "Var(Δ) = n'·Var(Δ')·Var(w) on the way back",
     "g[l] = n*Var(w)*g[l+1]", "net = L*(Dense(n) >> linear)", "w ~ N(0, var=1/(2*n))",
     place=FLOW)  # fmt: skip
_add("harmonic-mean", "the harmonic mean of 1/n and 1/m is 2/(n + m)",
     "2/(1/(1/n) + 1/(1/m)) = 2/(n + m)", "n > 0", "m > 0", place=FLOW)  # fmt: skip
_add("glorot-normal-std", "N(0, σ) with σ = √(2/(n + m)) meets the compromise",
     "Var(w) = 2/(n + m)", "w ~ N(0, std=sqrt(2/(n + m)))", place=FLOW)  # fmt: skip
_add("uniform-variance", "U(−a, a) has the variance a²/3", "Var(w) = a^2/3", "w ~ U(-a, a)",
     place=FLOW)  # fmt: skip
_add("keras-default", "Keras draws dense layers by Glorot's uniform law",
     "Var(w) = 2/(fan_in + fan_out)", "init = keras_default", place=FLOW)  # fmt: skip
_add("glorot-fine-for-tanh", "Glorot's scale keeps the signal of a tanh network",
     "q[20] = q[0]", "net = 20*(Dense(n) >> tanh)", "init = glorot_uniform", "q[0] = 1",
     place=FLOW, expect="false")  # fmt: skip
_add("glorot-fine-for-relu", "Glorot's scale keeps the signal of a ReLU network",
     "q[20] = q[0]", "net = 20*(Dense(n) >> relu)", "init = glorot_uniform", "q[0] = 1",
     place=FLOW, expect="false")  # fmt: skip
_add("relu-half-variance", "ReLU removes half of the variance",
     "Var(relu(h)) = Var(h)/2", "h ~ N(0, var=q)", place=FLOW, expect="false",
     remark="what the argument needs is the second moment")  # fmt: skip
_add("relu-half-second-moment", "ReLU halves the second moment of any symmetric input",
     "E[relu(h)^2] = Var(h)/2", "h symmetric", place=FLOW)  # fmt: skip
_add("he-by-factor-two", "doubling the forward condition amends it for ReLU",
     "q[50] = q[0]", "net = 50*(Dense(n) >> relu)", "n*Var(w) = 2", place=FLOW)  # fmt: skip

_add("batch-norm-mean", "batch normalisation sets the mean to β",
     "E[y] = b", BATCH, "E[x] = mu", "Var(x) = v", place=NORM)  # fmt: skip
_add("batch-norm-std", "batch normalisation sets the standard deviation to γ",
     "Std(y) = g", BATCH, "E[x] = mu", "Var(x) = v", place=NORM, expect="conditional")  # fmt: skip
_add("batch-norm-small-variance", "it does so when the variance is as small as ε",
     "Std(y) = g", BATCH, "E[x] = mu", "Var(x) = v", "v = epsilon", place=NORM,
     expect="false")  # fmt: skip
_add("batch-norm-invariant", "batch normalisation does not see the scale of the weights",
     "a*(x - mu)/sqrt(a^2*v + epsilon) = (x - mu)/sqrt(v + epsilon)", "a > 0", "v > 0",
     "epsilon > 0", place=NORM, expect="conditional")  # fmt: skip

_add("saturation-with-depth", "units saturate more with each layer when weights are large",
     "q[l+1] >= q[l]", "net = L*(Dense(n) >> tanh)", "n*Var(w) = 25/9", "q[0] = 1",
     place=f"comment on the {BISHOP}")  # fmt: skip
_add("cross-entropy-slope", "cross-entropy cancels the logistic slope at the output",
     "diff(-(t*log(sigmoid(z)) + (1 - t)*log(1 - sigmoid(z))), z) = sigmoid(z) - t",
     place=f"{FIRST} and a comment")  # fmt: skip
_add("squared-error-slope", "so does the squared error",
     "diff((sigmoid(z) - t)^2/2, z) = sigmoid(z) - t", place=f"{FIRST} and a comment",
     expect="false")  # fmt: skip

_add("third-per-layer-forward", "with U(±1/√n) each tanh layer leaves a third of the variance",
     "q[l+1] = q[l]/3", "net = L*(Dense(n) >> tanh)", "init = uniform(-1/sqrt(n), 1/sqrt(n))",
     place=LAST, expect="conditional")  # fmt: skip
_add("third-per-layer-backward", "and a third of the gradient's variance",
     "g[l] = g[l+1]/3", "net = L*(Dense(n) >> linear)", "init = uniform(-1/sqrt(n), 1/sqrt(n))",
     place=LAST)  # fmt: skip
_add("root-three-range", "U(±√3/√n) eliminates the factor 1/3",
     "n*Var(w) = 1", "w ~ U(-sqrt(3)/sqrt(n), sqrt(3)/sqrt(n))", place=LAST)  # fmt: skip
