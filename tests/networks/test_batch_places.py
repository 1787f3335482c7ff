"""What a norm over the batch leaves of a border, against sums over all pairs of positions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.networks.drawn import folded
from varprop.answer.verify_architectures import predicted
from varprop.catalogue.activations import applied
from varprop.networks.batch_places import beyond_mean
from varprop.networks.network import InputLaw, network

SMALL_RESNET = (
    "Input(3, 8, 8) >> Conv2d(32, 3, padding=1, bias=False) >> BatchNorm() >> relu"
    " >> Residual(Conv2d(32, 3, stride=1, padding=1, bias=False) >> BatchNorm() >> relu"
    " >> Conv2d(32, 3, padding=1, bias=False) >> BatchNorm()) >> relu"
    " >> 1 * (Residual(Conv2d(32, 3, stride=1, padding=1, bias=False) >> BatchNorm()"
    " >> relu >> Conv2d(32, 3, padding=1, bias=False) >> BatchNorm()) >> relu)"
    " >> Residual(Conv2d(48, 3, stride=2, padding=1, bias=False) >> BatchNorm() >> relu"
    " >> Conv2d(48, 3, padding=1, bias=False)"
    " >> BatchNorm(), path=Conv2d(48, 1, stride=2, bias=False) >> BatchNorm()) >> relu"
)


def test_the_mean_over_positions_is_taken_off() -> None:
    c = np.array([[0.4, 1.3, 0.9], [1.3, 0.4, 2.0]])
    flat = c.ravel()
    pairs = np.minimum(flat[:, None], flat)
    removed = np.eye(6) - 1 / 6
    found = beyond_mean((c + 1, c))
    assert found is not None
    assert found[0] == pytest.approx(pairs.mean())
    assert found[1].ravel() == pytest.approx(np.diag(removed @ pairs @ removed))


def test_a_flat_signal_keeps_nothing_in_common() -> None:
    assert beyond_mean(None) is None
    found = beyond_mean((np.full(5, 2.0), np.full(5, 0.7)))
    assert found is not None
    assert found[0] == pytest.approx(0.7)
    assert found[1] == pytest.approx(np.zeros(5), abs=1e-12)


def test_a_border_behind_batch_norm_is_shared_by_all_examples() -> None:
    """The reference is 12 networks with 192 inputs: E[x x̃] = 0.397 ± 0.003, gradient 14.2 ± 0.13."""
    expected, _ = predicted(network(SMALL_RESNET), data=InputLaw())
    assert expected.cross == pytest.approx(0.397, rel=0.04)
    assert expected.gradient == pytest.approx(14.24, rel=0.05)


def test_a_formula_has_the_words_in_its_variables_place() -> None:
    assert applied("sin(30*x)", "h") == "sin(30·h)"
    assert applied("leaky_relu(0.2)", "h") == "leaky_relu(0.2)(h)"


def matrix(n: int, layers: int) -> float:
    """Return E[x x̃] at the norm from the covariances of all pairs of positions of two inputs."""
    ys, xs = np.mgrid[0:n, 0:n]
    shifts = []
    for dy, dx in np.ndindex(3, 3):
        y, x = ys + dy - 1, xs + dx - 1
        inside = (y >= 0) & (y < n) & (x >= 0) & (x < n)
        shifts.append(np.where(inside, y * n + x, n * n).ravel())

    def convolved(k: np.ndarray) -> np.ndarray:
        padded = np.pad(k, [(0, 1)] * k.ndim)
        return sum(padded[np.ix_(*[s] * k.ndim)] for s in shifts) / 9

    pairs, second = np.zeros((n * n, n * n)), convolved(np.ones(n * n))
    for _ in range(layers):
        size = np.sqrt(np.outer(second, second))
        angle = np.arccos(np.clip(pairs / size, -1, 1))
        pairs = size * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
        pairs, second = convolved(pairs), convolved(second / 2)
    left = np.diag(pairs) - 2 * pairs.mean(axis=1) + pairs.mean()
    return float(left.mean() / (second.mean() - pairs.mean()))


@pytest.mark.parametrize(
    ("side", "layers", "off"),
    [(16, 1, 0.01), (16, 2, 0.03), (16, 4, 0.06), (8, 2, 0.01), (4, 1, 0.05)],
)
def test_opposite_borders_are_as_far_off_as_the_answer_says(
    side: int, layers: int, off: float
) -> None:
    conv = "Conv2d(64, 3, padding=1)"
    text = (
        f"Input(16, {side}, {side}) >> {conv} >> " + f"relu >> {conv} >> " * layers + "BatchNorm()"
    )
    out, _, setting = folded(text)
    assert out.cross == pytest.approx(matrix(side, layers), abs=off)
    assert any("opposite borders" in said for said in setting.approximations)


def test_no_border_no_word_about_it() -> None:
    *_, setting = folded("Input(16, 9, 9) >> Conv2d(64, 3) >> relu >> Conv2d(64, 3) >> BatchNorm()")
    assert not any("opposite borders" in said for said in setting.approximations)
