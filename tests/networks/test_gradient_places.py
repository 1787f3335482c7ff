"""Gradients of positions that resemble each other: against direct sums over arrays of gradients."""

from __future__ import annotations

import numpy as np
import pytest

from tests.networks.drawn import folded
from varprop.answer.architecture_signal import propagate_network
from varprop.networks.gradient_places import (
    apart,
    everywhere_alike,
    near_of,
    placed,
    through_spread,
    through_weights,
    total,
)
from varprop.networks.lag_maps import normalised, over_lags
from varprop.networks.network import network
from varprop.networks.pool_gradients import _joint, before_mean
from varprop.networks.signal import Gradient
from varprop.networks.spatial import Window

WINDOW = Window((3, 2), (2, 1), (1, 0), (1, 1))


def likeness(delta: np.ndarray) -> np.ndarray:
    """Return Σ_p δ(p)δ(p + d) at every lag of one array of gradients."""
    rows, columns = delta.shape
    found = np.zeros((2 * rows - 1, 2 * columns - 1))
    for p in np.ndindex(delta.shape):
        for r in np.ndindex(delta.shape):
            found[r[0] - p[0] + rows - 1, r[1] - p[1] + columns - 1] += delta[p] * delta[r]
    return found


def test_a_mean_hands_pairs_of_positions_what_their_windows_share() -> None:
    # a gradient that is 1 everywhere: E[δ(w)δ(w̃)] = 1 for every pair of windows
    into = (5, 4)
    out = tuple(WINDOW.length(n, axis) for axis, n in enumerate(into))
    below = WINDOW.spread(np.ones(out), into)
    assert np.allclose(
        over_lags(everywhere_alike(out), WINDOW, into, out, same=False), likeness(below)
    )


def test_independent_windows_are_alike_where_they_overlap_alone() -> None:
    window, into, out = Window((3,), (1,), (0,), (1,)), (8,), (6,)
    more, near = before_mean(None, window, into, out)
    assert more == 1.0
    held = near[7:] * np.arange(8, 0, -1)
    # δ(p) sums three windows: (3·6, 2·6, 1·6) pairs at lags 0, 1, 2
    assert np.allclose(held / held[0], [1, 2 / 3, 1 / 3, 0, 0, 0, 0, 0])


def test_a_strided_convolution_keeps_multiples_of_its_stride() -> None:
    window = Window((3,), (2,), (1,), (1,))
    found = through_weights(np.full(7, 0.5) + 0.5 * (np.arange(7) == 3), window, (8,), (4,))
    assert np.allclose(found[7::2][1:], 0.5, atol=0.2)
    assert not found[6::2].any() or np.allclose(found[8::2], 0)
    assert np.allclose(through_spread(np.arange(15.0), window, (4,)), np.arange(1.0, 15.0, 2))


@pytest.mark.parametrize("lag", [(0, 0), (1, 0), (1, 1), (0, -2)])
def test_chances_of_two_largest_are_those_of_drawn_values(lag: tuple[int, int]) -> None:
    window, rng = Window((2, 3), (1, 1), (0, 0), (1, 1)), np.random.default_rng(0)
    away, chance = _joint(window, lag)
    assert chance.sum() == pytest.approx(1)
    x = rng.standard_normal((20_000, 6, 8))
    taps = list(np.ndindex(2, 3))
    at = [(2 + (lag[0] if k else 0), 3 + (lag[1] if k else 0)) for k in (0, 1)]
    tops = [
        np.argmax(np.stack([x[:, a + i, b + j] for i, j in taps], axis=1), axis=1) for a, b in at
    ]
    drawn = np.zeros((6, 6))
    np.add.at(drawn, (tops[0], tops[1]), 1 / len(x))
    assert np.abs(drawn.ravel() - chance).max() < 0.012
    assert np.array_equal(away.reshape(6, 6, 2)[0, 0], lag)


def test_sums_weigh_the_likeness_by_size() -> None:
    one, other = placed(Gradient(3.0, None), 1.0), Gradient(1.0, None)
    assert near_of(total([one, other])) == near_of(total([other, one])) == pytest.approx(0.75)
    assert apart(everywhere_alike((3, 2))) == 1.0
    assert normalised(np.zeros((3,)))[0] == 0.0


def test_behind_a_global_average_overlapping_means_add_up_gradients_that_are_equal() -> None:
    # stride 1 and kernel 3 in one direction: inner positions get 3 equal gradients of 1/3 each
    text = "Input(4, 30) >> Conv1d(8, 1, bias=False) >> AvgPool1d(3, stride=1) >> GlobalAvgPool()"
    _, alike, _ = folded(text)
    spread = np.convolve(np.full(28, 1 / 28), np.full(3, 1 / 3))
    assert alike == pytest.approx(8 / 4 * float((spread**2).mean()), rel=1e-9)


def test_uniform_attention_hands_every_token_the_mean_of_all_gradients() -> None:
    # without logits A = 1/T: E[δ²] of values is that of the mean of T gradients, equal or independent
    text = "Input(64, tokens=8) >> Scale(1/1000) >> SelfAttention(1, out=False, bias=False)"
    free, pooled = (folded(f"{text}{end}")[1] for end in ("", " >> GlobalAvgPool()"))
    assert free == pytest.approx(1e-6 / 8, rel=1e-3)
    assert pooled == pytest.approx(1e-6 / 64, rel=1e-3)


SAMPLED_PAIRS = {
    "Input(256, 20) >> AvgPool1d(4, stride=1) >> Conv1d(512, 2) >> relu >> GlobalAvgPool()": 0.640,
    "Input(256, 20) >> Conv1d(256, 1) >> AvgPool1d(5, stride=2) >> relu >> GlobalAvgPool()": 0.617,
    "Input(256, 20) >> AvgPool1d(7, stride=3) >> Conv1d(512, 2) >> softplus >> GlobalAvgPool()": 0.886,
    "Input(128, 8, 8) >> AvgPool2d(3, stride=1) >> Conv2d(256, 3) >> tanh >> AvgPool2d(2, stride=1)"
    " >> Flatten()": 0.869,
}


@pytest.mark.parametrize("text", SAMPLED_PAIRS)
def test_windows_that_overlap_add_up_gradients_of_two_inputs(text: str) -> None:
    """The references are sampled networks of another simulator, ± 0.001 to 0.004."""
    found = propagate_network(network(f"{text} >> Dense(256)"))
    assert found.levels[0].gradient_correlation == pytest.approx(SAMPLED_PAIRS[text], abs=0.008)
