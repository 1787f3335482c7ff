"""Emitted initialisers set the biases that the answer assumed: drawn, zero, or a forget bias once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from sympy import Integer, Rational, Symbol

from tests.libraries import keras_module
from tests.render.test_code import CNN, MLP, close, run, torch_model
from varprop.answer.architecture import solve_network
from varprop.answer.layer import solve_layer, solve_widths
from varprop.errors import BadInput
from varprop.networks.network import network
from varprop.render.code import initialiser_code
from varprop.render.code_libraries import LIBRARIES

BIAS = Rational(1, 4)
WIDE = "Input(200) >> Dense(3000) >> LayerNorm() >> relu >> Dense(2000)"
LSTM = "Input(24, tokens=5) >> LSTM(32, forget_bias=1) >> LSTM(32, forget_bias=1) >> Dense(8)"
GRU = "Input(24, tokens=5) >> GRU(32) >> Dense(8)"
RNN = "Input(24, tokens=5) >> RNN(32) >> Dense(8)"
NONE = Rational(0)


def code(text: str, library: str, bias: Rational = NONE) -> dict[str, Any]:
    return run(initialiser_code(solve_network(network(text), bias_variance=bias), library))


def recurrent(text: str) -> Any:
    nn = pytest.importorskip("torch").nn
    kind = text.split(">>")[1].strip().partition("(")[0]
    layers = 2 if text.count(f"{kind}(") == 2 else 1
    cell = getattr(nn, kind)(24, 32, layers, batch_first=True)
    return nn.ModuleDict({"cell": cell, "head": nn.Linear(32, 8)})


def named(model: Any) -> dict[str, int]:
    """Return which entry each recurrent tensor is, by its place in the network."""
    tensors = [n for n, p in model.named_parameters() if p.dim() == 2]
    return {name: number for number, name in enumerate(tensors)}


def biases(model: Any) -> Iterable[tuple[str, np.ndarray]]:
    for name, p in model.named_parameters():
        if "bias" in name:
            yield name, p.detach().numpy()


def test_torch_biases_have_the_variance_that_weights_are_sized_for() -> None:
    nn = pytest.importorskip("torch").nn
    model = nn.Sequential(
        nn.Linear(200, 3000), nn.LayerNorm(3000), nn.ReLU(), nn.Linear(3000, 2000)
    )
    source = initialiser_code(solve_network(network(WIDE), bias_variance=BIAS), "torch")
    assert "√σ_b²" in source
    assert "normal law" in source
    run(source)["initialise"](model)
    found = dict(biases(model))
    assert close(found["0.bias"], 0.25)
    assert close(found["3.bias"], 0.25)
    assert not found["1.bias"].any()
    assert close(model[0].weight.detach().numpy(), 0.75 / 200)


def test_the_signal_is_what_the_answer_says() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    model = torch_model(MLP)
    code(MLP, "torch", BIAS)["initialise"](model)
    seen = []
    for layer in model:
        layer.register_forward_hook(
            lambda _m, _i, out: seen.append(float(out.detach().square().mean()))
        )
    model(torch.randn(2000, 200))
    for second in (seen[0], seen[2], seen[4]):
        assert second == pytest.approx(1, rel=0.35)


@pytest.mark.parametrize("change", ["fewer", "more"])
def test_torch_refuses_other_biases_than_the_network_has(change: str) -> None:
    nn = pytest.importorskip("torch").nn
    text = MLP.replace("Dense(100)", "Dense(100, bias=False)") if change == "more" else MLP
    model = torch_model(MLP)
    if change == "fewer":
        model[2] = nn.Linear(300, 100, bias=False)
    with pytest.raises(ValueError, match=r"vectors of 100 biases in the model"):
        code(text, "torch", BIAS)["initialise"](model)
    code(text, "torch")["initialise"](model)


@pytest.mark.parametrize("text", [GRU, RNN, LSTM, LSTM.replace(", forget_bias=1", "")])
@pytest.mark.parametrize("bias", [Rational(0), BIAS])
def test_torch_recurrent_biases(text: str, bias: Rational) -> None:
    model = recurrent(text)
    code(text, "torch", bias)["initialise"](model, named(model))
    shift = 1.0 if "forget" in text else 0.0
    for name, values in biases(model):
        wanted = np.zeros(values.shape)
        if "LSTM" in text and "bias_ih" in name:
            wanted[32:64] = shift
        if "bias_hh" in name or not bias:
            assert (values == wanted).all(), name
        else:
            assert close(values - wanted, float(bias)), name


def test_the_forget_bias_stands_in_torchs_slice() -> None:
    """The gate that follows the cell is the one that is shifted: a large bias keeps the state."""
    torch = pytest.importorskip("torch")
    text = "Input(24, tokens=5) >> LSTM(32, forget_bias=40)"
    model = torch.nn.LSTM(24, 32)
    code(text, "torch")["initialise"](model)
    cell = torch.randn(1, 1, 32)
    with torch.no_grad():
        for p in (model.weight_ih_l0, model.weight_hh_l0):
            p.zero_()
        _, (_, after) = model(torch.zeros(1, 1, 24), (torch.zeros(1, 1, 32), cell))
    assert torch.allclose(after, cell)


def test_a_forget_bias_without_a_place_is_refused() -> None:
    torch = pytest.importorskip("torch")
    model = torch.nn.LSTM(24, 32, bias=False)
    with pytest.raises(ValueError, match="no place for FORGET"):
        code("Input(24, tokens=5) >> LSTM(32, forget_bias=1)", "torch")["initialise"](model)


def test_two_forget_biases_of_one_width_are_refused() -> None:
    with pytest.raises(BadInput, match="different forget biases"):
        code(LSTM.replace("forget_bias=1", "forget_bias=2", 1), "torch")


def test_biases_may_keep_their_start() -> None:
    pytest.importorskip("torch")
    model = torch_model(MLP)
    before = model[0].bias.detach().clone()
    code(MLP, "torch")["initialise"](model, {"0.bias": None})
    assert (model[0].bias == before).all()
    assert not model[2].bias.any()


@pytest.mark.parametrize("text", [MLP, CNN, LSTM])
def test_numpy_biases_stand_next_to_their_weights(text: str) -> None:
    solution = solve_network(network(text), bias_variance=BIAS)
    scope = run(initialiser_code(solution, "numpy"))
    weights, drawn = scope["draw"](seed=2), scope["draw_biases"](seed=2)
    assert len(weights) == len(drawn)
    for b, layer in zip(drawn, solution.layers, strict=True):
        assert (b is None) == (layer.bias is None)
        if b is None:
            continue
        if layer.name.startswith("LSTM"):
            b[32:64] -= 1
        assert close(b, 0.25)


def test_numpy_without_biases_says_nothing_of_them() -> None:
    assert "draw_biases" not in code(MLP, "numpy")


@pytest.mark.parametrize("library", LIBRARIES)
def test_one_layer_emits_its_biases(library: str) -> None:
    solution = solve_layer("relu", fan_in=300, bias_variance=BIAS)
    source = initialiser_code(solution, library)
    assert "p = 0.5  # std of the biases" in source
    assert "bias" not in initialiser_code(solve_layer("relu", fan_in=300), library)
    if library == "numpy":
        scope = run(source)
        assert close(scope["draw_bias"]((4000,), np.random.default_rng(0)), 0.25)
    if library == "torch":
        torch = pytest.importorskip("torch")
        b = torch.zeros(4000)
        assert close(run(source)["initialise_bias_"](b).numpy(), 0.25)


def test_symbolic_bias_variance_is_refused() -> None:
    solution = solve_layer("relu", fan_in=300, bias_variance="v")
    with pytest.raises(BadInput, match="v is a symbol"):
        initialiser_code(solution, "torch")


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("law", ["normal", "uniform", "orthogonal"])
def test_widths_emit_every_matrix(library: str, law: str) -> None:
    widths = tuple(map(Integer, (784, 512, 256, 10)))
    solution = solve_widths("relu", widths)
    source = initialiser_code(solution, library, laws=(law,))
    compile(source, "emitted", "exec")
    assert source.count("Dense(") == 3
    variances = {(512, 784): 1 / 784, (256, 512): 2 / 512, (10, 256): 2 / 256}
    if library == "numpy":
        for w in run(source)["draw"]():
            assert close(w, variances[w.shape])
    if library == "torch":
        nn = pytest.importorskip("torch").nn
        sizes = (784, 512, 256, 10)
        model = nn.Sequential(*(nn.Linear(a, b) for a, b in itertools.pairwise(sizes)))
        run(source)["initialise"](model)
        for layer in model:
            w = layer.weight.detach().numpy()
            assert close(w, variances[w.shape])
        with pytest.raises(ValueError, match="no layer of the network"):
            run(source)["initialise"](nn.Sequential(*model, nn.Linear(10, 3)))


def test_symbolic_widths_are_refused() -> None:
    n = Symbol("n", positive=True)
    with pytest.raises(BadInput, match="n is a symbol"):
        initialiser_code(solve_widths("relu", (n, Integer(3), n)), "torch")


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("text", [LSTM, GRU, RNN])
@pytest.mark.parametrize("bias", [Rational(0), BIAS])
def test_keras_recurrent_biases(text: str, bias: Rational) -> None:
    keras = keras_module()
    kind = text.split(">>")[1].strip().partition("(")[0]
    made = {"LSTM": keras.layers.LSTM, "GRU": keras.layers.GRU, "RNN": keras.layers.SimpleRNN}[kind]
    cells = [made(32, return_sequences=True) for _ in range(text.count(f"{kind}("))]
    model = keras.Sequential([*cells, keras.layers.Dense(8)])
    model.build((None, 5, 24))
    kernels = [v.path for v in model.trainable_variables if not v.path.endswith("bias")]
    names = {path: number for number, path in enumerate(kernels)}
    code(text, "keras", bias)["initialise"](model, names)
    for v in model.trainable_variables:
        if not v.path.endswith("bias"):
            continue
        values = np.array(v)
        if kind == "LSTM" and values.size == 128:
            values[32:64] -= 1  # i, f, c, o
        if kind == "GRU" and values.ndim == 2:
            assert not values[1].any()
            values = values[0]
        assert close(values, float(bias)) if bias else not values.any(), v.path


def test_flax_recurrent_biases() -> None:
    jax = pytest.importorskip("jax")
    text = "Input(24, tokens=5) >> LSTM(32, packed=False, forget_bias=1) >> Dense(8) >> LayerNorm()"
    tree = {
        "cell": {
            **{f"i{g}": {"kernel": np.zeros((24, 32))} for g in "ifgo"},
            **{f"h{g}": {"kernel": np.zeros((32, 32)), "bias": np.ones(32)} for g in "ifgo"},
        },
        "head": {"kernel": np.zeros((32, 8)), "bias": np.ones(8)},
        "norm": {"scale": np.ones(8), "bias": np.zeros(8)},
    }
    plain = code(text, "jax")["initialise"](tree, jax.random.key(0))
    for gate in "ifgo":
        wanted = 1.0 if gate == "f" else 0.0
        assert (np.asarray(plain["cell"][f"h{gate}"]["bias"]) == wanted).all()
    drawn = code(text, "jax", BIAS)["initialise"](tree, jax.random.key(0))
    held = [np.asarray(drawn["cell"][f"h{g}"]["bias"]) - (g == "f") for g in "ifgo"]
    assert close(np.concatenate(held), 0.25)
    assert not np.asarray(drawn["norm"]["bias"]).any()
