"""Two inputs through depth: against closed kernels, published asymptotics and brute force."""

from __future__ import annotations

import math
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from varprop.answer.propagate import propagate
from varprop.catalogue.activations import activation_from
from varprop.propagation.feed import moments_of
from varprop.solving.angle_curve import AngleCurve
from varprop.solving.correlation_depth import Layer, pairs
from varprop.solving.correlation_plane import squared_difference
from varprop.solving.hermite_series import half_squared_difference, squared_coefficients


def arc_cosine(c):
    """ReLU's kernel, Cho & Saul 2009: E[φ(u)φ(v)]/E[φ²]."""
    return (mp.sqrt(1 - c * c) + (mp.pi - mp.acos(c)) * c) / mp.pi


@pytest.mark.parametrize("start", ["0", "0.3", "-0.9", "0.999999"])
def test_relu_follows_the_arc_cosine_kernel(start: str) -> None:
    rows = propagate("relu", [8] * 61, "he", correlation=start).levels
    with mp.workdps(50):
        c = mp.mpf(start)
        for row in rows[1:]:
            assert row.data_variance == pytest.approx(float(2 * (1 - c)), rel=1e-10)
            c = arc_cosine(c)


def test_relu_nears_one_as_a_power_of_the_depth() -> None:
    last = propagate("relu", [8] * 10_001, "he").levels[-1]
    assert last.data_variance / 2 == pytest.approx(
        (3 * math.pi / math.sqrt(2) / 1e4) ** 2, rel=4e-3
    )


def test_erf_follows_its_arcsine_kernel_with_bias() -> None:
    rows = propagate("erf", [8] * 31, "lecun(gain=1.3)", bias_variance="0.05", correlation="0.2")
    for below, above in pairwise(rows.levels[1:]):
        q, c = below.q, below.correlation
        kernel = 2 / math.pi * math.asin(2 * q * c / (1 + 2 * q))
        assert above.correlation * above.q == pytest.approx(1.69 * kernel + 0.05, rel=1e-11)


BY_HAND = {
    "tanh": np.tanh,
    "gelu": lambda h: h * ndtr(h),
    "elu": lambda h: np.where(h > 0, h, np.expm1(np.minimum(h, 0))),
    "hard_tanh": lambda h: np.clip(h, -1, 1),
    "softsign": lambda h: h / (1 + abs(h)),
    "sin": np.sin,
    "silu": lambda h: h / (1 + np.exp(-h)),
}


@pytest.mark.parametrize("act", BY_HAND)
def test_data_variance_is_what_a_grid_gives(act: str) -> None:
    first, second = propagate(act, [4] * 3, "he", correlation="0.7").levels[1:3]
    z = np.linspace(-8, 8, 2001)
    weight = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    u = math.sqrt(first.q) * z[:, None]
    v = 0.7 * u + math.sqrt(first.q * (1 - 0.7**2)) * z
    gap = BY_HAND[act](u) - BY_HAND[act](v)
    assert second.data_variance == pytest.approx(float(weight @ gap**2 @ weight), rel=1e-5)


def test_odd_activations_keep_uncorrelated_inputs_so() -> None:
    for act in ("tanh", "hard_tanh", "siren", "sign"):
        last = propagate(act, [4] * 50, "lecun").levels[-1]
        assert last.correlation == pytest.approx(0, abs=1e-25)


def test_series_and_plane_agree() -> None:
    moments = moments_of(activation_from("tanh").phi)
    second = moments.number("second_moment", 0.8).value
    squares = squared_coefficients(moments.phi, moments.h, [0.8], [second])[0]
    for distance in (1e-9, 1e-3, 0.4):
        plane = squared_difference(moments.phi, moments.h, 0.8 * (1 - distance / 2), 0.4 * distance)
        assert half_squared_difference(squares, distance) == pytest.approx(plane / 2, rel=1e-9)


def test_the_series_refuses_kinks_and_wide_signals() -> None:
    for act, q in (("hard_tanh", 1.0), ("tanh", 900.0)):
        moments = moments_of(activation_from(act).phi)
        second = moments.number("second_moment", q).value
        assert np.isnan(squared_coefficients(moments.phi, moments.h, [q], [second])).all()


def test_slow_drift_is_interpolated_as_well_as_computed() -> None:
    moments = moments_of(activation_from("leaky_relu").phi + 0)
    kinked = moments_of(activation_from("relu6").phi)
    for one in (moments, kinked):
        q = [1.0 + 0.004 * k for k in range(120)]
        layers = [Layer(1.7, 0.01, v, one.number("second_moment", v).value) for v in q]
        many = pairs(one, layers, 0.4, 0.6)
        for k in (50, 80, 117):
            alone = pairs(one, layers[k : k + 2], *_start(many[k], layers[k]))
            assert many[k + 1].apart == pytest.approx(alone[1].apart, rel=1e-9)


def _start(pair, layer):
    return (pair.product - layer.sigma_b2) / layer.sigma_w2, pair.apart / layer.sigma_w2


def test_a_curve_of_the_angle_keeps_its_word() -> None:
    curve = AngleCurve(lambda t: math.exp(-t) * (1 + abs(t - 1)))
    for t in np.linspace(0, math.pi, 57):
        assert curve(t) == pytest.approx(math.exp(-t) * (1 + abs(t - 1)), abs=1e-10)


@settings(max_examples=15, deadline=None)
@given(st.floats(-1, 1), st.sampled_from(["relu", "tanh", "gelu"]), st.floats(0.3, 3.0))
def test_correlations_stay_correlations(c: float, act: str, scale: float) -> None:
    rows = propagate(act, [4] * 6, f"normal(var={scale / 4!r})", correlation=c).levels
    for row in rows:
        assert -1 - 1e-12 <= row.correlation <= 1
        assert row.data_variance >= -1e-300
