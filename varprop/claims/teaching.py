"""Slips in courses and tools, and statements that initialisation can't decide."""

from __future__ import annotations

from varprop.claims.entry import BEYOND, CLAIMS, Beyond, ClaimEntry

GOOD = "Cross Validated, What are good initial weights in a neural network?"
RELU = "Cross Validated, What values should initial weights for a ReLU network be?"
NOTES = "Lecture notes, Weight Initialization"


def _add(
    name: str, title: str, statement: str, *given: str, source: str, expect: str = "true",
    remark: str | None = None,
) -> None:  # fmt: skip
    CLAIMS.add(ClaimEntry(name, title, statement, given, source, "", expect, remark))


_add("course-uniform-variance", "U(±1/√n) has the variance 3/n",
     "Var(w) = 3/n", "w ~ U(-1/sqrt(n), 1/sqrt(n))", source="ARENA_3.0#414", expect="false")  # fmt: skip
_add("course-sum-std", "a sum of n standard normals has the standard deviation n",
     "Std(sum(x_i, i, 1, n)) = n", "x_i ~ N(0, var=1)", source="AI-For-Beginners#742",
     expect="false")  # fmt: skip
_add("course-he-std", "He's standard deviation is 2/√n",
     "Var(w) = 2/n", "w ~ N(0, std=2/sqrt(n))", source="handson-ml#353", expect="false")  # fmt: skip
_add("course-xavier", "1/fan_in is Xavier's variance", "Var(w) = 1/fan_in",
     "w ~ glorot(fan_in, fan_out)", source="cs249r_book#1161", expect="false")  # fmt: skip
_add("mean-of-m", "dividing a sum of m terms by m keeps the variance",
     "Var(sum(x_i, i, 1, k)/k) = Var(x)", "x_i iid", "k > 0", source="gpt-neox#1087",
     expect="false")  # fmt: skip
_add("linear-error-tanh", "propagating errors linearly, tanh of a standard normal has std 1",
     "Std(tanh(z)) = 1", "z ~ N(0, var=1)", source="uncertainties 3.2", expect="false")  # fmt: skip
_add("linear-error-square", "and its square has std 0", "Std(z^2) = 0", "z ~ N(0, var=1)",
     source="uncertainties 3.2", expect="false")  # fmt: skip
_add("silu-relu-gain", "SiLU may be initialised with ReLU's gain",
     "E[(sqrt(2)*silu(h))^2] = 1", "h ~ N(0, var=1)", source="handson-ml2#437",
     expect="false")  # fmt: skip
_add("sigmoid-like", "0.5·erf(x/2.40206) + 0.5 has sigmoid's second moment",
     "E[(erf(h/2.40206)/2 + 1/2)^2] = E[sigmoid(h)^2]", "h ~ N(0, var=1)",
     source="neural-tangents, Sigmoid_like", expect="false")  # fmt: skip

for _name, _title, _reason, _source in (
    ("pretraining-helps", "unsupervised pre-training helps",
     "it speaks of what training reaches, not of the state at the start", GOOD),
    ("he-converges-faster", "with He's scale the error falls much faster",
     "a training curve; at the start only signal and gradient are known", GOOD),
    ("he-fails-on-mnist", "He's scale fails on MNIST", "an experience with one training", GOOD),
    ("gaussian-rbm-works", "small Gaussian weights work well for RBMs",
     "'works well' is about training; the size of the sums is checked", GOOD),
    ("batch-norm-robust", "networks with batch normalisation are robust and learn stably",
     "about training; mean, std and invariance at the start are checked", GOOD),
    ("bigger-rate", "a bigger learning rate does not make up for small slopes",
     "about a whole training; what a scale does to one step is checked", "Lei Mao 2017"),
    ("orthogonal-superior", "orthogonal weights are far superior in deep linear networks",
     "about training time; that they keep every length is checked", RELU),
    ("restricted-isometry", "dynamical isometry is closely related to restricted isometry",
     "a relation between fields, no equation", RELU),
    ("ten-thousand-layers", "delta-orthogonal weights train 10,000 layers of tanh",
     "a record of training; that they keep the signal is checked", RELU),
    ("tanh-cifar-error", "tanh networks stay above 10 % error on CIFAR-10",
     "a test error at a point in time", RELU),
    ("no-universal-init", "there is no initialisation for all activations",
     "a statement about everything that could be found", RELU),
    ("slow-learning", "too small weights lead to slow learning, too large ones to divergence",
     "about training; the vanishing and exploding of signal and gradient are checked", NOTES),
    ("cost-oscillates", "exploding gradients make the cost oscillate around its minimum",
     "about training", NOTES),
):  # fmt: skip
    BEYOND.add(Beyond(_name, _title, _reason, _source))
