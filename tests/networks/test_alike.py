"""c of gradients at one unit: several slopes in a row, sums, products, dropped units behind a norm."""

from __future__ import annotations

import numpy as np
import pytest

from tests.networks.drawn import folded

Pair = tuple[np.ndarray, np.ndarray]


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def pair(rng: np.random.Generator, variance: float, covariance: float) -> Pair:
    """Return many pre-activations of two inputs."""
    u, n, m = rng.standard_normal((3, 400_000))
    alone = (variance - covariance) ** 0.5
    return covariance**0.5 * u + alone * n, covariance**0.5 * u + alone * m


def alike(products: np.ndarray) -> tuple[float, float]:
    """Return the mean and four standard errors."""
    return float(products.mean()), 4 * float(products.std()) / len(products) ** 0.5


def test_four_activations_in_a_row_at_two_inputs() -> None:
    text = "Input(64) >> Dense(64) >> relu >> Dense(64) >> tanh >> relu >> tanh >> sigmoid >> Dense(64)"
    rows = folded(text)[2].rows
    first = rows[3]
    g = pair(np.random.default_rng(1), first.second, first.cross)
    slopes = []
    for x in g:
        a = np.tanh(x)
        b = np.tanh(relu(a))
        s = 1 / (1 + np.exp(-b))
        slopes.append([1 - a**2, 1.0 * (a > 0), 1 - b**2, s * (1 - s)])
    top = rows[-2].gradient
    for k in range(4):
        one, two = (np.prod(s[k:], axis=0) for s in slopes)
        exact, error = alike(one * two)
        assert rows[3 + k].gradient.cross / top.cross == pytest.approx(
            exact, abs=error + 1e-3 * exact
        )


def test_the_skip_path_of_a_sum_keeps_what_two_inputs_share() -> None:
    text = (
        "Input(64) >> Dense(64) >> relu >> Dense(64) >> relu >> Residual(Dense(64)) >> relu"
        " >> Dense(64)"
    )
    rows = folded(text)[2].rows
    rng = np.random.default_rng(2)
    g = pair(rng, rows[3].second, rows[3].cross)
    n = pair(rng, rows[5].second, rows[5].cross)
    slopes = [1.0 * (relu(a) + b > 0) for a, b in zip(g, n, strict=True)]
    both = slopes[0] * slopes[1]
    exact, error = alike((g[0] > 0) * (g[1] > 0) * (both + both.mean()))
    ratio = rows[3].gradient.cross / rows[-2].gradient.cross
    assert ratio == pytest.approx(exact, abs=error + 3e-3 * exact)


@pytest.mark.parametrize("start", ["", "Dense(64) >> relu >> "])
def test_factors_of_a_product_that_a_relu_cuts(start: str) -> None:
    text = (
        f"Input(64) >> {start}Multiply(Dense(64) >> relu, Dense(64) >> tanh) >> relu >> Dense(64)"
    )
    rows = folded(text)[2].rows
    at = 3 if start else 1
    rng = np.random.default_rng(3)
    g, k = (pair(rng, rows[at].second, rows[at].cross) for _ in range(2))
    open_ = [1.0 * (relu(a) * np.tanh(b) > 0) for a, b in zip(g, k, strict=True)]
    both, top = open_[0] * open_[1], rows[-2].gradient
    found = [rows[at + step].gradient.cross / top.cross for step in (0, 2, 4)]
    left = both * np.tanh(k[0]) * np.tanh(k[1])
    right = both * relu(g[0]) * relu(g[1])
    slope = (1 - np.tanh(k[0]) ** 2) * (1 - np.tanh(k[1]) ** 2)
    for value, products in zip(found, (left, right * slope, both), strict=True):
        exact, error = alike(products)
        # the copula of the product itself is an approximation, and named
        within = 0.1 if start and products is both else 0.015
        assert value == pytest.approx(exact, abs=error + within * exact)
    *_, setting = folded(text)
    assert any("Gaussian copula" in said for said in setting.approximations)


def test_a_sum_of_two_rectified_terms_says_how_far_off_it_is() -> None:
    text = "Input(64) >> Add(Dense(64) >> relu, Dense(64) >> relu) >> relu >> Dense(64)"
    said = folded(text)[2].approximations
    assert any("two rectified ones" in sentence and "18 %" in sentence for sentence in said)


def test_halves_of_a_gate_that_a_relu_cuts() -> None:
    rows = folded("Input(64) >> Dense(64) >> relu >> Dense(64) >> reglu >> relu >> Dense(64)")[
        2
    ].rows
    rng = np.random.default_rng(4)
    g, k = (pair(rng, rows[3].second, rows[3].cross) for _ in range(2))
    both = np.prod([a * relu(b) > 0 for a, b in zip(g, k, strict=True)], axis=0)
    halves = both * (relu(k[0]) * relu(k[1]) + g[0] * g[1] * (k[0] > 0) * (k[1] > 0)) / 2
    exact, error = alike(halves)
    ratio = rows[3].gradient.cross / rows[-2].gradient.cross
    assert ratio == pytest.approx(exact, abs=error + 0.02 * exact)


@pytest.mark.parametrize(
    ("norm", "open_"), [("LayerNorm()", 0.3 + 0.2), ("RMSNorm()", 0.3), ("BatchNorm()", 0.3 + 0.2)]
)
def test_dropped_units_lie_beside_the_mean_that_a_norm_takes_off(norm: str, open_: float) -> None:
    """12 networks of width 1024: behind LayerNorm 0.51 ± 0.03 of 1, not the 0.3 of kept units."""
    rows = folded(f"Input(64) >> Dense(64) >> Dropout(0.4) >> {norm} >> relu >> Dense(64)")[2].rows
    act, here, below = rows[3].gradient, rows[2].gradient, rows[1].gradient
    assert here.second / act.second == pytest.approx(open_, rel=1e-3)
    assert here.cross / act.cross == pytest.approx(open_**2, rel=5e-3)
    # what is dropped gets nothing: half of 0.6, over 0.6², times the norm's 0.6
    assert below.second / act.second == pytest.approx(0.5, rel=1e-3)
