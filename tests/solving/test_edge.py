"""The edge of chaos against facts d4 and Roberts-Yaida-Hanin's constants."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sympy import Rational, pi, sqrt

from varprop.catalogue.activations import activation
from varprop.propagation.feed import moments_of
from varprop.solving.edge import EdgeCurve
from varprop.solving.edge_point import exact_half_stable
from varprop.solving.universality import critical_decay, small_signal, universality_class


def moments(name):
    return moments_of(activation(name).phi)


# σ_w at σ_b = 0.05, 0.2, 0.3 (facts d4, 25-digit quadrature)
SIGMA_W = {
    "tanh": (1.12254, 1.30415, 1.39558),
    "erf": (0.99369, 1.15280, 1.23367),
    "elu": (1.13187, 1.22925, 1.26311),
    "selu": (0.82201, 0.93748, 0.98369),
    "gelu": (1.85190, 1.54701, 1.45047),
    "silu": (1.90501, 1.67953, 1.57562),
}


@pytest.mark.parametrize("name", SIGMA_W)
def test_sigma_w_at_given_biases(name):
    curve = EdgeCurve(moments(name))
    for sigma_b, expected in zip((0.05, 0.2, 0.3), SIGMA_W[name], strict=True):
        (point,) = curve.solutions(sigma_b**2)
        assert math.sqrt(point.sigma_w2) == pytest.approx(expected, abs=5.1e-6)


def test_swish_fixed_points_and_their_slopes():
    curve = EdgeCurve(moments("silu"))
    points = [curve.solutions(b**2)[0] for b in (0.05, 0.2, 0.3)]
    assert [p.q_star for p in points] == pytest.approx([0.11363, 0.68945, 1.39959], abs=1e-5)
    assert points[1].chi_parallel == pytest.approx(1.099, abs=5e-4)
    assert EdgeCurve(moments("gelu")).solutions(0.04)[0].chi_parallel == pytest.approx(
        1.095, abs=5e-4
    )


# q*, σ_w² = C_W, σ_b² = C_b (facts d4)
HALF_STABLE = {
    "gelu": (3.561552812808830, 1.983058257, 0.172922391),
    "silu": (14.3201736, 1.988004678, 0.555143171),
}


@pytest.mark.parametrize("name", HALF_STABLE)
def test_half_stable_points(name):
    (point,) = EdgeCurve(moments(name)).half_stable
    q, weight, bias = HALF_STABLE[name]
    assert point.q_star == pytest.approx(q, rel=2e-9)
    assert point.sigma_w2 == pytest.approx(weight, abs=5e-10)
    assert point.sigma_b2 == pytest.approx(bias, abs=5e-10)
    assert point.chi_parallel == 1.0


def test_gelu_half_stable_point_exactly():
    assert exact_half_stable(moments("gelu"), 3.561552812808830) == (3 + sqrt(17)) / 2


def test_the_wrong_constant_in_circulation():
    """A published C_b of swish is ten times too small: it is on no edge at C_W = 1.988."""
    (point,) = EdgeCurve(moments("silu")).half_stable
    assert point.sigma_b2 / 0.055514317 == pytest.approx(10, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "bias", "count"),
    [
        ("sigmoid", 0.05, 1),
        ("gcu", 0.05, 1),
        ("relu", 0.0, 1),
        ("relu", 0.1, 0),
        ("tanh", 0.0, 1),
        ("sign", 0.1, 0),
        ("softplus", 0.0, 0),
    ],
)
def test_how_many_solutions(name, bias, count):
    assert len(EdgeCurve(moments(name)).solutions(bias)) == count


def test_relu_is_the_single_point():
    (point,) = EdgeCurve(moments("relu")).solutions(0.0)
    assert (point.sigma_w2, point.sigma_b2, point.chi_parallel) == (2.0, 0.0, 1.0)


@pytest.mark.parametrize("name", ["tanh", "gelu", "elu", "sigmoid", "x*tanh(exp(x))"])
def test_the_curve_is_the_definition(name):
    found = moments(name)
    q = np.geomspace(0.3, 30, 7)
    arrays = EdgeCurve(found).curve(q)
    below, square = (found.numbers(n, q)[0] for n in ("derivative_second_moment", "second_moment"))
    bias = q - square / below
    shown = np.isfinite(arrays["sigma_w2"])
    assert (shown == (bias >= 0)).all()
    assert arrays["sigma_w2"][shown] == pytest.approx(1 / below[shown], rel=1e-12)
    assert arrays["sigma_b2"][shown] == pytest.approx(bias[shown], rel=1e-9)


def test_the_bias_near_zero_without_cancellation():
    """tanh: σ_b² = 4/3·q³ + O(q⁴) on the edge."""
    assert EdgeCurve(moments("tanh")).bias(1e-5) == pytest.approx(4 / 3 * 1e-15, rel=1e-4)


CLASSES = {
    "relu": "scale-invariant", "leaky_relu(0.2)": "scale-invariant", "tanh": "K* = 0",
    "sin": "K* = 0", "erf": "K* = 0", "elu": "K* = 0", "hard_tanh": "K* = 0",
    "gelu": "half-stable", "silu": "half-stable", "sigmoid": "none", "softplus": "none",
}  # fmt: skip


@pytest.mark.parametrize("name", CLASSES)
def test_universality_classes(name):
    found = moments(name)
    assert universality_class(found, bool(EdgeCurve(found).half_stable)) == CLASSES[name]


DECAYS = {
    "tanh": (1, Rational(1, 2)),
    "sin": (1, 1),
    "erf": (1, Rational(1, 2)),
    "elu": (2, 2 * pi),
}


@pytest.mark.parametrize("name", DECAYS)
def test_the_power_law_is_what_iteration_shows(name):
    decay = critical_decay(moments(name))
    assert (decay.exponent, decay.coefficient) == DECAYS[name]
    found = moments(name)
    weight = float(1 / small_signal(found.phi, found.h).slope)
    q, layers = 1e-3, 400
    offset = (float(decay.coefficient) / q) ** (1 / float(decay.exponent))
    for _ in range(layers):
        q = weight * found.number("second_moment", q).value
    assert q == pytest.approx(
        float(decay.coefficient) * (offset + layers) ** -float(decay.exponent), rel=2e-2
    )


def test_no_power_law_where_phi_is_flat_at_zero():
    found = small_signal(moments("hard_tanh").phi, moments("hard_tanh").h)
    assert found.power is None
    assert critical_decay(moments("gelu")) is None


# bare σ_b = 0 crossings and flat starts, by an own quadrature (Gauss-Legendre, 40 nodes a panel)
AT_ZERO_BIAS = {
    "sigmoid": [45.624277797],
    "gaussian": [(1 + math.sqrt(2)) / 2],
    "relu6": [0.0],
    "relu(x)-relu(x-2)/2": [0.0],
    "hard_tanh": [0.0],
}


@pytest.mark.parametrize("name", AT_ZERO_BIAS)
def test_edges_without_bias(name):
    """A σ_b² that is 0 to rounding is a point; one that is exponentially small near 0 makes none."""
    found = [point.q_star for point in EdgeCurve(moments(name)).solutions(0.0)]
    assert found == pytest.approx(AT_ZERO_BIAS[name], rel=1e-9)


def test_the_edge_of_an_activation_that_outgrows_every_gaussian():
    """exp(x²/10): E[φ²] = (1 − 2q/5)^(−1/2), E[φ'²] = (q/25)(1 − 2q/5)^(−3/2)."""
    (point,) = EdgeCurve(moments("exp(x**2/10)")).solutions(0.05)
    left = 1 - 2 * point.q_star / 5
    assert point.sigma_w2 == pytest.approx(25 / point.q_star * left**1.5, rel=1e-10)
    assert point.q_star - 25 / point.q_star * left == pytest.approx(0.05, rel=1e-9)
    assert EdgeCurve(moments("exp(x**2/10)")).at(4.0) is None


def test_a_critical_weight_beyond_double_range_is_no_point() -> None:
    """softshrink at σ_b² = 1e-6: q* ≈ 1e-6 lies 500 deviations below the kink, σ_w² = 1/P(|h| > 1/2)."""
    curve = EdgeCurve(moments_of(activation("softshrink").phi))
    assert curve.solutions(1e-6) == ()
    (point,) = curve.solutions(0.01)
    assert point.sigma_w2 == pytest.approx(
        1 / math.erfc(0.5 / math.sqrt(2 * point.q_star)), rel=1e-10
    )
