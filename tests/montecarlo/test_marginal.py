"""Networks without weights have the law of networks with weights, at any width."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ks_2samp

from tests.montecarlo.networks import network, prediction
from varprop.errors import BadInput
from varprop.montecarlo.marginal import block_size, simulate_marginal
from varprop.montecarlo.network import GaussianInput
from varprop.montecarlo.simulate import Trajectories, simulate
from varprop.montecarlo.verify import verify_dense
from varprop.verdict import Verdict

RUNS = 6000


def statistics(runs):
    before, after, delta = runs.preactivations, runs.activations, runs.deltas
    return {
        "q": before[:, -1, 0],
        "length": after[:, 1, 0],
        "gradient": delta[:, 0, 0],
        "both ways": before[:, 1, 0] * delta[:, 0, 0],
        "two inputs": before[:, -1, 0] * before[:, -1, 1],
        "two gradients": delta[:, 0, 0] * delta[:, 0, 1],
        "rise": before[:, -1, 0] - before[:, 1, 0],
    }


@pytest.mark.parametrize("feed", ["h", "x"])
@pytest.mark.parametrize("name", ["relu", "tanh", "linear"])
def test_the_law_is_that_of_networks_with_weights(name, feed):
    net = replace(network(name, 9, 3, inputs=2), bias_variances=(0.1, 0.0, 0.3))
    if feed == "x":
        net = replace(net, feed=GaussianInput(0.5, 1.5))
    full = statistics(simulate(net, RUNS, seed=1, dtype="float64"))
    short = statistics(simulate_marginal(net, RUNS, seed=2))
    for what, values in full.items():
        assert ks_2samp(values, short[what]).pvalue > 1e-4, what


def test_opposite_inputs_share_their_weights():
    net = network("linear", 16, 2, inputs=2)
    runs = simulate_marginal(net, 64)
    assert np.allclose(runs.preactivations[..., 0], runs.preactivations[..., 1])


def test_verdicts_are_those_of_the_full_simulation():
    for wrong, verdict in ((1.0, Verdict.AGREES), (1.1, Verdict.DISAGREES)):
        checks = verify_dense(
            network("tanh", 256, wrong=wrong),
            prediction("tanh"),
            samples=1024,
            simulator=simulate_marginal,
        )
        assert {check.verdict for check in checks} == {verdict}


def test_a_million_units():
    net = network("relu", 10**6, 2, inputs=1)
    runs = simulate_marginal(net, 2, dtype="float32")
    assert runs.preactivations == pytest.approx(1, abs=0.02)
    assert runs.deltas == pytest.approx(1, abs=0.02)


def test_one_seed_one_result_on_any_number_of_workers():
    net = network("tanh", 4096, 3, inputs=2)
    assert block_size(net) < 64

    def bits(runs):
        return runs.preactivations.tobytes() + runs.deltas.tobytes()

    alone = simulate_marginal(net, 48, seed=3)
    with ThreadPoolExecutor(2) as pool:
        assert bits(simulate_marginal(net, 48, seed=3, executor=pool)) == bits(alone)
    size = block_size(net)
    later = simulate_marginal(net, 48 - size, seed=3, first=size)
    assert bits(Trajectories.join([alone.head(size), later])) == bits(alone)


def test_an_explosion_is_a_result():
    runs = simulate_marginal(network("linear", 64, 6, wrong=1e80, inputs=2), 4)
    assert runs.exploded_at() is not None


def test_only_gaussian_weights_and_few_inputs():
    with pytest.raises(BadInput, match="Gaussian weights"):
        simulate_marginal(network("relu", 64, law="uniform", inputs=2), 1)
    with pytest.raises(BadInput, match="64 or more"):
        simulate_marginal(network("relu", 32, inputs=16), 1)
