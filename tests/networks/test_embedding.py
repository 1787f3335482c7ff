"""Embedding: fan_in is 1, ids have no gradient, counts as published."""

from __future__ import annotations

import numpy as np
import pytest

from tests.networks.drawn import drawn, folded
from varprop.errors import BadInput
from varprop.networks.network import InputLaw, fold, network
from varprop.networks.zoo import NETWORKS


def test_the_second_moment_is_the_variance_of_a_weight_whatever_the_sizes() -> None:
    for text in ("Input(1, tokens=4) >> Embedding(8, 10)", "Input(1) >> Embedding(512, 50257)"):
        signal, gradient, _ = folded(text, 0.25)
        assert signal.second == 0.25
        assert gradient == 0


def test_the_correlation_of_two_inputs_is_the_share_of_equal_ids() -> None:
    net = network("Input(1, tokens=4) >> Embedding(8, 10)")
    *_, setting = folded(str(net))
    crosses = [fold(net, setting, InputLaw(2, 0, c))[0].cross for c in (0, 1, 2)]
    assert crosses == pytest.approx([0.1, 0.55, 1.0])


def test_every_id_has_its_row_and_equal_ids_the_same() -> None:
    layer = drawn("Input(1, tokens=5) >> Embedding(6, 7)")
    x = np.random.default_rng(0).standard_normal((400, 5, 1))
    rows = layer.forward(x).reshape(-1, 6)
    assert len(np.unique(rows, axis=0)) == 7
    assert (layer.forward(x).reshape(-1, 6) == rows).all()
    assert not layer.backward(layer.forward(x)).any()


def test_gpt2_has_the_published_number_of_parameters() -> None:
    assert network(NETWORKS["gpt2_small"].spec).parameters() == 124_439_808


@pytest.mark.parametrize("first", ["Input(3, tokens=4)", "Input(1, 8, 8)", "Input(64)"])
def test_more_than_one_id_per_token_is_refused(first: str) -> None:
    with pytest.raises(BadInput, match=r"one id per token.*Input\(1, tokens=128\)"):
        network(f"{first} >> Embedding(8, 10)")
