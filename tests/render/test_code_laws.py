"""Every weight law that a variance sizes is emitted for every library, and draws that variance.

Laws are found in the registry: a new one is tested here without a line about it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.libraries import keras_module
from tests.render.test_code import run
from varprop.answer.architecture import solve_network
from varprop.answer.distributions import read_laws, sized, with_laws
from varprop.answer.layer import solve_layer
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.expression_text import parse_scalar
from varprop.networks.network import network
from varprop.render.code import initialiser_code
from varprop.render.code_libraries import LIBRARIES

WIDTHS = (700, 600, 500, 500)
NET = "Input(700) >> Dense(600) >> relu >> Dense(500) >> tanh >> Dense(500)"
FREE = [name for name, law in LAWS.items() if sized(law) and law.independent]
FORMS = ["student_t(nu=9)", "sparse(p=0.5)", "truncated_normal(k=1.25)"]
IN_STANDARD_ERRORS = 5


def solution() -> Any:
    return solve_network(network(NET))


def law_name(text: str) -> str:
    return text.partition("(")[0]


def kurtosis(text: str) -> float:
    """E[w⁴]/Var(w)² as the registry states it, for the form that is asked for."""
    name, _, inside = text.partition("(")
    values = {form.symbol: form.default for form in LAWS[name].forms}
    if inside:
        key, _, value = inside.rstrip(")").partition("=")
        values[key] = float(value)
    stated = LAWS[name].kurtosis
    assert stated is not None
    return float(parse_scalar(stated).subs({parse_scalar(k): v for k, v in values.items()}))


def off(values: np.ndarray, variance: float, text: str) -> float:
    """How many standard errors the mean square is off; laws of values ±a leave rounding alone."""
    relative = max(((kurtosis(text) - 1) / values.size) ** 0.5, 1e-7)
    return abs(float(np.mean(np.square(values, dtype=np.float64))) / variance - 1) / relative


@pytest.mark.parametrize("text", FREE + FORMS)
def test_numpy_draws_the_variance(text: str) -> None:
    answer = solution()
    drawn = run(initialiser_code(answer, "numpy", laws=(text,)))["draw"](seed=5)
    for array, layer in zip(drawn, answer.layers, strict=True):
        assert array.shape == layer.dims
        assert off(array, layer.weight_variance.value, text) < IN_STANDARD_ERRORS
        assert off(array, 1.1 * layer.weight_variance.value, text) > IN_STANDARD_ERRORS


@pytest.mark.parametrize("text", FREE + FORMS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_has_every_law_with_its_formula(library: str, text: str) -> None:
    answer = solution()
    source = initialiser_code(answer, library, laws=(text,))
    compile(source, "emitted", "exec")
    assert all("{" + form.symbol + "}" not in source for form in LAWS[law_name(text)].forms)
    law = LAWS[law_name(text)]
    assert f"for the {law.name.replace('_', ' ')} law" in source
    assert f"#   {law.parameter.symbol}: {law.parameter.meaning}" in source
    assert max(map(len, source.splitlines())) <= 130
    one = initialiser_code(solve_layer("tanh", fan_in=300), library, laws=(text,))
    compile(one, "emitted", "exec")
    assert f"for the {law.name.replace('_', ' ')} law" in one


@pytest.mark.parametrize("text", FREE + FORMS)
def test_one_layer_in_numpy(text: str) -> None:
    draw = run(initialiser_code(solve_layer("relu", fan_in=400), "numpy", laws=(text,)))["draw"]
    rng = np.random.default_rng(1)
    assert off(draw((500, 400), rng), 2 / 400, text) < IN_STANDARD_ERRORS
    with pytest.raises(ValueError, match="fan_in is 300"):
        draw((500, 300), rng)


@pytest.mark.parametrize("text", FREE + FORMS)
def test_torch_draws_the_variance_from_its_generator(text: str) -> None:
    torch = pytest.importorskip("torch")
    answer = solution()
    scope = run(initialiser_code(answer, "torch", laws=(text,)))

    def weights(seed: int) -> list[np.ndarray]:
        model = torch.nn.Sequential(*(torch.nn.Linear(*size) for size in pairwise(WIDTHS)))
        scope["initialise"](model, generator=torch.Generator().manual_seed(seed))
        return [layer.weight.detach().numpy() for layer in model]

    drawn = weights(3)
    for array, layer in zip(drawn, answer.layers, strict=True):
        assert off(array, layer.weight_variance.value, text) < IN_STANDARD_ERRORS
    again, other = weights(3), weights(4)
    assert all(np.array_equal(*pair) for pair in zip(drawn, again, strict=True))
    assert not any(np.array_equal(*pair) for pair in zip(drawn, other, strict=True))
    with pytest.raises(ValueError, match="0 tensors of shape"):
        scope["initialise"](torch.nn.Linear(700, 601))


@pytest.mark.parametrize("text", FREE + FORMS)
def test_jax_draws_the_variance(text: str) -> None:
    jax = pytest.importorskip("jax")
    answer = solution()
    tree = [{"kernel": np.zeros(layer.dims[::-1])} for layer in answer.layers]
    drawn = run(initialiser_code(answer, "jax", laws=(text,)))["initialise"](
        tree, jax.random.key(0)
    )
    for entry, layer in zip(drawn, answer.layers, strict=True):
        kernel = np.asarray(entry["kernel"])
        assert off(kernel, layer.weight_variance.value, text) < IN_STANDARD_ERRORS


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("text", FREE + FORMS)
def test_keras_draws_the_variance(text: str) -> None:
    keras = keras_module()
    answer = solution()
    model = keras.Sequential([keras.layers.Dense(width) for width in WIDTHS[1:]])
    model.build((None, 700))
    run(initialiser_code(answer, "keras", laws=(text,)))["initialise"](model)
    kernels = [np.asarray(v) for v in model.trainable_variables if len(v.shape) > 1]
    for kernel, layer in zip(kernels, answer.layers, strict=True):
        assert off(kernel, layer.weight_variance.value, text) < IN_STANDARD_ERRORS


@pytest.mark.parametrize("name", [name for name, law in LAWS.items() if sized(law)])
def test_the_line_for_torch_draws_the_variance(name: str) -> None:
    """The PyTorch column of ``solve --dist all``."""
    torch = pytest.importorskip("torch")
    answer = solve_layer("relu", fan_in=512, fan_out=512)
    found = next(p for p in with_laws(answer, read_laws(("all",))).distributions if p.law == name)
    code = LAWS[name].code
    assert code is not None
    assert found.value is not None
    end = found.value * dict(found.extra).get("k", 0.0)
    line = code.typed(repr(found.value), repr(end), found.extra).replace("\n", "")
    torch.manual_seed(0)
    w = torch.nn.Parameter(torch.empty(512, 512))
    exec(line, {"torch": torch, "nn": torch.nn, "distributions": torch.distributions, "w": w})
    stated = LAWS[name].kurtosis if LAWS[name].independent else "3"
    values = {parse_scalar(key): value for key, value in found.extra}
    fourth = float(parse_scalar(str(stated)).subs(values))
    error = max(math.sqrt((fourth - 1) / w.numel()), 1e-6)
    mean_square = float((w.detach().double() ** 2).mean())
    assert abs(mean_square * 256 - 1) < IN_STANDARD_ERRORS * error


def test_a_law_without_code_is_refused_with_those_that_have_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(LAWS._entries, "laplace", replace(LAWS["laplace"], code=None))
    with pytest.raises(BadInput, match=r"has no laplace law\. Try normal, uniform"):
        initialiser_code(solution(), "torch", laws=("laplace",))
