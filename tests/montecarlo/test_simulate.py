"""Sampled networks: what is drawn, how it is run, and that nothing but the seed decides it."""

import hashlib
import math
import os
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.montecarlo.networks import network
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.montecarlo import simulate as module
from varprop.montecarlo.network import (
    Block,
    DataInput,
    DenseNetwork,
    GaussianInput,
    GaussianPreactivation,
)
from varprop.montecarlo.simulate import Trajectories, block_size, simulate

ROOT = Path(__file__).parents[2]


def same(first: Trajectories, second: Trajectories) -> bool:
    return all(
        getattr(first, name).tobytes() == getattr(second, name).tobytes()
        for name in ("preactivations", "activations", "deltas")
    )


@pytest.mark.parametrize("feed", [GaussianPreactivation(2.0), GaussianInput(0.3, 1.5)], ids=str)
@pytest.mark.parametrize("widths", [(6, 9, 4, 3), (5, 2)], ids=str)
def test_a_run_is_the_textbook_network(feed, widths):
    depth = len(widths) - 1
    net = DenseNetwork(
        widths,
        (0.3, 0.5, 0.7)[:depth],
        LAWS.uniform,
        np.tanh,
        lambda h: 1 / np.cosh(h) ** 2,
        feed,
        bias_variances=(0.1, 0.0, 0.2)[:depth],
        inputs=3,
    )
    runs = simulate(net, block_size(net), seed=4, dtype="float64")
    block = Block(net, 4, 0, block_size(net), "float64")
    for k in range(0, block.networks, 17):
        h, x, slope = [], [], []
        fed = block.feed()[k]
        if net.first_level == 0:
            h, x, slope = [fed], [np.tanh(fed)], [1 / np.cosh(fed) ** 2]
        else:
            x = [fed]
        weights = {}
        for layer in range(1, depth + 1):
            weights[layer] = math.sqrt(net.weight_variances[layer - 1]) * block.weights(layer)[k]
            bias = block.biases(layer)
            h.append(weights[layer] @ x[-1] + (0 if bias is None else bias[k]))
            x.append(np.tanh(h[-1]))
            slope.append(1 / np.cosh(h[-1]) ** 2)
        deltas = [block.readout()[k]]
        for layer in range(depth, net.first_level, -1):
            back = weights[layer].T @ deltas[0]
            deltas.insert(0, back * slope[layer - 1 - net.first_level])
        for ours, theirs in (
            (runs.preactivations, h),
            (runs.activations, x),
            (runs.deltas, deltas),
        ):
            assert np.allclose(ours[k], [(a**2).mean(axis=0) for a in theirs], rtol=1e-12)


def test_the_number_of_networks_does_not_change_them():
    net = network("relu", 24)
    everything = simulate(net, 200, seed=3)
    size = block_size(net)
    assert same(everything.head(size), simulate(net, size, seed=3))
    later = simulate(net, 200 - size, seed=3, first=size)
    assert same(everything, Trajectories.join([everything.head(size), later]))
    assert not same(everything, simulate(net, 200, seed=4))


def test_workers_do_not_change_a_bit():
    net = network("tanh", 300)
    alone = simulate(net, 6, seed=1)
    for workers in (1, 2, 5):
        with ThreadPoolExecutor(workers) as pool:
            assert same(alone, simulate(net, 6, seed=1, executor=pool))


