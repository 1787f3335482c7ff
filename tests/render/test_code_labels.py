"""Every entry of an emitted table has a label of its own, and the message that asks for one works."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.render.test_code import close, run
from varprop.answer.architecture import solve_network
from varprop.networks.network import network
from varprop.networks.zoo import NETWORKS
from varprop.render.code import initialiser_code

THREE = "Input(64) >> Dense(64) >> relu >> Dense(64) >> Dense(64)"
BLOCKS = "Input(96, tokens=8) >> 2 * Residual(LayerNorm() >> SelfAttention(4))"
CHAIN = "Input(96, tokens=8) >> SelfAttention(4) >> SelfAttention(4)"
CELLS = "Input(24, tokens=5) >> LSTM(24, forget_bias=1) >> relu >> LSTM(24, forget_bias=1)"


def scope(text: str, library: str = "torch") -> dict[str, Any]:
    return run(initialiser_code(solve_network(network(text)), library))


@pytest.mark.parametrize(
    "text", [THREE, BLOCKS, CHAIN, CELLS, *(entry.small for entry in NETWORKS.values())]
)
def test_labels_are_different(text: str) -> None:
    labels = [entry[0] for entry in scope(text, "numpy")["SCALES"]]
    assert len(set(labels)) == len(labels)


def test_labels_say_where_a_tensor_stands() -> None:
    labels = [entry[0] for entry in scope(BLOCKS, "numpy")["SCALES"]]
    assert "attention projection (in 1/2)" in labels
    assert "attention projection (in 2/2)" in labels


def linear(count: int, width: int) -> Any:
    nn = pytest.importorskip("torch").nn
    return nn.ModuleList([nn.Linear(width, width) for _ in range(count)])


@pytest.mark.parametrize(
    ("text", "count", "width"), [(THREE, 3, 64), (BLOCKS, 8, 96), (CHAIN, 8, 96)]
)
def test_following_the_message_ends_with_every_tensor_at_its_scale(
    text: str, count: int, width: int
) -> None:
    model = linear(count, width)
    emitted = scope(text)
    names: dict[str, int] = {}
    for _ in range(count):
        try:
            emitted["initialise"](model, names)
        except ValueError as error:
            name, numbers = asked(str(error), emitted["SCALES"])
            assert name not in names
            names[name] = numbers[-1]
        else:
            break
    emitted["initialise"](model, names)
    drawn = sorted(float(layer.weight.detach().square().mean()) for layer in model)
    wanted = sorted(e[2] ** 2 for e in emitted["SCALES"] for _ in range(e[3]))
    assert drawn == pytest.approx(wanted, rel=0.1)
    for name, number in names.items():
        weight = model.get_parameter(name).detach().numpy()
        assert close(weight, emitted["SCALES"][number][2] ** 2)


def asked(message: str, table: list[Any]) -> tuple[str, list[int]]:
    """Return the tensor that a message asks about and the numbers it offers, each with its label."""
    name = message.partition(" ")[0]
    offered = [number for number, entry in enumerate(table) if f" {number}: {entry[0]}" in message]
    assert offered == [int(n) for n in re.findall(r"[ ](\d+): ", message)]
    return name, offered


def test_the_message_names_the_numbers_of_equal_entries() -> None:
    model = linear(3, 64)
    with pytest.raises(
        ValueError,
        match=r"could be 0: .*the input data\), 1: .*relu\(h\)\), 2: .*by h\): say which in names=",
    ):
        scope(THREE)["initialise"](model)


def test_the_message_leaves_out_what_is_taken() -> None:
    model = linear(8, 96)
    with pytest.raises(ValueError, match=r"could be 1: attention key"):
        scope(CHAIN)["initialise"](model, {"0.weight": 0})


def test_numpy_finds_the_forget_biases_of_labelled_cells() -> None:
    drawn = scope(CELLS, "numpy")["draw_biases"]()
    held = [b for b in drawn if b is not None]
    assert len(held) == 2
    for b in held:
        assert (b[24:48] == 1).all()
        assert b.sum() == 24
