"""How each library spells a weight law, and what its numbers are in the law's own parameters.

Most traps of initialisers are here: a bound where another library takes a standard deviation, a
cut in units of the weights, a range that starts at 0, the share of zeros against that of the rest.
"""

from __future__ import annotations

from varprop.frozen import frozen


@frozen
class Convention:
    """One library's call for a law.

    ``call`` is what is typed, with the library's default values where it has any; ``values`` gives
    the law's symbols as formulas in the call's names, so that Var(w) follows from the law.
    ``mean`` is E[w] in the same names, where it is not 0.
    """

    library: str
    law: str
    call: str
    values: tuple[tuple[str, str], ...]
    words: str
    mean: str = "0"


_ROWS: tuple[tuple[str, str, str, dict[str, str], str], ...] = (
    ("PyTorch", "normal", "nn.init.normal_(w, 0, std)", {"s": "std"}, "std, 1 by default"),
    ("Keras", "normal", "RandomNormal(stddev=0.05)", {"s": "stddev"}, "std"),
    ("JAX", "normal", "initializers.normal(stddev=0.01)", {"s": "stddev"}, "std"),
    ("Lasagne", "normal", "Normal(std=0.01)", {"s": "std"}, "std, though written N(mean, std)"),
    (
        "TensorFlow",
        "normal",
        "random_normal_initializer(stddev=0.05)",
        {"s": "stddev"},
        "std; 1.0 by default in TensorFlow 1",
    ),
    ("PyTorch", "uniform", "nn.init.uniform_(w, -a, a)", {"a": "a"}, "both ends, 0 and 1 if left"),
    ("Keras", "uniform", "RandomUniform(-a, a)", {"a": "a"}, "both ends, ±0.05 by default"),
    ("Lasagne", "uniform", "Uniform(range=0.01)", {"a": "range"}, "a bound"),
    ("Lasagne", "uniform", "Uniform(std=std)", {"a": "sqrt(3)*std"}, "std, turned into a bound"),
    (
        "TensorFlow",
        "uniform",
        "random_uniform_initializer(-a, a)",
        {"a": "a"},
        "both ends, ±0.05 by default; 0 and 1 in TensorFlow 1",
    ),
    (
        "PyTorch",
        "truncated_normal",
        "nn.init.trunc_normal_(w, std=std, a=-b, b=b)",
        {"s": "std", "k": "b/std"},
        "std before the cut; ends in units of the weights, ±2 by default",
    ),
    (
        "Keras",
        "truncated_normal",
        "TruncatedNormal(stddev=0.05)",
        {"s": "stddev", "k": "2"},
        "std before the cut at 2 of them",
    ),
    (
        "Keras",
        "truncated_normal",
        "VarianceScaling(scale, 'fan_in')",
        {"s": "sqrt(scale/fan_in)/0.87962566103423978", "k": "2"},
        "scale/fan is the variance after the cut",
    ),
    (
        "JAX",
        "truncated_normal",
        "initializers.truncated_normal(stddev=0.01)",
        {"s": "stddev", "k": "2"},
        "std before the cut, ends in units of it; variance_scaling corrects for it",
    ),
    (
        "TensorFlow",
        "truncated_normal",
        "truncated_normal_initializer(stddev=1.0)",
        {"s": "stddev", "k": "2"},
        "std before the cut at 2 of them",
    ),
    ("PyTorch", "orthogonal", "nn.init.orthogonal_(w, gain=1)", {"g": "gain"}, "gain"),
    ("Keras", "orthogonal", "Orthogonal(gain=1.0)", {"g": "gain"}, "gain"),
    ("JAX", "orthogonal", "initializers.orthogonal(scale=1.0)", {"g": "scale"}, "gain"),
    ("Lasagne", "orthogonal", "Orthogonal(gain=1.0)", {"g": "gain"}, "gain; 'relu' means √2"),
    ("TensorFlow", "orthogonal", "orthogonal_initializer(gain=1.0)", {"g": "gain"}, "gain"),
    (
        "PyTorch",
        "sparse",
        "nn.init.sparse_(w, sparsity, std=0.01)",
        {"s": "std", "p": "sparsity"},
        "share of zeros in each column, rounded up; std of the rest",
    ),
    (
        "Lasagne",
        "sparse",
        "Sparse(sparsity=0.1, std=0.01)",
        {"s": "std", "p": "1 - sparsity"},
        "share of weights that are not zero, std of those",
    ),
    ("PyTorch", "constant", "nn.init.constant_(w, val)", {"c": "val"}, "the value"),
    ("Keras", "constant", "Constant(value=0.0)", {"c": "value"}, "the value"),
    ("JAX", "constant", "initializers.constant(value)", {"c": "value"}, "the value"),
    ("Lasagne", "constant", "Constant(val=0.0)", {"c": "val"}, "the value"),
    ("TensorFlow", "constant", "constant_initializer(value=0)", {"c": "value"}, "the value"),
    ("PyTorch", "identity", "nn.init.eye_(w)", {"c": "1"}, "1 on the diagonal"),
    ("Keras", "identity", "Identity(gain=1.0)", {"c": "gain"}, "the diagonal"),
    ("TensorFlow", "identity", "identity_initializer(gain=1.0)", {"c": "gain"}, "the diagonal"),
    (
        "JAX",
        "delta_orthogonal",
        "initializers.delta_orthogonal(scale=1.0)",
        {"g": "scale"},
        "gain; channels out must not be fewer than channels in",
    ),
    (
        "TensorFlow",
        "delta_orthogonal",
        "convolutional_delta_orthogonal(gain=1.0)",
        {"g": "gain"},
        "gain, in TensorFlow 1",
    ),
    ("PyTorch", "dirac", "nn.init.dirac_(w, groups=1)", {"c": "1"}, "1 in the middle"),
)

CONVENTIONS: tuple[Convention, ...] = (
    *(
        Convention(library, law, call, tuple(values.items()), words)
        for library, law, call, values, words in _ROWS
    ),
    Convention(
        "JAX",
        "uniform",
        "initializers.uniform(scale=0.01)",
        (("a", "scale/2"),),
        "the upper end of [0, scale): not centred",
        mean="scale/2",
    ),
)
"""Every spelling that is known; Rademacher, Laplace and Student's t have none in these libraries."""