def test_drawing_again_on_the_way_back_does_not_change_a_bit(monkeypatch):
    net = network("relu", 60)
    kept = simulate(net, 32, seed=1)
    monkeypatch.setattr(module, "KEPT_WEIGHTS", 0)
    assert same(kept, simulate(net, 32, seed=1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_explosion_is_a_result_and_no_warning(dtype):
    net = network("linear", 50, depth=40, wrong=1e12 if dtype == "float32" else 1e40)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        runs = simulate(net, 8, dtype=dtype)
    level = runs.exploded_at()
    assert level is not None
    assert 3 < level < 10
    assert np.isfinite(runs.preactivations[:, :level]).all()
    assert simulate(network("relu", 50), 8).exploded_at() is None


def test_inputs_come_in_opposite_pairs_of_the_right_variance():
    drawn = GaussianPreactivation(4.0).draw(np.random.default_rng(0), (1, 100_000, 5), "float64")
    assert (drawn[..., 3:] == -drawn[..., :2]).all()
    assert (drawn**2).mean() == pytest.approx(4, rel=0.02)


def test_gaussian_input_has_its_mean_and_second_moment():
    drawn = GaussianInput(1.0, 3.0).draw(np.random.default_rng(0), (1, 200_000, 1), "float64")
    assert drawn.mean() == pytest.approx(1, abs=0.02)
    assert (drawn**2).mean() == pytest.approx(3, rel=0.02)


def test_data_rows_are_what_enters():
    rows = np.arange(12.0).reshape(4, 3)
    drawn = DataInput(rows).draw(np.random.default_rng(0), (5, 3, 2), "float64")
    assert drawn.shape == (5, 3, 2)
    assert {tuple(drawn[k, :, i]) for k in range(5) for i in range(2)} <= set(map(tuple, rows))


BAD = {
    "too few variances": ({"weight_variances": (1.0,)}, "2 layers"),
    "negative variance": ({"weight_variances": (1.0, -1.0)}, "not negative"),
    "infinite variance": ({"weight_variances": (1.0, math.inf)}, "finite"),
    "no layer": ({"widths": (3,), "weight_variances": ()}, "at least two widths"),
    "width zero": ({"widths": (3, 0, 2)}, "at least 1"),
    "wrong features": ({"feed": DataInput(np.ones((2, 4)))}, "4 features"),
    "NaN in data": ({"feed": DataInput(np.full((2, 3), np.nan))}, "NaN"),
    "empty data": ({"feed": DataInput(np.ones((0, 3)))}, "non-empty"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_networks_are_refused(case):
    change, message = BAD[case]
    good = {"widths": (3, 4, 2), "weight_variances": (1.0, 1.0)}
    with pytest.raises(BadInput, match=message):
        DenseNetwork(
            **(good | {"law": LAWS.normal, "activation": np.tanh, "derivative": np.tanh} | change)
        )


def test_an_impossible_input_is_refused():
    with pytest.raises(BadInput, match="at least the squared mean"):
        GaussianInput(2.0, 1.0)


def test_spread_between_networks_follows_the_exact_law():
    # E[Q²]/E[Q]² = (1 + 5/n)^L for He-ReLU: one factor per layer, here from h_0 ~ N(0, 1) exactly,
    # so that x_0 brings its own factor 1 + 5/n and h_L a last 1 + 2/n in place of one of them.
    width, depth, networks = 64, 5, 16_384
    runs = simulate(network("relu", width, depth, inputs=1), networks, seed=2, backward=False)
    squared_length = 2 * runs.activations[:, -1, 0]
    ratio = (squared_length**2).mean() / squared_length.mean() ** 2
    groups = squared_length.reshape(64, -1)
    spread = (groups**2).mean(axis=1) / groups.mean(axis=1) ** 2
    error = spread.std(ddof=1) / 8
    assert abs(ratio - (1 + 5 / width) ** (depth + 1)) < 4 * error
    assert error < 0.02 * ratio


def fingerprint():
    digest = hashlib.sha256()
    for net in (network("relu", 300, 2), network("tanh", 70, law="orthogonal", inputs=1)):
        runs = simulate(net, 4, seed=5)
        for part in (runs.preactivations, runs.activations, runs.deltas):
            digest.update(part.tobytes())
    return digest.hexdigest()


def test_bits_do_not_depend_on_blas_threads():
    code = "from tests.montecarlo.test_simulate import fingerprint; print(fingerprint())"
    found = set()
    for threads in ("1", "2"):
        names = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
        environment = os.environ | dict.fromkeys(names, threads)
        command = [sys.executable, "-c", code]
        run = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True
        )
        found.add(run.stdout)
    assert len(found) == 1
