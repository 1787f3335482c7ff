"""Emitted torch code refuses modules that compute a weight from what would be drawn, and idle names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.render.test_code import run
from varprop.answer.architecture import solve_network
from varprop.answer.layer import solve_layer
from varprop.networks.network import network
from varprop.render.code import initialiser_code

NET = "Input(40) >> Dense(40) >> relu >> Dense(30)"


def model() -> Any:
    nn = pytest.importorskip("torch").nn
    return nn.Sequential(nn.Linear(40, 40), nn.LayerNorm(40), nn.ReLU(), nn.Linear(40, 30))


def initialise() -> Any:
    pytest.importorskip("torch")
    return run(initialiser_code(solve_network(network(NET)), "torch"))["initialise"]


@pytest.mark.parametrize("name", ["orthogonal", "spectral_norm", "weight_norm"])
def test_parametrized_modules_are_refused(name: str) -> None:
    made = model()
    parametrizations = pytest.importorskip("torch").nn.utils.parametrizations
    getattr(parametrizations, name)(made[3])
    before = [p.detach().clone() for p in made.parameters()]
    with pytest.raises(ValueError, match=r"3 is parametrized, .* Initialise the model first"):
        initialise()(made)
    assert all(bool((a == b).all()) for a, b in zip(before, made.parameters(), strict=True))


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("name", ["spectral_norm", "weight_norm", "pruning"])
def test_modules_that_a_hook_computes_are_refused(name: str) -> None:
    made = model()
    utils = pytest.importorskip("torch.nn.utils")
    if name == "pruning":
        pytest.importorskip("torch.nn.utils.prune").l1_unstructured(made[0], "weight", 0.5)
    else:
        getattr(utils, name)(made[0])
    with pytest.raises(ValueError, match="0 is parametrized"):
        initialise()(made)


def test_a_root_module_is_named() -> None:
    torch = pytest.importorskip("torch")
    made = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(40, 30))
    source = initialiser_code(solve_network(network("Input(40) >> Dense(30)")), "torch")
    with pytest.raises(ValueError, match=r"^the model is parametrized"):
        run(source)["initialise"](made)


def test_one_layer_refuses_a_computed_weight() -> None:
    torch = pytest.importorskip("torch")
    made = torch.nn.Linear(40, 30)
    draw = run(initialiser_code(solve_layer("relu", fan_in=40), "torch"))["initialise_"]
    draw(made.weight)
    torch.nn.utils.parametrizations.weight_norm(made)
    with pytest.raises(ValueError, match="computed from other tensors"):
        draw(made.weight)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"0.weight": False}, "0.weight the number False: SCALES has"),
        ({"0.weight": True}, "0.weight the number True: SCALES has"),
        ({"0.bias": 0}, "0.bias the number 0, but it is no weight that is drawn"),
        ({"1.weight": 0}, "1.weight the number 0, but it is no weight that is drawn"),
        ({"weight": None}, "which is no tensor of the model"),
    ],
)
def test_names_without_effect_are_refused(names: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        initialise()(model(), names)


def test_tensors_that_keep_their_start_may_be_named() -> None:
    made = model()
    initialise()(made, {"1.weight": None, "1.bias": None, "0.weight": 0})
    assert bool((made[1].weight == 1).all())
