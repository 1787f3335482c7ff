"""Emitted initialisers are run: what they draw has the solved variance, and wrong shapes are refused."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest

from tests.libraries import keras_module
from varprop.answer.architecture import solve_network
from varprop.answer.layer import solve_layer
from varprop.errors import BadInput
from varprop.networks.network import network
from varprop.networks.zoo import NETWORKS
from varprop.render.code import initialiser_code
from varprop.render.code_libraries import LIBRARIES

MLP = "Input(200) >> Dense(300) >> relu >> Dense(100) >> tanh >> Dense(50)"
CNN = (
    "Input(16, 12, 12) >> Conv2d(48, 3, padding=1) >> relu >> Conv2d(64, 5, stride=2) >> relu >> Flatten()"
    " >> Dense(80)"
)
BLOCK = (
    "Input(96, tokens=8) >> Residual(LayerNorm() >> SelfAttention(4))"
    " >> Residual(LayerNorm() >> Dense(384) >> gelu >> Dense(96))"
)


ROLES = {"query": "q", "key": "k", "value": "v", "projection": "out"}


def run(source: str) -> dict[str, Any]:
    ast.parse(source)
    scope: dict[str, Any] = {}
    exec(compile(source, "emitted", "exec"), scope)
    return scope


def wanted(text: str) -> dict[tuple[int, ...], float]:
    """Variance by shape, averaged where one shape has two scales."""
    found: dict[tuple[int, ...], list[float]] = {}
    for layer in solve_network(network(text)).layers:
        shape = tuple(int(d) for d in layer.dims)
        assert layer.weight_variance.value is not None
        found.setdefault(shape, []).append(layer.weight_variance.value)
    return {shape: sum(v) / len(v) for shape, v in found.items()}


def close(values: np.ndarray, variance: float) -> bool:
    return abs(float(np.mean(np.square(values))) / variance - 1) < 6 * (3 / values.size) ** 0.5


@pytest.mark.parametrize("text", [MLP, CNN, BLOCK])
@pytest.mark.parametrize("law", ["normal", "uniform", "truncated_normal", "rademacher"])
def test_numpy(text: str, law: str) -> None:
    solution = solve_network(network(text))
    drawn = run(initialiser_code(solution, "numpy", laws=(law,)))["draw"](seed=3)
    expected = [layer for layer in solution.layers for _ in range(int(layer.copies))]
    for array, layer in zip(drawn, expected, strict=True):
        assert array.shape == layer.dims
        assert close(array, layer.weight_variance.value)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("text", [MLP, CNN, BLOCK, "Input(2) >> Dense(8) >> relu >> Dense(3)"])
def test_source_parses_and_names_every_tensor(library: str, text: str) -> None:
    solution = solve_network(network(text))
    source = initialiser_code(solution, library)
    ast.parse(source)
    for layer in solution.layers:
        assert str(layer.weight_variance.value**0.5)[:8] in source


def test_refusals() -> None:
    with pytest.raises(BadInput, match="symbol"):
        initialiser_code(solve_network(network("Input(n) >> Dense(n)")), "numpy")
    with pytest.raises(BadInput, match="one law"):
        initialiser_code(solve_network(network(MLP)), "numpy", laws=("normal", "uniform"))


def test_one_layer_in_numpy() -> None:
    scope = run(initialiser_code(solve_layer("tanh", fan_in=300), "numpy"))
    rng = np.random.default_rng(0)
    assert close(scope["draw"]((400, 300), rng), 1.5925374197228315**2 / 300)
    with pytest.raises(ValueError, match="fan_in is 200"):
        scope["draw"]((400, 200), rng)
    open_width = run(initialiser_code(solve_layer("relu", fan_in="n"), "numpy"))
    assert close(open_width["draw"]((64, 32, 3, 3), rng), 2 / 288)


def torch_model(text: str) -> Any:
    torch = pytest.importorskip("torch")
    nn = torch.nn
    if text == MLP:
        return nn.Sequential(
            nn.Linear(200, 300), nn.ReLU(), nn.Linear(300, 100), nn.Tanh(), nn.Linear(100, 50)
        )
    if text == CNN:
        return nn.Sequential(
            nn.Conv2d(16, 48, 3, padding=1), nn.ReLU(),
            nn.Conv2d(48, 64, 5, stride=2), nn.ReLU(), nn.Flatten(),
            nn.Linear(64 * 16, 80),
        )  # fmt: skip
    linear = [nn.Linear(96, 96) for _ in range(4)]
    return nn.ModuleDict(
        {
            "norm1": nn.LayerNorm(96), "q": linear[0], "k": linear[1], "v": linear[2], "out": linear[3],
            "norm2": nn.LayerNorm(96), "up": nn.Linear(96, 384), "down": nn.Linear(384, 96),
        }
    )  # fmt: skip


@pytest.mark.parametrize("text", [MLP, CNN])
@pytest.mark.parametrize("law", ["normal", "uniform", "truncated_normal", "rademacher"])
def test_torch(text: str, law: str) -> None:
    model = torch_model(text)
    scope = run(initialiser_code(solve_network(network(text)), "torch", laws=(law,)))
    scope["initialise"](model)
    target = wanted(text)
    for name, parameter in model.named_parameters():
        values = parameter.detach().numpy()
        if values.ndim >= 2:
            assert close(values, target[values.shape]), name
        else:
            assert not values.any()


def test_torch_transformer_needs_names_where_shapes_are_ambiguous() -> None:
    model = torch_model(BLOCK)
    solution = solve_network(network(BLOCK))
    scope = run(initialiser_code(solution, "torch"))
    with pytest.raises(ValueError, match="say which"):
        scope["initialise"](model)
    roles = {f"attention {role}": name for role, name in ROLES.items()}
    names = {
        f"{roles[layer.name]}.weight": i
        for i, layer in enumerate(solution.layers)
        if layer.name in roles
    }
    scope["initialise"](model, names)
    for layer in solution.layers:
        if layer.name in roles:
            drawn = model[roles[layer.name]].weight.detach().numpy()
            assert close(drawn, layer.weight_variance.value), layer.name
    assert float(model["norm1"].weight.detach().min()) == 1.0


def test_torch_refuses_other_models() -> None:
    torch = pytest.importorskip("torch")
    scope = run(initialiser_code(solve_network(network(MLP)), "torch"))
    with pytest.raises(ValueError, match="0 tensors of shape"):
        scope["initialise"](torch.nn.Linear(200, 301))
    model = torch_model(MLP)
    model.append(torch.nn.Linear(50, 7))
    with pytest.raises(ValueError, match=r"\(7, 50\): no layer"):
        scope["initialise"](model)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("text", [MLP, CNN])
def test_keras(text: str) -> None:
    keras = keras_module()
    layers = keras.layers
    if text == MLP:
        model = keras.Sequential([layers.Dense(300), layers.Dense(100), layers.Dense(50)])
        model.build((None, 200))
    else:
        model = keras.Sequential(
            [layers.Conv2D(48, 3), layers.Conv2D(64, 5), layers.Flatten(), layers.Dense(80)]
        )
        model.build((None, 10, 10, 16))
        model = keras.Sequential([*model.layers[:3], layers.Dense(80)])
        model.build((None, 10, 10, 16))
    source = initialiser_code(solve_network(network(keras_spec(text))), "keras")
    run(source)["initialise"](model)
    target = wanted(keras_spec(text))
    for variable in model.trainable_variables:
        values = np.asarray(variable)
        if values.ndim >= 2:
            stored = (values.shape[-1], values.shape[-2], *values.shape[:-2])
            assert close(values, target[stored])


def keras_spec(text: str) -> str:
    if text == MLP:
        return MLP
    return "Input(16, 10, 10) >> Conv2d(48, 3) >> relu >> Conv2d(64, 5) >> relu >> Flatten() >> Dense(80)"


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_keras_attention_has_an_axis_for_heads() -> None:
    keras = keras_module()
    tokens = keras.Input((8, 96))
    attended = keras.layers.MultiHeadAttention(4, 24)(tokens, tokens)
    hidden = keras.layers.Dense(384)(keras.layers.LayerNormalization()(attended))
    model = keras.Model(tokens, keras.layers.Dense(96)(hidden))
    solution = solve_network(network(BLOCK))
    run(initialiser_code(solution, "keras"))["initialise"](model)
    target = {f"{layer.name} {layer.role}".strip(): layer for layer in solution.layers}
    seen = 0
    for variable in model.trainable_variables:
        values = np.asarray(variable)
        if variable.path.endswith("bias"):
            assert not values.any()
        elif values.ndim == 3:
            role = variable.path.split("/")[-2].replace("attention_output", "projection")
            assert close(values, target[f"attention {role}"].weight_variance.value), role
            seen += 1
    assert seen == 4


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_keras_depthwise_kernels_have_the_multiplier_last() -> None:
    keras = keras_module()
    text = "Input(6, 12, 12) >> DepthwiseConv2d(3, multiplier=16) >> relu >> Conv2d(64, 1)"
    model = keras.Sequential(
        [keras.layers.DepthwiseConv2D(3, depth_multiplier=16), keras.layers.Conv2D(64, 1)]
    )
    model.build((None, 12, 12, 6))
    run(initialiser_code(solve_network(network(text)), "keras"))["initialise"](model)
    first, second = (np.asarray(layer.kernel) for layer in model.layers)
    assert first.shape == (3, 3, 6, 16)
    assert close(first, 1 / 9)
    assert close(second, 2 / 96)


def test_jax_attention_has_an_axis_for_heads() -> None:
    jax = pytest.importorskip("jax")
    heads = {"kernel": np.zeros((96, 4, 24)), "bias": np.ones((4, 24))}
    tree = {
        "attention": {
            **{role: dict(heads) for role in ("query", "key", "value")},
            "out": {"kernel": np.zeros((4, 24, 96)), "bias": np.ones(96)},
        },
        "up": {"kernel": np.zeros((96, 384)), "bias": np.ones(384)},
        "down": {"kernel": np.zeros((384, 96)), "bias": np.ones(96)},
    }
    solution = solve_network(network(BLOCK))
    drawn = run(initialiser_code(solution, "jax"))["initialise"](tree, jax.random.key(0))
    target = {layer.name.split()[-1]: layer.weight_variance.value for layer in solution.layers}
    attention = drawn["attention"]
    for name, role in (("query", "query"), ("value", "value"), ("out", "projection")):
        assert close(np.asarray(attention[name]["kernel"]), target[role]), role
        assert not np.asarray(attention[name]["bias"]).any()


def zoo_model(name: str) -> Any:
    """The zoo's network as a torch user writes it; the attention's tensors are packed."""
    nn = pytest.importorskip("torch").nn
    if name == "mlp_relu5":
        return nn.Sequential(*[nn.Linear(512, 512) for _ in range(5)])
    if name == "lenet5":
        return nn.Sequential(
            nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
            nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
        )  # fmt: skip
    blocks = [nn.TransformerEncoderLayer(192, 3, 256, activation="gelu")]
    return nn.ModuleDict(
        {
            "embedding": nn.Embedding(1000, 192),
            "positions": nn.Embedding(6, 192),
            "blocks": nn.ModuleList(blocks),
        }
    )


@pytest.mark.parametrize("name", ["mlp_relu5", "lenet5", "gpt2_small"])
def test_torch_models_of_the_zoo(name: str) -> None:
    model = zoo_model(name)
    entry = NETWORKS[name]
    text = (
        entry.small.replace("causal=True", "causal=True, packed=True")
        if "gpt" in name
        else entry.spec
    )
    solution = solve_network(network(text))
    matrices = {k: p for k, p in model.named_parameters() if p.dim() >= 2}
    kept = {k: None for k in matrices if k == "positions.weight"}
    before = {k: matrices[k].detach().clone() for k in kept}
    wide = [k for k in matrices if k not in kept]
    names = dict(zip(wide, in_order(solution), strict=True))
    run(initialiser_code(solution, "torch"))["initialise"](model, {**names, **kept})
    assert all(bool((matrices[k] == before[k]).all()) for k in kept)
    parameters = dict(model.named_parameters())
    for key, number in names.items():
        values = parameters[key].detach().numpy()
        layer = solution.layers[number]
        assert values.shape == tuple(int(d) for d in layer.dims), key
        assert close(values, layer.weight_variance.value), (key, layer.name)


def in_order(solution: Any) -> list[int]:
    """Return the number of each tensor's entry, in the order of the network."""
    shapes = [tuple(int(d) for d in layer.dims) for layer in solution.layers]
    left = [int(layer.copies) for layer in solution.layers]
    found = []
    for shape in (tuple(int(d) for d in w.dims) for w in solution.network.weights()):
        number = next(k for k, s in enumerate(shapes) if s == shape and left[k])
        left[number] -= 1
        found.append(number)
    return found


