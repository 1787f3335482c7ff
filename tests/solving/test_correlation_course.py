"""Where c goes when q dies, is kept or grows, against iterated kernels and own quadrature."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sympy import Rational, pi, tanh

from varprop.answer.phase import phase
from varprop.catalogue.activations import activation
from varprop.moments import Moments
from varprop.notation import h
from varprop.propagation.feed import moments_of
from varprop.solving.correlation import correlation_at_zero, critical_correlation
from varprop.solving.universality import critical_decay


def arccosine(c: float) -> float:
    """E[relu(u) relu(v)]/E[relu²] at correlation c."""
    return (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c))) / math.pi


def kinked(slope: float, c: float) -> float:
    """The same for h > 0 ? h : slope·h."""
    whole = (1 + slope**2) * arccosine(c) - 2 * slope * arccosine(-c)
    return whole / (1 + slope**2)


@pytest.mark.parametrize(
    ("name", "slope", "weight"),
    [
        ("relu", 0.0, 2), ("relu", 0.0, "1.5"), ("relu", 0.0, 3),
        ("leaky_relu(1/5)", 0.2, "25/13"), ("abs", -1.0, "0.4"), ("abs", -1.0, 4),
    ],
)  # fmt: skip
def test_a_homogeneous_activation_forgets_at_every_scale(
    name: str, slope: float, weight: str
) -> None:
    found = phase(name, weight, 0)
    law = found.correlation_decay
    c, layers = 0.3, 4000
    for _ in range(layers):
        c = kinked(slope, c)
    assert law.exponent == 2
    assert (1 - c) * layers**2 == pytest.approx(float(law.coefficient), rel=0.02)
    assert found.c_star == 1.0


def test_the_coefficient_of_relu_is_exact() -> None:
    assert phase("relu", 2, 0).correlation_decay.coefficient == Rational(9, 2) * pi**2


def test_a_slope_on_one_side_only_counts_at_small_signals() -> None:
    """penalized_tanh acts as leaky ReLU of slope 1/4 once q has died as χ^l."""
    law = phase("penalized_tanh", 1, 0).correlation_decay
    leaky = phase("leaky_relu(1/4)", 1, 0).correlation_decay
    assert law.coefficient == leaky.coefficient


def test_no_power_law_where_inputs_are_kept_apart() -> None:
    assert phase("tanh", 3, "0.1").correlation_decay is None
    assert phase("elu", "0.8", 0).correlation_decay is None
    assert phase("linear", 1, 0).correlation_decay is None
    assert critical_correlation(moments_of(activation("hardshrink").phi), 1.3, 1.0) is None


def test_a_bend_at_zero_draws_correlations_to_a_half() -> None:
    """φ = tanh + 0.7 tanh² at σ_w² = 1: q and c by Gauss-Hermite quadrature in u and v."""
    phi = tanh(h) + Rational(7, 10) * tanh(h) ** 2
    moments = Moments(phi, h)
    assert correlation_at_zero(moments, 1.0).c_star == 0.5
    assert correlation_at_zero(moments, 0.9).c_star is None
    z, weights = np.polynomial.hermite_e.hermegauss(40)
    weights = weights / weights.sum()

    def at(x: np.ndarray) -> np.ndarray:
        y = np.tanh(x)
        return y + 0.7 * y * y

    q, c, layers = 0.3, 0.7, 3000
    for _ in range(layers):
        u = math.sqrt(q) * z[:, None]
        v = c * u + math.sqrt(q * (1 - c * c)) * z[None, :]
        following = float(weights @ at(math.sqrt(q) * z) ** 2)
        c = float(weights @ (at(u) * at(v)) @ weights) / following
        q = following
    decay = critical_decay(moments)
    assert q == pytest.approx(float(decay.coefficient) / layers, rel=0.05)
    assert c == pytest.approx(0.5, abs=0.02)


def test_growth_is_no_edge_of_chaos() -> None:
    """relu at (2, 0.1): χ⊥ = 1, yet q grows by 0.1 per layer; c → 1 by kernel and bias."""
    found = phase("relu", 2, "0.1")
    assert found.phase is None
    assert (found.chi_perp, found.c_star, found.q_star) == (1.0, 1.0, None)
    q, c = 1.0, 0.0
    for _ in range(2000):
        c = (q * arccosine(c) + 0.1) / (q + 0.1)
        q += 0.1
    assert c > 0.999
    assert phase("linear", 1, "0.1").phase is None
    assert phase("linear", "1.2", "0.1").c_star is None


def test_jumps_are_chaotic_whatever_the_gradient() -> None:
    found = phase("sign", 1, "0.2")
    assert (found.phase, found.chi_perp) == ("chaotic", 0.0)
    assert found.separates_by_jumps
    assert not phase("tanh", 3, "0.1").separates_by_jumps
