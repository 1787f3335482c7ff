"""What the catalogue says of PyTorch, Keras and JAX, against the libraries themselves (extras)."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np
import pytest
import sympy

from tests.libraries import keras_module
from varprop.catalogue.law_conventions import CONVENTIONS
from varprop.catalogue.laws import LAWS
from varprop.testing import assert_init

RUN = ("PyTorch", "Keras", "JAX")
ROWS, COLUMNS = 320, 240
KERNEL = (3, 3)
TENSOR = (24, 16)
NUMBERS = {
    "std": 0.3, "a": 0.2, "b": 0.45, "scale": 1.7, "fan_in": COLUMNS, "sparsity": 0.35, "val": 0.7,
    "value": -0.4, "gain": 1.3, "mean": 0.0,
}  # fmt: skip

EXECUTED = [entry for entry in CONVENTIONS if entry.library in RUN]


def to_numpy(values: Any) -> np.ndarray:
    values = values.value if hasattr(values, "trainable") else values
    values = values.detach() if hasattr(values, "detach") else values
    return np.asarray(values, dtype=float)


def drawn(library: str, call: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return what a call draws, (fan_out, fan_in, *kernel) whatever the library's own order."""
    if library == "PyTorch":
        torch = pytest.importorskip("torch")
        torch.manual_seed(5)
        tensor = torch.empty(*shape)
        run(call, NUMBERS | {"nn": torch.nn, "w": tensor})
        return to_numpy(tensor)
    stored = (*shape[2:], shape[1], shape[0])
    if library == "Keras":
        module = keras_module()
        module.utils.set_random_seed(5)
        initialiser = run(call, NUMBERS | vars(module.initializers))
        found = to_numpy(initialiser(stored))
    else:
        jax = pytest.importorskip("jax")
        initialiser = run(call, NUMBERS | {"initializers": jax.nn.initializers})
        found = to_numpy(initialiser(jax.random.key(5), stored))
    return np.moveaxis(found, (-1, -2), (0, 1))


def run(call: str, names: dict[str, Any]) -> Any:
    return eval(compile(call, "a call of the catalogue", "eval"), dict(names))


def typed(call: str) -> dict[str, float]:
    """Return the numbers that a call types out, over those that it leaves open."""
    keywords = ast.parse(call, mode="eval").body.keywords
    literal = {k.arg: k.value.value for k in keywords if isinstance(k.value, ast.Constant)}
    return NUMBERS | literal


def read(formula: str, numbers: dict[str, float]) -> float:
    return float(sympy.sympify(formula, locals={k: sympy.Float(v) for k, v in numbers.items()}))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("entry", EXECUTED, ids=lambda e: f"{e.library} {e.call}")
def test_a_spelling_draws_what_the_law_says(entry):
    law = LAWS[entry.law]
    shape = (*TENSOR, *KERNEL) if law.tensor else (ROWS, COLUMNS)
    weights = drawn(entry.library, entry.call, shape)
    assert weights.shape == shape
    numbers = typed(entry.call)
    form = {one.symbol: one.default for one in law.forms}
    values = form | {symbol: read(formula, numbers) for symbol, formula in entry.values}
    if not law.random:
        pattern = law.sample(np.random.default_rng(0), shape)
        assert np.allclose(weights, values[law.parameter.symbol] * pattern, atol=1e-6)
        return
    side = max(shape[:2]) * math.prod(shape[2:])
    variance = read(law.variance, values | {"m": side})
    if not law.independent:
        middle = weights[..., 1, 1] if law.tensor else weights
        gram = middle.T @ middle / values["g"] ** 2
        assert np.allclose(gram, np.eye(shape[1]), atol=1e-4)
        assert np.mean(weights**2) == pytest.approx(variance, rel=1e-4)
        return
    mean, kurtosis = read(entry.mean, numbers), read(law.kurtosis, values)
    scale, count = math.sqrt(variance), weights.size
    assert abs(weights.mean() - mean) < 5 * scale / math.sqrt(count)
    squares = np.mean((weights - mean) ** 2) / variance
    assert abs(squares - 1) < 5 * math.sqrt((kurtosis - 1) / count)
    fourth = np.mean((weights - mean) ** 4) / variance**2
    assert fourth == pytest.approx(kurtosis, rel=0.1)


SCHEMES_SPELT = (
    ("PyTorch", "nn.init.kaiming_normal_(w, nonlinearity='relu')", "he", None),
    ("PyTorch", "nn.init.kaiming_uniform_(w, nonlinearity='relu')", "he_uniform", None),
    ("PyTorch", "nn.init.kaiming_normal_(w, mode='fan_out', nonlinearity='relu')", "he_fan_out", None),
    ("PyTorch", "nn.init.kaiming_uniform_(w, a=5**0.5)", "torch_default", None),
    ("PyTorch", "nn.init.xavier_normal_(w)", "glorot", None),
    ("PyTorch", "nn.init.xavier_uniform_(w)", "glorot_uniform", None),
    ("Keras", "HeNormal()", "he", "truncated_normal"),
    ("Keras", "HeUniform()", "he_uniform", None),
    ("Keras", "VarianceScaling(2.0, 'fan_out')", "he_fan_out", "truncated_normal"),
    ("Keras", "GlorotNormal()", "glorot", "truncated_normal"),
    ("Keras", "GlorotUniform()", "glorot_uniform", None),
    ("Keras", "LecunNormal()", "lecun", "truncated_normal"),
    ("Keras", "LecunUniform()", "lecun_uniform", None),
    ("Keras", "TruncatedNormal(stddev=0.05)", "truncated_normal(std=0.05)", "truncated_normal"),
    ("JAX", "initializers.he_normal()", "he", "truncated_normal"),
    ("JAX", "initializers.he_uniform()", "he_uniform", None),
    ("JAX", "initializers.variance_scaling(2, 'fan_out', 'normal')", "he_fan_out", None),
    ("JAX", "initializers.glorot_normal()", "glorot", "truncated_normal"),
    ("JAX", "initializers.glorot_uniform()", "glorot_uniform", None),
    ("JAX", "initializers.lecun_normal()", "lecun", "truncated_normal"),
    ("JAX", "initializers.lecun_uniform()", "lecun_uniform", None),
)  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("kernel", [(), (3, 3)], ids=["dense", "convolution"])
@pytest.mark.parametrize(("library", "call", "scheme", "law"), SCHEMES_SPELT)
def test_a_scheme_is_what_the_library_draws(library, call, scheme, law, kernel):
    rows, columns = (ROWS, COLUMNS) if not kernel else (96, 64)
    weights = drawn(library, call, (rows, columns, *kernel))
    area = math.prod(kernel)
    fans = {"fan_in": columns * area, "fan_out": rows * area}
    assert_init(weights, scheme, law=law, tolerance=0.05, **fans)


def test_the_default_of_a_linear_layer():
    torch = pytest.importorskip("torch")
    torch.manual_seed(3)
    layer = torch.nn.Linear(COLUMNS, 4096)
    assert_init(layer.weight, "torch_default", fan_in=COLUMNS)
    assert_init(layer.bias, "torch_default", fan_in=COLUMNS, tolerance=0.2)
    half = layer.weight.to(torch.bfloat16)
    assert_init(half, "torch_default", law="normal", fan_in=COLUMNS)
