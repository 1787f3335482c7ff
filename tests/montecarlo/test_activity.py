"""Activations unit by unit: the moments and histograms of what was sampled, bit by bit the same."""

import numpy as np
import pytest

from tests.montecarlo.networks import network
from varprop.errors import BadInput
from varprop.montecarlo.activity import activity
from varprop.montecarlo.network import GaussianInput
from varprop.montecarlo.simulate import simulate


def relu(width=48, depth=3, **kwargs):
    return network("relu", width, depth, feed=GaussianInput(), **kwargs)


def test_second_moments_are_those_of_the_simulation():
    net = relu()
    seen = activity(net, 6, seed=4)
    runs = simulate(net, 6, seed=4, backward=False)
    expected = runs.activations.mean(axis=(0, 2))
    assert [one.second_moment for one in seen] == pytest.approx(list(expected), rel=1e-5)
    error = runs.activations.mean(axis=2).std(axis=0, ddof=1) / 6**0.5
    assert [one.standard_error for one in seen] == pytest.approx(list(error), rel=1e-4)


def test_every_value_is_counted_once():
    net = relu()
    for one in activity(net, 5, bins=12):
        assert len(one.counts) == 12
        values = 5 * 48 * net.inputs
        kept = one.counts.sum() + one.outside * values * (1 - one.zeros)
        assert kept + one.zeros * values == pytest.approx(values, rel=1e-9)
        assert one.outside < 0.003


def test_half_of_relu_is_zero_and_the_rest_a_half_normal():
    seen = activity(relu(256, 1, inputs=64), 64, seed=1)
    assert seen[0].zeros == 0
    assert seen[1].zeros == pytest.approx(0.5, abs=0.01)
    assert seen[1].mean / seen[1].second_moment ** 0.5 == pytest.approx(np.pi**-0.5, rel=0.02)


def test_an_exploding_network_is_a_result():
    seen = activity(network("relu_squared", 64, 12, wrong=100, feed=GaussianInput()), 3)
    assert seen[-1].lost == 1
    assert not np.isfinite(seen[-1].second_moment)
    assert seen[1].lost == 0


def test_a_dead_network_is_a_result():
    seen = activity(network("relu", 64, 2, wrong=0.0, feed=GaussianInput()), 3)
    assert seen[-1].zeros == 1
    assert seen[-1].counts.sum() == 0
    assert seen[-1].std == 0


def test_one_seed_gives_one_picture():
    first, second, other = (activity(relu(), 4, seed=seed) for seed in (1, 1, 2))
    assert all((a.counts == b.counts).all() for a, b in zip(first, second, strict=True))
    assert any((a.counts != b.counts).any() for a, b in zip(first, other, strict=True))


def test_one_network_is_no_sample():
    with pytest.raises(BadInput, match="2 of each or more"):
        activity(relu(), 1)
