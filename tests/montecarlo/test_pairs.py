"""Two inputs, a batch of data, and the Jacobian, against exact laws."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ks_2samp

from tests.montecarlo.networks import network
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.montecarlo.pairs import (
    CorrelatedPreactivation,
    Overlaps,
    marginal_overlaps,
    simulate_overlaps,
    singular_values,
    squared_singular_moments,
)


def within(values, expected):
    error = values.std(axis=0, ddof=1) / math.sqrt(len(values))
    return (abs(values.mean(axis=0) - expected) < 4.5 * error).all()


def test_the_arc_cosine_kernel():
    # E[relu(u) relu(v)] at q = 1: (sin t + (π − t) cos t)/(2π), c = cos t. Cho and Saul 2009.
    c = 0.5
    angle = math.acos(c)
    kernel = (math.sin(angle) + (math.pi - angle) * c) / (2 * math.pi)
    net = replace(network("relu", 64, 1, inputs=2), feed=CorrelatedPreactivation(1.0, c))
    found = simulate_overlaps(net, 4000, dtype="float64")
    assert within(found.covariances(), [c, 2 * kernel])
    assert within(found.second_moments(), [1.0, 1.0])


@pytest.mark.parametrize("c", [-0.3, 0.0, 0.8, 1.0])
def test_the_data_variance_is_q_times_one_minus_c(c):
    net = replace(network("linear", 48, 2, inputs=4), feed=CorrelatedPreactivation(2.0, c))
    found = simulate_overlaps(net, 2000, dtype="float64")
    measured = found.data_variances()
    expected = 2.0 * (1 - c) * np.ones(3)
    assert within(measured, expected) or np.allclose(measured.mean(axis=0), expected, atol=1e-9)
    assert within(found.second_moments(), [2.0, 2.0, 2.0])


def test_a_data_variance_is_what_numpy_measures():
    net = network("tanh", 8, 1, inputs=5)
    from varprop.montecarlo.network import Block
    from varprop.montecarlo.simulate import block_size

    size = block_size(net)
    h = Block(net, 0, 0, size, "float64").feed()
    found = simulate_overlaps(net, size, dtype="float64").data_variances()[:, 0]
    assert found == pytest.approx(h.var(axis=2, ddof=1).mean(axis=1))


def test_singular_values_of_one_gaussian_matrix():
    # E tr(WᵀW)² = v² n m (n + m + 1), E tr WᵀW = v n m.
    values = singular_values(network("linear", 24, 1, inputs=1), 3000)
    assert values.shape == (3000, 24)
    assert (np.diff(values, axis=1) <= 1e-12).all()
    assert within((values**2).mean(axis=1), 1.0)
    assert within((values**4).mean(axis=1), (24 + 24 + 1) / 24)


@pytest.mark.parametrize(("law", "act"), [("normal", "tanh"), ("orthogonal", "relu")])
def test_moments_by_traces_are_those_of_the_singular_values(law: str, act: str) -> None:
    net = replace(network(act, 20, 3, inputs=1), law=LAWS[law])
    squares = singular_values(net, 5) ** 2
    expected = np.stack([squares.mean(axis=1), (squares**2).mean(axis=1)], axis=1)
    assert squared_singular_moments(net, 5) == pytest.approx(expected, rel=1e-10)


def test_the_jacobian_of_a_deep_network():
    net = network("tanh", 20, 3, inputs=1)
    step = 1e-6
    from varprop.montecarlo.network import Block
    from varprop.montecarlo.simulate import block_size

    block = Block(net, 0, 0, block_size(net), "float64")
    h0 = block.feed()[0, :, :1]

    def run(h):
        for layer in range(1, 4):
            h = net.scale(layer) * block.weights(layer)[0] @ np.tanh(h)
        return h

    jacobian = np.column_stack(
        [
            (run(h0 + step * e[:, None]) - run(h0 - step * e[:, None])) / (2 * step)
            for e in np.eye(20)
        ]
    )
    expected = np.linalg.svd(jacobian, compute_uv=False)
    assert singular_values(net, 1)[0] == pytest.approx(expected, rel=1e-5, abs=1e-8)


def test_bad_requests():
    with pytest.raises(BadInput, match="two inputs"):
        simulate_overlaps(network("relu", 8, 1, inputs=1), 2)
    net = replace(network("relu", 8, 1, inputs=4), feed=CorrelatedPreactivation(1.0, -0.5))
    with pytest.raises(BadInput, match="can't all have"):
        simulate_overlaps(net, 2)


def test_overlaps_without_weights_have_the_same_law():
    net = network("tanh", 24, 3, feed=CorrelatedPreactivation(1.0, 0.4), inputs=3)
    full = simulate_overlaps(net, 3000, seed=1)
    short = marginal_overlaps(net, 3000, seed=2)
    for observe in (Overlaps.second_moments, Overlaps.covariances, Overlaps.data_variances):
        for level in range(net.depth + 1):
            both = observe(full)[:, level], observe(short)[:, level]
            assert ks_2samp(*both).pvalue > 1e-4
    with pytest.raises(BadInput, match="Gaussian weights"):
        marginal_overlaps(network("tanh", 24, 3, law="uniform", inputs=2), 2)
