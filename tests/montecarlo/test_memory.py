"""What does not fit is refused with figures before anything is drawn; the estimate is honest."""

import tracemalloc

import pytest

from tests.montecarlo.networks import network
from varprop.errors import BadInput
from varprop.montecarlo import memory
from varprop.montecarlo.marginal import block_size as marginal_block
from varprop.montecarlo.marginal import simulate_marginal
from varprop.montecarlo.memory import free_bytes, in_words, marginal_bytes, simulation_bytes
from varprop.montecarlo.pairs import simulate_overlaps, singular_values
from varprop.montecarlo.simulate import KEPT_WEIGHTS, block_size, simulate


@pytest.mark.parametrize("run", [simulate, simulate_overlaps, singular_values])
def test_a_matrix_that_does_not_fit_is_refused(run):
    with pytest.raises(BadInput, match=r"a network 1000000 wide needs about \d.* TiB, and .* free"):
        run(network("linear", 10**6, 1, inputs=2), 1)


def test_signals_that_do_not_fit_are_refused():
    with pytest.raises(BadInput, match="narrower layers or fewer"):
        simulate_marginal(network("linear", 10**12, 4, inputs=1), 1)


def test_the_figure_follows_what_is_free(monkeypatch):
    net = network("relu", 256, 4)
    monkeypatch.setattr(memory, "free_bytes", lambda: 10**5)
    with pytest.raises(BadInput, match=r"97\.7 KiB are free"):
        simulate(net, 1)
    monkeypatch.setattr(memory, "free_bytes", lambda: None)
    simulate(net, 1)


def peak(task):
    tracemalloc.start()
    task()
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize(("width", "depth"), [(300, 6), (900, 12), (40, 3)])
def test_the_estimate_is_near_the_peak(width, depth, backward):
    net = network("relu", width, depth)
    size = block_size(net)
    kept = backward and size * net.weights <= KEPT_WEIGHTS
    expected = simulation_bytes(net, size, "float32", kept=kept, backward=backward)
    used = peak(lambda: simulate(net, 1, backward=backward))
    assert used < 1.1 * expected
    assert expected < 4 * used


def test_memory_does_not_grow_with_the_networks():
    net = network("relu", 300, 4)
    one, many = (peak(lambda n=n: simulate(net, n)) for n in (1, 24))
    assert many < 1.1 * one


def test_the_marginal_estimate_is_near_the_peak():
    net = network("tanh", 2**15, 4, inputs=2)
    expected = marginal_bytes(net, marginal_block(net), "float64")
    used = peak(lambda: simulate_marginal(net, 1))
    assert expected / 4 < used < 1.1 * expected


def test_free_memory_is_a_sensible_figure():
    free = free_bytes()
    assert free is None or 2**20 < free < 2**50


@pytest.mark.parametrize(
    ("count", "words"), [(12, "12 bytes"), (2048, "2.0 KiB"), (3 * 2**40, "3.0 TiB")]
)
def test_bytes_in_words(count, words):
    assert in_words(count) == words
