"""Infinite width from two finite ones: the 1/n term is found, taken out, and never mistaken."""

from functools import partial

import numpy as np
import pytest

from tests.montecarlo.networks import ACTIVATIONS, network, prediction
from varprop.errors import BadInput
from varprop.montecarlo.limit import extrapolate
from varprop.montecarlo.limit_series import verify_correlation_limit, verify_limit
from varprop.montecarlo.network import GaussianInput
from varprop.montecarlo.pairs import CorrelatedInput
from varprop.montecarlo.ratios import Prediction
from varprop.montecarlo.replicates import Effort
from varprop.verdict import Verdict

EFFORT = Effort(tolerance=0.1, samples=2**13, level=0.999)


def of_width(name, width, wrong=1.0, depth=3):
    return network(name, width, depth, wrong=wrong, inputs=1), prediction(name, depth)


def test_the_first_order_is_taken_out_and_the_second_is_bounded():
    rng = np.random.default_rng(0)
    n, first, second = 50, 4.0, 12.0
    means = [1 + first / width + second / width**2 for width in (n, 2 * n)]
    found = extrapolate(*(mean + 1e-4 * rng.standard_normal(4000) for mean in means))
    assert found.term == pytest.approx(first / (2 * n) + 0.75 * second / n**2, abs=1e-5)
    remainder = -second / (2 * n**2)
    assert found.extrapolated.value == pytest.approx(1 + remainder, abs=2e-5)
    assert found.left > abs(remainder)


@pytest.mark.parametrize("name", ["relu", "tanh", "silu"])
def test_whole_networks_agree_and_a_tenth_too_much_a_layer_does_not(name):
    for wrong, verdict in ((1.0, Verdict.AGREES), (1.1, Verdict.DISAGREES)):
        forward, gradient = verify_limit(partial(of_width, name, wrong=wrong), EFFORT, width=64)
        if name == "tanh" and wrong != 1:
            forward = gradient
        assert forward.verdict is verdict, (name, wrong, forward)
        assert gradient.verdict is verdict, (name, wrong, gradient)


def test_the_check_says_what_was_taken_out():
    check, _ = verify_limit(partial(of_width, "tanh"), EFFORT, width=64)
    assert check.finite_width is not None
    assert (check.width, check.depth) == (128, 3)
    assert "limit of widths 64 and 128" in check.note
    assert "1/n term" in check.note


def test_the_finite_width_term_is_the_known_one():
    # For a homogeneous activation E[q] is exact at every width: its 1/n term is 0. A network of
    # squares has E[q₂]/q₂ = 1 + 2·Var(q̂₁)/… > 1: relu_squared after two layers.
    effort = Effort(tolerance=0.9, samples=2**15, level=0.99)
    relu, _ = verify_limit(partial(of_width, "relu"), effort, width=32)
    assert abs(relu.finite_width) < 4 * relu.standard_error
    cubic, _ = verify_limit(partial(of_width, "relu_squared", depth=2), effort, width=512)
    # E[relu(h)⁴ | x] is quadratic in Σx², whose relative variance at q = 1 is (E φ⁴/E[φ²]² − 1)/n.
    entry = ACTIVATIONS["relu_squared"]
    fourth = 105 / 2
    exact = (fourth / entry.second_moment**2 - 1) / 1024
    assert cubic.finite_width == pytest.approx(exact, abs=5 * cubic.standard_error)


def test_one_seed_gives_one_result():
    first, second = (verify_limit(partial(of_width, "tanh"), EFFORT, width=64) for _ in "ab")
    assert [c.observed for c in first] == [c.observed for c in second]
    other = verify_limit(partial(of_width, "tanh"), EFFORT, width=64, stream=7)
    assert other[0].observed != first[0].observed


def test_the_correlation_of_a_linear_network_is_kept():
    """The limit is the fed correlation, whatever finite networks have."""
    fed, depth = 0.5, 3

    def build(width):
        return network("linear", width, depth, feed=CorrelatedInput(1.0, fed), inputs=2)

    effort = Effort(0.05, 2**13)
    (check,) = verify_correlation_limit(build, fed, effort, width=64)
    assert check.verdict is Verdict.AGREES
    assert (check.width, check.depth) == (128, depth)
    (off,) = verify_correlation_limit(build, 1.2 * fed, effort, width=64)
    assert off.verdict is Verdict.DISAGREES
    with pytest.raises(BadInput, match="no relative error"):
        verify_correlation_limit(build, 0.0, effort)


def test_a_network_fed_by_data_is_refused():
    def fed(width):
        net = network("relu", width, 2, feed=GaussianInput(), inputs=1)
        return net, Prediction((1.0, 1.0), (1.0,))

    with pytest.raises(BadInput, match="first pre-activation"):
        verify_limit(fed, EFFORT)