def test_torch_packed_attention() -> None:
    torch = pytest.importorskip("torch")
    text = "Input(96, tokens=8) >> SelfAttention(4, packed=True)"
    model = torch.nn.MultiheadAttention(96, 4)
    solution = solve_network(network(text))
    run(initialiser_code(solution, "torch"))["initialise"](model)
    packed, projection = (layer.weight_variance.value for layer in solution.layers)
    assert close(model.in_proj_weight.detach().numpy(), packed)
    assert close(model.out_proj.weight.detach().numpy(), projection)
    assert not model.in_proj_bias.detach().any()


def test_jax() -> None:
    jax = pytest.importorskip("jax")
    tree = {
        f"Dense_{i}": {"kernel": np.zeros(shape), "bias": np.ones(shape[1])}
        for i, shape in enumerate(((200, 300), (300, 100), (100, 50)))
    }
    scope = run(initialiser_code(solve_network(network(MLP)), "jax"))
    drawn = scope["initialise"](tree, jax.random.key(0))
    target = wanted(MLP)
    for layer in drawn.values():
        kernel = np.asarray(layer["kernel"])
        assert close(kernel, target[kernel.shape[::-1]])
        assert not np.asarray(layer["bias"]).any()


@pytest.mark.parametrize("library", list(LIBRARIES))
def test_code_shows_its_call(library: str) -> None:
    for noun in (solve_network(network(MLP)), solve_layer("relu", fan_in=8)):
        source = initialiser_code(noun, library)
        (call,) = (line for line in source.splitlines() if line.startswith("# Use: "))
        name = call.partition("(")[0].split()[-1]
        assert f"def {name}(" in source
