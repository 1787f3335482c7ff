"""The catalogue against hand-written functions, and every way of naming an activation."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Max, Min, Rational, Symbol, exp, tanh

from varprop.catalogue.activations import ACTIVATIONS, Activation, activation, activation_from
from varprop.catalogue.combined import COMBINED
from varprop.errors import BadInput, UnknownName, VarpropError
from varprop.notation import RESERVED, h, positive


def _elu(x: float, a: float = 1.0) -> float:
    return x if x > 0 else a * math.expm1(x)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _clip(x: float, low: float, high: float) -> float:
    return max(low, min(x, high))


REFERENCES: dict[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "relu": lambda x: max(x, 0.0),
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "prelu": lambda x: x if x > 0 else 0.25 * x,
    "rrelu": lambda x: x if x > 0 else (1 / 8 + 1 / 3) / 2 * x,
    "abs": abs,
    "relu6": lambda x: _clip(x, 0, 6),
    "capped_relu": lambda x: _clip(x, 0, 1),
    "shifted_relu": lambda x: max(x, -1.0),
    "hard_tanh": lambda x: _clip(x, -1, 1),
    "hard_sigmoid": lambda x: _clip(x / 6 + 0.5, 0, 1),
    "hard_sigmoid_keras2": lambda x: _clip(0.2 * x + 0.5, 0, 1),
    "sparse_sigmoid": lambda x: _clip((x + 1) / 2, 0, 1),
    "threshold": lambda x: x if x > 0.1 else 0.0,
    "thresholded_relu": lambda x: x if x > 1 else 0.0,
    "softshrink": lambda x: math.copysign(max(abs(x) - 0.5, 0), x),
    "hardshrink": lambda x: x if abs(x) > 0.5 else 0.0,
    "step": lambda x: float(x > 0),
    "sign": lambda x: math.copysign(1, x),
    "elu": _elu,
    "selu": lambda x: 1.0507009873554805 * _elu(x, 1.6732632423543772),
    "celu": _elu,
    "hard_swish": lambda x: x * _clip(x + 3, 0, 6) / 6,
    "relu_squared": lambda x: max(x, 0.0) ** 2,
    "square": lambda x: x * x,
    "cube": lambda x: x**3,
    "sparse_plus": lambda x: 0.0 if x <= -1 else (x + 1) ** 2 / 4 if x < 1 else x,
    "smelu": lambda x: 0.0 if x <= -1 else (x + 1) ** 2 / 4 if x < 1 else x,
    "penalized_tanh": lambda x: math.tanh(x) * (1 if x > 0 else 0.25),
    "elish": lambda x: _sigmoid(x) * (x if x >= 0 else math.expm1(x)),
    "sigmoid": _sigmoid,
    "log_sigmoid": lambda x: math.log(_sigmoid(x)),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "tanh": math.tanh,
    "lecun_tanh": lambda x: 1.7159 * math.tanh(2 / 3 * x),
    "tanhshrink": lambda x: x - math.tanh(x),
    "softsign": lambda x: x / (1 + abs(x)),
    "erf": math.erf,
    "arctan": math.atan,
    "asinh": math.asinh,
    "isru": lambda x: x / math.sqrt(1 + x * x),
    "isrlu": lambda x: x if x >= 0 else x / math.sqrt(1 + x * x),
    "laplace": lambda x: 0.5 * (1 + math.erf((x - 0.707107) / (0.282095 * math.sqrt(2)))),
    "gelu": lambda x: x * 0.5 * math.erfc(-x / math.sqrt(2)),
    "gelu_tanh": lambda x: (
        0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    ),
    "quick_gelu": lambda x: x * _sigmoid(1.702 * x),
    "silu": lambda x: x * _sigmoid(x),
    "mish": lambda x: x * math.tanh(math.log1p(math.exp(x))),
    "tanhexp": lambda x: x * math.tanh(math.exp(x)),
    "serf": lambda x: x * math.erf(math.log1p(math.exp(x))),
    "lisht": lambda x: x * math.tanh(x),
    "squareplus": lambda x: 0.5 * (x + math.sqrt(x * x + 4)),
    "bent_identity": lambda x: (math.sqrt(x * x + 1) - 1) / 2 + x,
    "sin": math.sin,
    "cos": math.cos,
    "siren": lambda x: math.sin(30 * x),
    "snake": lambda x: x + math.sin(x) ** 2,
    "gcu": lambda x: x * math.cos(x),
    "gaussian": lambda x: math.exp(-x * x),
    "exp": math.exp,
}
POINTS = (-3.7, -1.3, -0.7, -0.3, 0.05, 0.4, 0.9, 1.7, 6.5)


def test_the_reference_table_is_complete() -> None:
    assert sorted(REFERENCES) == sorted(ACTIVATIONS)
    assert len(ACTIVATIONS) >= 45


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_formula_is_the_function(name: str) -> None:
    phi = activation(name).phi
    assert phi.free_symbols == {h}
    for point in POINTS:
        value = float(phi.subs(h, Rational(str(point))).evalf(20))
        assert math.isclose(value, REFERENCES[name](point), rel_tol=1e-12, abs_tol=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_typical_spelling_reads(name: str) -> None:
    entry = ACTIVATIONS[name]
    for spelling in entry.typical():
        assert activation(spelling).entry is entry
    assert entry.source
    for parameter in entry.parameters:
        assert parameter.default
        assert parameter.typical


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if ACTIVATIONS[n].parameters])
def test_parameters_may_stay_symbols(name: str) -> None:
    entry = ACTIVATIONS[name]
    letters = ", ".join(f"{p.name}=t{i}" for i, p in enumerate(entry.parameters))
    phi = activation(f"{name}({letters})").phi
    assert phi.free_symbols == {h, *(positive(f"t{i}") for i in range(len(entry.parameters)))}


@pytest.mark.parametrize("name", ACTIVATIONS.spellings())
def test_aliases_resolve_in_any_capitals(name: str) -> None:
    canonical = ACTIVATIONS[name].name
    assert activation(name).name == canonical
    assert activation(name.upper()).name == canonical


ALIASES = {
    "swish": "silu",
    "SiLU": "silu",
    "hardswish": "hard_swish",
    "hard_silu": "hard_swish",
    "Hardtanh": "hard_tanh",
    "GELU": "gelu",
    "identity": "linear",
    "exponential": "exp",
    "soft_sign": "softsign",
    "relu2": "relu_squared",
    "LogSigmoid": "log_sigmoid",
    "tanh_shrink": "tanhshrink",
    "gelu_new": "gelu_tanh",
}


@pytest.mark.parametrize("alias", ALIASES)
def test_the_libraries_spellings(alias: str) -> None:
    assert activation(alias).name == ALIASES[alias]


NAMED = {
    "leaky_relu(0.2)": ("leaky_relu(0.2)", Max(0, h) + Min(0, h) / 5),
    "leaky_relu:0.2": ("leaky_relu(0.2)", Max(0, h) + Min(0, h) / 5),
    "lrelu(negative_slope=0.2)": ("leaky_relu(0.2)", Max(0, h) + Min(0, h) / 5),
    "prelu(alpha)": ("prelu(alpha)", Max(0, h) + positive("alpha") * Min(0, h)),
    "elu(alpha=2)": ("elu(2)", Max(0, h) + 2 * exp(Min(0, h)) - 2),
    "leaky_relu(-1)": ("leaky_relu(-1)", Max(0, h) - Min(0, h)),
    "leaky_relu(1/sqrt(n))": (
        "leaky_relu(1/sqrt(n))",
        Max(0, h) + Min(0, h) / sympy.sqrt(positive("n")),
    ),
    "hard_tanh(-2, 3)": ("hard_tanh(-2, high=3)", Max(-2, Min(3, h))),
    "relu()": ("relu", Max(0, h)),
    " relu ": ("relu", Max(0, h)),
    "relu(x)**2": ("relu(x)**2", Max(0, h) ** 2),
    "x*sigmoid(x)": ("x*sigmoid(x)", h / (1 + exp(-h))),
    "leaky_relu(x, 0.2)": ("leaky_relu(x, 0.2)", Max(0, h) + Min(0, h) / 5),
    "tanh(3*z)": ("tanh(3*z)", tanh(3 * h)),
    "a*tanh(x)": ("a*tanh(x)", positive("a") * tanh(h)),
}


@pytest.mark.parametrize("text", NAMED)
def test_names_with_values_and_formulas(text: str) -> None:
    found = activation(text)
    assert (found.name, found.phi) == NAMED[text]


REFUSED = {
    "relo": "no activation 'relo'. Did you mean relu",
    "swiglo": "Did you mean swiglu",
    "foo(3)": "no activation 'foo'",
    "foo(x)": "no function 'foo'",
    "softmax": "no function of one number",
    "glu": "combines several pre-activations",
    "elu(-1)": "needs a positive alpha, not -1",
    "elu(0)": "needs a positive alpha, not 0",
    "relu(0.1, 2)": "takes no parameters",
    "leaky_relu(0.1, 2)": "takes alpha (default 0.01)",
    "leaky_relu(beta=1)": "has no parameter 'beta'",
    "leaky_relu(0.1, alpha=1)": "two values for alpha",
    "log(x)": "not a real number at -4.43",
    "sqrt(x)": "not a real number",
    "x**x": "not a real number",
    "3": "does not depend on its argument",
    "q*x": "kept for the variance",
    "c*x": "kept for the correlation",
    "": "stops here",
}


@pytest.mark.parametrize("text", REFUSED, ids=repr)
def test_refusals_say_why(text: str) -> None:
    with pytest.raises(BadInput) as refusal:
        activation(text)
    assert REFUSED[text] in str(refusal.value)


def test_the_count_in_the_refusal_is_the_catalogue() -> None:
    with pytest.raises(UnknownName, match=f"All {len(ACTIVATIONS) + len(COMBINED)}: varprop list"):
        activation("nosuchname")


@pytest.mark.parametrize("letter", sorted(RESERVED.keys() - {"pi"}))
def test_reserved_names_are_no_parameters(letter: str) -> None:
    with pytest.raises(VarpropError):
        activation(f"prelu({letter})")


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.text(max_size=60))
def test_any_text_is_an_activation_or_a_refusal(text: str) -> None:
    refused = ""
    try:
        assert isinstance(activation(text), Activation)
    except VarpropError as error:
        refused = str(error)
    assert "\n" not in refused


def test_from_sympy() -> None:
    x, a = Symbol("x"), Symbol("a", positive=True)
    assert activation_from(a * tanh(x)).phi == a * tanh(h)
    assert activation_from(tanh(Symbol("u"))).phi == tanh(h)
    assert activation_from("gelu") is activation("gelu")
    assert activation_from(activation("gelu")) is activation("gelu")
    with pytest.raises(BadInput, match="could be its argument"):
        activation_from(Symbol("u") * Symbol("v"))
    with pytest.raises(BadInput, match="not a real number"):
        activation_from(sympy.log(x))
    with pytest.raises(BadInput, match="text, a SymPy expression or a function"):
        activation_from(3.5)  # type: ignore[arg-type]


def test_names_are_listed_without_sympy() -> None:
    script = (
        "import sys; from varprop.catalogue.activations import ACTIVATIONS; list(ACTIVATIONS); "
        "print([m for m in ('sympy', 'numpy', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
