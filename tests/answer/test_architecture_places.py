"""Where tensors stand: order and paths of every use, and which block a scale belongs to."""

from __future__ import annotations

import pickle

import pytest

from varprop.answer.architecture import ArchitectureSolution, solve_network
from varprop.networks.network import network
from varprop.render.architecture_json import to_json

BLOCKS = "Input(80) >> Dense(128) >> 3 * (Residual(Dense(120) >> relu >> Dense(128)) >> relu) >> Dense(10)"


def solved(text: str) -> ArchitectureSolution:
    return solve_network(network(text))


def listed(text: str) -> list[tuple[str, str]]:
    return [(entry["name"], entry["path"][0]) for entry in to_json(solved(text))["layers"]]


def test_entries_stand_in_the_order_of_use_with_the_path_of_their_copy() -> None:
    blocks = [(f"Dense({size})", f"{k}/3") for k in (1, 2, 3) for size in (120, 128)]
    assert listed(BLOCKS) == [("Dense(128)", "Dense(128)"), *blocks, ("Dense(10)", "Dense(10)")]
    values = [
        entry["weight_variance"]["value"] * 128 for entry in to_json(solved(BLOCKS))["layers"]
    ]
    assert values[1:6:2] == pytest.approx([1.0, 2.0, 1.2941], abs=1e-4)


def test_copies_inside_copies() -> None:
    text = "Input(8) >> 3 * Residual(LayerNorm() >> 5 * (Dense(8) >> relu))"
    paths = [(entry["path"][0], entry["path"][2]) for entry in to_json(solved(text))["layers"]]
    assert paths == [(f"{i}/3", f"{k}/5") for i in range(1, 4) for k in range(1, 6)]


@pytest.mark.parametrize("width", ["8", "n"])
def test_equal_copies_are_listed_one_by_one(width: str) -> None:
    text = f"Input({width}) >> 7 * Residual(LayerNorm() >> Dense({width}))"
    assert [path for _, path in listed(text)] == [f"{k}/7" for k in range(1, 8)]


def test_what_cant_be_listed_says_which_copies_it_stands_for() -> None:
    (entry,) = to_json(solved("Input(n) >> L * Residual(LayerNorm() >> Dense(n))"))["layers"]
    assert entry["path"][0] == "1…L/L"
    assert entry["copies"] == "L"


def test_the_same_layer_with_different_scales_says_where() -> None:
    found = {(layer.name, layer.where) for layer in solved(BLOCKS).layers}
    assert {("Dense(120)", f"in {k}/3") for k in (1, 2, 3)} < found
    assert ("Dense(128)", "") in found
    apart = solved(
        "Input(8) >> Dense(8) >> Residual(Dense(8)) >> relu >> Residual(Dense(8))"
    ).layers
    assert [layer.where for layer in apart if layer.fed_by == "the stream"] == ["no. 1", "no. 2"]


def test_the_order_can_be_sent() -> None:
    order = pickle.loads(pickle.dumps(solved(BLOCKS).in_order))
    assert [number for number, _ in order] == [0, 1, 4, 2, 4, 3, 4, 5]
