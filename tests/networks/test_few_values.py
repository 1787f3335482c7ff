"""Norms over few values: their own spread is random, and each position of a map has one of its own."""

from __future__ import annotations

import itertools
import math

import pytest

from varprop.answer.architecture_signal import propagate_network
from varprop.networks.network import network


def rows(spec: str) -> dict[str, object]:
    return {level.name: level for level in propagate_network(network(spec)).levels}


@pytest.mark.parametrize("features", [8, 16, 40])
def test_layernorm_over_few_features_is_groupnorm_over_one_group(features: int) -> None:
    spec = "Input(64) >> Dense({}) >> {} >> relu >> Dense(50)"
    one, other = (
        propagate_network(network(spec.format(features, norm))).levels
        for norm in ("LayerNorm()", "GroupNorm(1)")
    )
    for a, b in zip(one, other, strict=True):
        assert a.second_moment == pytest.approx(b.second_moment)
        assert a.mean == pytest.approx(b.mean)
        assert a.gradient == pytest.approx(b.gradient)
        assert a.correlation == pytest.approx(b.correlation)


def test_relu_behind_a_sphere_has_the_exact_mean() -> None:
    # a coordinate of √3 times a point of the unit sphere in 3 dimensions is uniform: E[max(0, y)] = √3/4
    found = rows("Input(64) >> Dense(4) >> LayerNorm() >> relu >> Dense(50)")["relu"]
    assert found.mean == pytest.approx(math.sqrt(3) / 4, rel=1e-4)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("spec", "sampled", "error"),
    [
        # 200 sampled networks of 4 inputs each
        (
            "Input(24, 10, 10) >> Conv2d(64, 3, padding=1) >> LayerNorm() >> relu >> Conv2d(32, 1)",
            0.6172,
            0.0016,
        ),
        (
            "Input(24, 10, 10) >> Conv2d(64, 3, padding=1) >> relu >> Conv2d(64, 5, padding=2)"
            " >> RMSNorm() >> relu >> Conv2d(32, 1)",
            0.8163,
            0.0045,
        ),
    ],
)
def test_norms_divide_each_position_by_its_own_spread(
    spec: str, sampled: float, error: float
) -> None:
    levels = propagate_network(network(spec)).levels
    before = next(level for level, after in itertools.pairwise(levels) if "Norm" in after.name)
    # 64 features: their spread is random, too, which adds 1/62
    assert before.gradient == pytest.approx(sampled, abs=3 * error + sampled / 40)


@pytest.mark.parametrize("norm", ["LayerNorm()", "RMSNorm()"])
def test_a_random_spread_is_named_from_two_percent_on(norm: str) -> None:
    spec = "Input({}, 6, 6) >> Conv2d({}, 1) >> {} >> relu >> Conv2d(8, 1)"
    few, many = (propagate_network(network(spec.format(n, n, norm))).notes for n in (16, 256))
    assert any("16 features" in note for note in few)
    assert not any("features" in note for note in many)


def test_values_of_a_group_count_as_independent_ones() -> None:
    spec = "Input(16, 12, 12) >> Conv2d(64, 3) >> sigmoid >> Conv2d(64, 3) >> GroupNorm({}) >> relu"
    found = propagate_network(network(spec.format(8)))
    assert any("512 values, as good as 11 independent ones" in note for note in found.notes)
