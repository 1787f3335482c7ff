"""``names=`` of emitted initialisers, learned positions, open factors, and orthogonal kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.libraries import keras_module
from tests.render.test_code import close, run
from varprop.answer.architecture import solve_network
from varprop.answer.layer import solve_layer
from varprop.networks.network import network
from varprop.render.code import initialiser_code
from varprop.render.code_libraries import LIBRARIES

STACK = "Input(40) >> 2 * (Dense(40) >> relu) >> Dense(40) >> tanh >> Dense(40)"
TOKENS = "Input(1, tokens=6) >> Embedding(64, 300) >> Positional(learned=True) >> Dense(32)"
KERNELS = "Input(16, 9, 9) >> Conv2d(96, 3) >> relu >> Conv2d(8, 3) >> Flatten() >> Dense(300)"


def emitted(text: str, library: str = "torch", law: str = "normal", **options: Any) -> Any:
    solution = solve_network(network(text), **options)
    return run(initialiser_code(solution, library, laws=(law,)))["initialise"]


def stack() -> Any:
    nn = pytest.importorskip("torch").nn
    return nn.Sequential(*(nn.Linear(40, 40) for _ in range(4)))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"nonexistent": 0}, "'nonexistent', which is no tensor of the model; some are: 0.weight"),
        ({"0.wieght": 0}, "some are: 0.weight"),
        ({"0.weight": 7}, "number 7: SCALES has the entries 0 to 2"),
        ({"0.weight": -1}, "number -1: SCALES"),
        ({"0.weight": "0"}, "number '0': SCALES"),
        ({"0.weight": 1.0}, "number 1.0: SCALES"),
        ({"0.weight": 0, "1.weight": 0, "2.weight": 0}, r"to 3 tensors, .* 1 times: 0.weight"),
        ({}, "say which in names="),
    ],
)
def test_names_that_cannot_be_meant(names: dict[str, Any], words: str) -> None:
    model = stack()
    with pytest.raises(ValueError, match=words):
        emitted(STACK)(model, names)


def test_each_entry_as_often_as_the_network_has_it() -> None:
    model = stack()
    solution = solve_network(network(STACK))
    order = [k for k, layer in enumerate(solution.layers) for _ in range(int(layer.copies))]
    emitted(STACK)(model, {f"{k}.weight": number for k, number in enumerate(order)})
    for layer, number in zip(model, order, strict=True):
        wanted = solution.layers[number].weight_variance.value
        assert wanted is not None
        assert close(layer.weight.detach().numpy(), wanted)


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("batch", [False, True])
def test_learned_positions(kept: bool, batch: bool) -> None:
    torch = pytest.importorskip("torch")
    model = torch.nn.Module()
    model.embedding = torch.nn.Embedding(300, 64)
    model.positions = torch.nn.Parameter(torch.zeros((1, 6, 64) if batch else (6, 64)))
    model.head = torch.nn.Linear(64, 32)
    emitted(TOKENS)(model, {"positions": None} if kept else {})
    values = model.positions.detach().numpy()
    assert not values.any() if kept else close(values, 0.5)


def test_numpy_draws_learned_positions_last() -> None:
    drawn = run(initialiser_code(solve_network(network(TOKENS)), "numpy"))["draw"]()
    assert drawn[-1].shape == (6, 64)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_open_factor_is_stated(library: str) -> None:
    text = "Input(64) >> 24 * Residual(LayerNorm() >> Dense(128) >> relu >> Dense(64), scale=s)"
    source = initialiser_code(solve_network(network(text), unknown="s"), library)
    head = source[: source.index("SCALES")]
    for part in ("s = 1/√24 = 0.204124145231", "all branches together add as much variance"):
        assert part in head
    assert "multiplying by s" in head


@pytest.mark.parametrize("text", [KERNELS, "Input(40) >> 3 * Dense(40)"])
def test_orthogonal_kernels_in_torch(text: str) -> None:
    nn = pytest.importorskip("torch").nn
    if text == KERNELS:
        model = nn.Sequential(
            nn.Conv2d(16, 96, 3), nn.Conv2d(96, 8, 3), nn.Flatten(), nn.Linear(200, 300)
        )
    else:
        model = nn.Sequential(*(nn.Linear(40, 40) for _ in range(3)))
    solution = solve_network(network(text))
    run(initialiser_code(solution, "torch", laws=("orthogonal",)))["initialise"](model)
    wanted = {layer.dims: layer for layer in solution.layers}
    for parameter in model.parameters():
        if parameter.dim() >= 2:
            check_orthogonal(parameter.detach().numpy(), wanted[tuple(parameter.shape)])


def check_orthogonal(kernel: np.ndarray, layer: Any) -> None:
    """All singular values of (out, rest) are the gain that the answer states; E[w²] is Var(w)."""
    matrix = kernel.reshape(len(kernel), -1)
    gain = next(p.value for p in layer.distributions if p.law == "orthogonal")
    assert np.linalg.svd(matrix, compute_uv=False) == pytest.approx(gain, rel=1e-4)
    assert np.mean(matrix**2) == pytest.approx(layer.weight_variance.value, rel=1e-4)


def test_orthogonal_kernels_in_numpy() -> None:
    solution = solve_network(network(KERNELS))
    drawn = run(initialiser_code(solution, "numpy", laws=("orthogonal",)))["draw"]()
    for kernel, layer in zip(drawn, solution.layers, strict=True):
        check_orthogonal(kernel, layer)


def test_dense_gain_is_that_of_the_larger_fan() -> None:
    layer = solve_network(network("Input(200) >> Dense(700)")).layers[0]
    gain = next(p.value for p in layer.distributions if p.law == "orthogonal")
    assert gain == pytest.approx((700 / 200) ** 0.5)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_orthogonal_kernels_in_keras() -> None:
    keras = keras_module()
    layers = keras.layers
    model = keras.Sequential(
        [layers.Conv2D(96, 3), layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(300)]
    )
    model.build((None, 9, 9, 16))
    solution = solve_network(network(KERNELS))
    run(initialiser_code(solution, "keras", laws=("orthogonal",)))["initialise"](model)
    kernels = [np.asarray(v) for v in model.trainable_variables if len(v.shape) > 1]
    for kernel, layer in zip(kernels, solution.layers, strict=True):
        check_orthogonal(np.moveaxis(kernel, -1, 0), layer)


def test_orthogonal_kernels_in_jax() -> None:
    jax = pytest.importorskip("jax")
    solution = solve_network(network(KERNELS))
    shapes = [(3, 3, 16, 96), (3, 3, 96, 8), (200, 300)]
    tree = [{"kernel": np.zeros(shape)} for shape in shapes]
    drawn = emitted(KERNELS, "jax", "orthogonal")(tree, jax.random.key(0))
    for entry, layer in zip(drawn, solution.layers, strict=True):
        check_orthogonal(np.moveaxis(np.asarray(entry["kernel"]), -1, 0), layer)


@pytest.mark.parametrize("library", LIBRARIES)
def test_one_orthogonal_layer(library: str) -> None:
    source = initialiser_code(solve_layer("relu", fan_in="n"), library, laws=("orthogonal",))
    compile(source, "emitted", "exec")
    if library == "numpy":
        rng = np.random.default_rng(0)
        for shape in ((64, 32), (32, 64), (64, 8, 3, 3), (200, 8, 3, 3)):
            fan_in = np.prod(shape[1:])
            assert np.mean(run(source)["draw"](shape, rng) ** 2) == pytest.approx(2 / fan_in)
