"""Units that several layers act on in a row: quadrature over one Gaussian, masks, and fixed weights."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.special import erf
from scipy.stats import norm

from tests.networks.drawn import folded

Z = np.linspace(-8, 8, 160_001)
W = norm.pdf(Z) / norm.pdf(Z).sum()


def mean(values: np.ndarray) -> float:
    return float(W @ values)


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def gelu(x: np.ndarray) -> np.ndarray:
    return x * (1 + erf(x / np.sqrt(2))) / 2


def gelu_slope(x: np.ndarray) -> np.ndarray:
    return (1 + erf(x / np.sqrt(2))) / 2 + x * norm.pdf(x)


def test_a_row_between_two_activations_has_its_own_gradient() -> None:
    rows = folded("Input(64) >> Dense(512) >> relu >> LayerNorm() >> relu >> Dense(512)")[2].rows
    middle = mean(relu(Z))
    norm_row, act = rows[3].gradient, rows[4].gradient
    above = float(norm.sf(mean(relu(Z))))
    spread = 0.5 - middle**2
    assert norm_row.second / act.second == pytest.approx(above, rel=2e-3)
    # the unit's own two slopes are open together: relu' = 1 wherever relu(g) > middle
    assert rows[1].gradient.second / act.second == pytest.approx(above / spread, rel=1e-6)
    # the data are the same for every unit of two inputs: E[δδ̃]/E[δδ̃] above is P² at c = 0
    assert norm_row.cross / act.cross == pytest.approx(above**2, rel=5e-3)


def test_three_activations_in_a_row() -> None:
    rows = folded("Input(64) >> Dense(512) >> tanh >> gelu >> sigmoid >> Dense(512)")[2].rows
    x, y = np.tanh(Z), gelu(np.tanh(Z))
    s = 1 / (1 + np.exp(-y))
    slopes = [1 - x**2, gelu_slope(x), s * (1 - s)]
    top = rows[-2].gradient.second
    found = [row.gradient.second / top for row in rows[1:4]]
    exact = [mean(np.prod(slopes[k:], axis=0) ** 2) for k in range(3)]
    assert found == pytest.approx(exact, rel=1e-3)


def test_a_relu_before_a_pool_gets_a_kth_of_its_gradient() -> None:
    text = "Input(64, 8, 8) >> Conv2d(128, 1) >> relu >> MaxPool2d(2) >> Conv2d(64, 1)"
    rows = {row.name: row.gradient.second for row in folded(text)[2].rows}
    assert rows["relu"] == pytest.approx(rows["MaxPool2d(2)"] / 4, rel=1e-9)
    # the largest of four is positive with 15/16
    assert rows["Conv2d(128, 1)"] == pytest.approx(rows["relu"] * 15 / 16, rel=1e-3)


def test_dropped_units_of_any_layer_hold_their_own_value() -> None:
    text = "Input(64) >> Dense(512) >> sigmoid >> Dropout(0.3) >> tanh >> Dropout(0.2) >> gelu >> Dense(64)"
    out = folded(text.removesuffix(" >> Dense(64)"))[0]
    kept = 1 / (1 + np.exp(-Z))
    second = first = 0.0
    for (a, p), (b, r) in product([(1 / 0.7, 0.7), (0.0, 0.3)], [(1 / 0.8, 0.8), (0.0, 0.2)]):
        x = gelu(np.tanh(kept * a) * b)
        second, first = second + p * r * mean(x**2), first + p * r * mean(x)
    assert out.second == pytest.approx(second, rel=1e-3)
    assert out.mean == pytest.approx(first, rel=1e-3)
    assert out.cross == pytest.approx(first**2, rel=2e-3)
    rows = folded(text)[2].rows
    s = kept * (1 - kept) / 0.7
    t = np.tanh(kept / 0.7)
    inner = mean((s * (1 - t**2) / 0.8 * gelu_slope(t / 0.8)) ** 2) * 0.7 * 0.8
    assert rows[1].gradient.second / rows[4].gradient.second == pytest.approx(inner, rel=1e-3)


@pytest.mark.parametrize("end", ["Dropout(0.2) >> relu", "LayerNorm() >> relu"])
def test_a_dropped_gaussian_stays_a_mixture(end: str) -> None:
    out = folded(f"Input(64) >> Dense(512) >> Dropout(0.4) >> {end}")[0]
    # E[relu] of N(0, 1) is kept by both masks; a norm divides it by √(1/0.6)
    exact = mean(relu(Z)) * (0.6**0.5 if "Layer" in end else 1.0)
    assert out.mean == pytest.approx(exact, rel=1e-6)


def test_a_maximum_over_dropped_units() -> None:
    text = (
        "Input(64, 8, 8) >> Conv2d(128, 1) >> relu >> Dropout(0.3) >> MaxPool2d(2) >> Conv2d(64, 1)"
    )
    rows = folded(text)[2].rows
    rng = np.random.default_rng(2)
    g = rng.standard_normal((400_000, 4))
    x = np.maximum(g, 0) / 0.7 * (rng.random(g.shape) < 0.7)
    top = x.max(axis=1)
    error = float((top**2).std()) / len(top) ** 0.5
    assert rows[3].second == pytest.approx(float((top**2).mean()), abs=4 * error)
    # δ comes back to one unit of four where the largest is kept and positive, over 0.7²
    alive = float((top > 0).mean()) / 0.7**2 / 4
    assert rows[1].gradient.second / rows[3].gradient.second == pytest.approx(alive, rel=5e-3)


def test_a_norm_over_the_batch_behind_relu() -> None:
    out = folded("Input(64) >> Dense(512) >> relu >> BatchNorm() >> relu")[0]
    x = relu(Z)
    y = (x - mean(x)) / np.sqrt(mean(x**2) - mean(x) ** 2)
    assert out.second == pytest.approx(mean(relu(y) ** 2), rel=1e-4)
    assert out.mean == pytest.approx(mean(relu(y)), rel=1e-4)


def test_a_norm_over_the_batch_where_the_weights_fix_a_part_of_every_unit() -> None:
    """q = 1 and c = 1/π: each unit has a mean and a spread of its own over the data."""
    text = "Input(64) >> Dense(512) >> relu >> Dense(512) >> relu >> BatchNorm() >> relu"
    net = "Input(64) >> Dense(512) >> relu >> Dense(512)"
    q, c = (getattr(folded(net, scale=1.0)[0], name) for name in ("second", "cross"))
    seconds, firsts, chances, pairs = [], [], [], []
    for u in np.linspace(-5, 5, 201):
        g = np.sqrt(c) * u + np.sqrt(q - c) * Z
        x = relu(g)
        s = np.sqrt(mean(x**2) - mean(x) ** 2)
        y = (x - mean(x)) / s
        seconds.append(mean(relu(y) ** 2))
        firsts.append(mean(relu(y)))
        pairs.append(mean(relu(y)) ** 2)
        chances.append(mean(1.0 * (y > 0)) / s**2)
    weights = norm.pdf(np.linspace(-5, 5, 201))
    weights /= weights.sum()
    out = folded(text)[0]
    assert out.second == pytest.approx(weights @ seconds, rel=2e-3)
    assert out.mean == pytest.approx(weights @ firsts, rel=2e-3)
    assert out.cross == pytest.approx(weights @ pairs, rel=4e-3)
    rows = folded(text + " >> Dense(64)")[2].rows
    assert rows[2].name == "relu"
    ratio = rows[3].gradient.second / rows[-2].gradient.second
    assert ratio == pytest.approx(weights @ chances, rel=1e-2)


def test_the_stem_of_a_densenet() -> None:
    """54 networks of 64 images: E[φ²] = 0.56439 ± 0.0001, gradients 0.4172, 0.9266, 0.2316 ± 0.3 %."""
    text = (
        "Input(64, 8, 8) >> Conv2d(128, 1) >> BatchNorm() >> relu >> MaxPool2d(2) >> BatchNorm() >> relu"
        " >> Conv2d(64, 1)"
    )
    rows = folded(text, scale=1.0)[2].rows
    assert rows[6].second == pytest.approx(0.56439, rel=2e-3)
    found = [rows[k].gradient.second / rows[6].gradient.second for k in (5, 4, 3)]
    assert found == pytest.approx([x / 0.88297 for x in (0.41716, 0.92662, 0.23165)], rel=5e-3)


def test_every_branch_of_a_concatenation_gets_its_own_gradient() -> None:
    text = (
        "Input(64) >> Dense(64) >> Concat(Dense(256) >> relu, Dense(256) >> tanh, Dense(256)) >> gelu"
        " >> Dense(64)"
    )
    rows = folded(text)[2].rows
    above = rows[-2].gradient
    slopes = [
        (Z > 0) * gelu_slope(relu(Z)),
        (1 - np.tanh(Z) ** 2) * gelu_slope(np.tanh(Z)),
        gelu_slope(Z),
    ]
    branches = [rows[k].gradient for k in (2, 4, 6)]
    found = [b.second / above.second for b in branches]
    assert found == pytest.approx([mean(s**2) for s in slopes], rel=1e-3)
    alike = [b.cross / above.cross for b in branches]
    assert alike == pytest.approx([mean(s) ** 2 for s in slopes], rel=5e-3)


def test_a_rectified_term_of_a_sum_gets_its_own_gradient() -> None:
    # P(a > 0, relu(a) + n > 0) = 3/8 for two N(0, 1)
    text = "Input(64) >> Dense(64) >> Add(Dense(256) >> relu, Dense(256)) >> relu >> Dense(64)"
    rows = folded(text, scale=1.0)[2].rows
    assert rows[2].gradient.second / rows[-2].gradient.second == pytest.approx(3 / 8, rel=5e-3)


def test_a_factor_of_a_product_gets_the_gradient_of_its_own_value() -> None:
    """60 networks of width 512: 0.1464 ± 0.002, 0.0242 ± 0.0004 and 0.1314 ± 0.001 of 3.215."""
    text = (
        "Input(64) >> Multiply(Dense(512) >> tanh, Dense(512) >> sigmoid, Dense(512)) >> gelu"
        " >> Dense(64)"
    )
    rows = folded(text, scale=1.0)[2].rows
    top = rows[-2].gradient.second
    found = [rows[k].gradient.second / top for k in (1, 3, 5)]
    assert found == pytest.approx([x / 3.2151 for x in (0.14642, 0.024159, 0.13143)], rel=0.04)


@pytest.mark.parametrize(
    ("kind", "second", "average"),
    [("Add", (1 + 1 / np.pi + 2) / 2, 0.0), ("Multiply", (1 / 4 + 1) / 2, (1 / (2 * np.pi)) / 2)],
)
def test_aligned_units_meet_their_own_law(kind: str, second: float, average: float) -> None:
    pair = "Concat(Dense(256) >> relu, Dense(256))"
    out = folded(f"Input(64) >> {kind}({pair}, {pair})")[0]
    assert out.second == pytest.approx(second, rel=1e-9)
    assert out.mean == pytest.approx(average or 1 / np.sqrt(2 * np.pi), rel=1e-9)


def test_units_that_are_not_aligned_are_named() -> None:
    one, other = "Concat(Dense(256) >> relu, Dense(256))", "Concat(Dense(128) >> relu, Dense(384))"
    *_, setting = folded(f"Input(64) >> Multiply({one}, {other})")
    assert any("which meets which isn't followed" in said for said in setting.approximations)
