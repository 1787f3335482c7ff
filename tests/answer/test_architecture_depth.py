"""What ``propagate`` says of whole networks: gradients of two inputs, and trends along the stream."""

from __future__ import annotations

import math

import pytest

from varprop.answer.architecture import solve_network
from varprop.answer.architecture_signal import propagate_network
from varprop.answer.architecture_text import read_network
from varprop.answer.propagate import propagate
from varprop.networks.network import network
from varprop.networks.zoo import NETWORKS


@pytest.mark.parametrize("act", ["relu", "tanh", "gelu"])
def test_gradients_of_two_inputs_as_in_the_dense_recurrence(act: str) -> None:
    """Both ways to the same product of E[φ'(u)φ'(v)]/E[φ'²]."""
    net = read_network(f"Input(64) >> 6 * (Dense(64) >> {act}) >> Dense(64)", ())
    by_layers = [
        level.gradient_correlation
        for level in propagate_network(net, correlation=0.3).levels
        if level.q is not None
    ]
    dense = propagate(act, [64] * 8, correlation=0.3).levels[1:]
    for one, other in zip(by_layers, dense, strict=True):
        assert one is not None
        assert other.gradient_correlation is not None
        assert math.isclose(one, other.gradient_correlation, rel_tol=1e-8)


def test_plain_relu_shatters_and_a_residual_stack_does_not() -> None:
    """At c = 0: about 2^−L and less than a power of L. Source: Balduzzi et al. 2017."""
    plain = read_network("Input(64) >> 24 * (Dense(64) >> relu)", ())
    block = "Residual(BatchNorm() >> relu >> Dense(64), scale=1/5)"
    alike = [
        propagate_network(net).levels[0].gradient_correlation
        for net in (plain, read_network(f"Input(64) >> 24 * {block}", ()))
    ]
    assert alike[0] is not None
    assert alike[1] is not None
    assert alike[0] < 0.02
    assert alike[1] > 20 * alike[0]


def test_trends_run_along_the_stream() -> None:
    """Inside a branch the gradient is 1/25 of the stream's, which says nothing about depth."""
    text = "Input(64) >> 20 * Residual(LayerNorm() >> Dense(64) >> relu >> Dense(64), scale=1/5) >> Dense(10)"
    found = propagate_network(read_network(text, ()))
    assert found.blocks == 20
    assert found.verdict == "stable"
    factor = found.gradient.rate
    assert math.isclose(factor, (1.8 / 1.4) ** (1 / 10), rel_tol=0.02)


def test_a_chain_has_its_trend_by_layers() -> None:
    """Without skip paths the weight layers are the points."""
    assert propagate_network(read_network("Input(8) >> 3 * (Dense(8) >> relu)", ())).blocks is None


@pytest.mark.parametrize("name", list(NETWORKS))
def test_every_network_of_the_zoo_is_solved_and_followed(name: str) -> None:
    """Each tensor gets a positive, finite scale; signal and gradient stay numbers."""
    net = network(NETWORKS[name].small)
    solution = solve_network(net)
    values = [layer.weight_variance.value for layer in solution.layers]
    assert all(value is not None and 0 < value < math.inf for value in values)
    assert solution.passage is not None
    assert math.isfinite(solution.passage.gradient)
    levels = propagate_network(net).levels
    assert all(math.isfinite(level.second_moment) for level in levels)


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "vit_b16", "convnext_tiny"])
def test_full_size_networks_are_solved(name: str) -> None:
    """Large maps take ways of their own."""
    solution = solve_network(network(NETWORKS[name].spec))
    assert solution.passage is not None
    assert math.isfinite(solution.passage.gradient)


@pytest.mark.parametrize(
    "text",
    [
        "Input(16, 12, 12) >> Conv2d(32, 3) >> relu >> MaxPool2d(2) >> Conv2d(32, 3) >> relu >> Dense(8)",
        "Input(16, 12, 12) >> Conv2d(32, 3) >> relu >> GlobalAvgPool() >> Dense(32) >> gelu >> Dense(8)",
        "Input(16, tokens=6) >> Dense(32) >> relu >> SelfAttention(4) >> GlobalAvgPool() >> Dense(8)",
        "Input(16) >> Dense(32) >> tanh >> Dropout(0.2) >> Dense(8)",
    ],
)
def test_solve_and_propagate_use_the_same_scales(text: str) -> None:
    """What positions have in common enters both: every weight layer's q is the 1 that was asked for."""
    text = text.replace("relu >> Dense(8)", "relu >> Flatten() >> Dense(8)")
    net = read_network(text, ())
    found = [level.q for level in propagate_network(net).levels if level.q is not None]
    assert found == pytest.approx([1.0] * len(found), rel=1e-9)
    layers = solve_network(net).layers
    scales = [layer.weight_variance.value for layer in layers for _ in range(int(layer.copies))]
    followed = propagate_network(net).followed
    assert followed is not None
    assert sorted(v for v, _ in followed.scales) == pytest.approx(sorted(scales), rel=1e-9)


def test_an_attention_is_one_step_of_depth() -> None:
    """Its queries, keys and values lie beside the stream: their gradients are no decay in depth."""
    block = "SelfAttention(2) >> Dense(64) >> relu >> "
    found = propagate_network(network(f"Input(64, tokens=8) >> {2 * block}Dense(10)"))
    assert found.steps == 5
    # queries and keys get a tenth of it, which made this vanishing
    assert found.gradient.verdict == "stable"


def test_rows_of_one_name_are_numbered() -> None:
    found = propagate_network(
        network("Input(8) >> Dense(8) >> relu >> Dense(8) >> relu >> Dense(8)")
    )
    names = [level.name for level in found.levels]
    assert names == ["input", "Dense(8) >> relu", "Dense(8) >> relu #2", "Dense(8)"]
