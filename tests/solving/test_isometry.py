"""Spectra of the Jacobian: S-transform moments, master equation, sampled networks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sympy import Symbol, simplify

from varprop.catalogue.activations import activation
from varprop.errors import BadInput
from varprop.notation import positive
from varprop.propagation.feed import moments_of
from varprop.solving.isometry import (
    SECOND,
    can_reach_isometry,
    check_law,
    mean_and_variance,
    reachable_depth,
    residual_spread,
    slope_moments,
    spectrum_moments,
    variance_formula,
)
from varprop.solving.isometry_density import Spectrum, slope_law


def moments(name):
    return moments_of(activation(name).phi)


@pytest.mark.parametrize("law", SECOND)
def test_variance_by_the_s_transform(law):
    mean, second = spectrum_moments(law, 2)
    depth, weight, slope = positive("L"), positive("sigma_w2"), positive("mu_1")
    assert simplify(mean - (weight * slope) ** depth) == 0
    assert simplify(second - mean**2 - variance_formula(law)) == 0


def test_linear_gaussian_moments_are_fuss_catalan():
    """m_k of a product of L square Gaussian matrices is C(kL + k, k)/(kL + 1)."""
    found = spectrum_moments("normal", 3)
    values = {positive("sigma_w2"): 1, **{Symbol(f"mu_{k}", positive=True): 1 for k in (1, 2, 3)}}
    for depth in (1, 2, 5):
        numbers = [m.subs(values).subs(positive("L"), depth) for m in found]
        expected = [math.comb(k * depth + k, k) // (k * depth + 1) for k in (1, 2, 3)]
        assert numbers == expected


def test_slope_moments_of_relu_and_tanh():
    relu = slope_moments(moments("relu"), 0.7)
    assert (relu.first, relu.second, relu.spread) == (0.5, 0.5, 1.0)
    tanh = slope_moments(moments("tanh"), 1.0)
    assert tanh.first == pytest.approx(0.464403, abs=1e-6)


def test_largest_eigenvalues_known_exactly():
    """Gaussian products: (L+1)^(L+1)/L^L; ReLU with one orthogonal matrix: a projection times 2."""
    linear, relu = slope_law(moments("linear"), 1.0), slope_law(moments("relu"), 1.0)
    for depth in (1, 2, 8):
        top = Spectrum(linear, 1.0, depth, "normal").largest
        assert top == pytest.approx((depth + 1) ** (depth + 1) / depth**depth, rel=1e-8)
    assert Spectrum(relu, 2.0, 1, "orthogonal").largest == pytest.approx(2.0, rel=1e-6)
    assert relu.mass_at_zero == pytest.approx(0.5)


def test_marchenko_pastur():
    spectrum = Spectrum(slope_law(moments("linear"), 1.0), 1.0, 1, "normal")
    values = np.linspace(0.05, 3.9, 40)
    expected = np.sqrt(values * (4 - values)) / (2 * math.pi * values)
    assert spectrum.density(values) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("depth", [2, 8, 32])
def test_deep_linear_density_is_that_of_fuss_and_catalan(depth):
    """λ = sin^(L+1)((L+1)t)/(sin t sin^L(Lt)) has density sin²t sin^(L−1)(Lt)/(π sin^L((L+1)t))."""
    t = np.array([1e-4, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99]) * math.pi / (depth + 1)
    upper, lower = np.sin((depth + 1) * t), np.sin(depth * t)
    values = upper ** (depth + 1) / (np.sin(t) * lower**depth)
    expected = np.sin(t) ** 2 * lower ** (depth - 1) / (math.pi * upper**depth)
    spectrum = Spectrum(slope_law(moments("linear"), 1.0), 1.0, depth, "normal")
    assert spectrum.density(values)[1:] == pytest.approx(expected[1:], rel=1e-10)
    assert spectrum.density(values)[0] == pytest.approx(expected[0], rel=1e-6)


def test_two_free_projections():
    """hard_tanh, orthogonal, L = 2: an atom 2p − 1 at 1 beside √(x(4p(1−p) − x))/(2πx(1−x))."""
    q = 0.5
    p = math.erf(1 / math.sqrt(2 * q))
    spectrum = Spectrum(slope_law(moments("hard_tanh"), q), 1.0, 2, "orthogonal")
    assert spectrum.atoms == (pytest.approx((1.0, 2 * p - 1)),)
    assert spectrum.slopes.mass_at_zero == pytest.approx(1 - p, rel=1e-13)
    edge = 4 * p * (1 - p)
    values = np.array([0.05, 0.3, 0.7, 0.99]) * edge
    expected = np.sqrt(values * (edge - values)) / (2 * math.pi * values * (1 - values))
    assert spectrum.density(values) == pytest.approx(expected, rel=1e-10)
    assert spectrum.density([0.8, 0.95, 0.9999, 1.0]).tolist() == [0.0] * 4
    assert Spectrum(slope_law(moments("hard_tanh"), q), 1.0, 40, "orthogonal").atoms == ()


def test_flat_tails_are_no_zeros():
    """tanh' at |h| = 30 is 4e-26, not 0: no singular value is 0 however large q is."""
    assert slope_law(moments("tanh"), 100.0).mass_at_zero == 0
    assert slope_law(moments("gelu"), 20.0).mass_at_zero == 0
    assert slope_law(moments("relu6"), 4.0).mass_at_zero == pytest.approx(
        0.5 + 0.5 * math.erfc(3 / math.sqrt(2)), rel=1e-13
    )


def test_one_orthogonal_layer_of_a_leaky_relu():
    """Its eigenvalues are σ_w² and σ_w²·a², each of half of the units; at 0 the slope is neither."""
    spectrum = Spectrum(slope_law(moments("leaky_relu(1/10)"), 1.0), 2.0, 1, "orthogonal")
    assert spectrum.largest == pytest.approx(2.0, rel=1e-8)
    small, large = spectrum.atoms
    assert small == pytest.approx((0.02, 0.5))
    assert large == pytest.approx((2.0, 0.5))
    assert not spectrum.density(np.linspace(0.03, 1.9, 20)).any()


@pytest.mark.parametrize(
    ("name", "law", "q", "depth"),
    [("relu", "normal", 1.0, 4), ("tanh", "orthogonal", 0.1, 8), ("erf", "normal", 0.3, 2)],
)
def test_the_density_has_the_moments(name, law, q, depth):
    slopes = slope_moments(moments(name), q)
    spectrum = Spectrum(slope_law(moments(name), q), 1 / slopes.first, depth, law)
    values = spectrum.largest * np.linspace(1e-4, 1, 900) ** 3
    density = spectrum.density(values)
    mean, variance = mean_and_variance(slopes, 1 / slopes.first, depth, law)
    assert np.trapezoid(density * values, values) == pytest.approx(mean, rel=4e-3)
    second = np.trapezoid(density * values**2, values)
    assert second == pytest.approx(variance + mean**2, rel=4e-3)


def test_who_can_reach_isometry():
    assert can_reach_isometry(moments("tanh"))
    assert can_reach_isometry(moments("hard_tanh"))
    assert not can_reach_isometry(moments("relu"))
    assert reachable_depth(slope_moments(moments("linear"), 1.0), "orthogonal") == math.inf
    assert reachable_depth(slope_moments(moments("relu"), 1.0), "orthogonal") == pytest.approx(1.0)


def test_refusals():
    with pytest.raises(BadInput, match="normal and orthogonal"):
        check_law("uniform")
    with pytest.raises(BadInput, match="almost everywhere"):
        slope_moments(moments("sign"), 1.0)


@pytest.mark.parametrize(("act", "branch"), [("tanh", 0.05), ("relu", 0.2)])
def test_residual_blocks_spread_as_sampled_ones(act: str, branch: float) -> None:
    """The Jacobian of 8 residual blocks of 100 units, its slopes drawn at q = 1 in every block."""
    slopes = slope_moments(moments(act), 1.0)
    rng, width, depth = np.random.default_rng(4), 100, 8
    found = []
    for _ in range(12):
        jacobian = np.eye(width)
        for _ in range(depth):
            h = rng.normal(size=width)
            slope = 1 - np.tanh(h) ** 2 if act == "tanh" else 1.0 * (h > 0)
            weights = rng.normal(size=(width, width)) * math.sqrt(branch / slopes.first / width)
            jacobian = jacobian + weights @ (slope[:, None] * jacobian)
        square = jacobian @ jacobian.T
        mean = np.trace(square) / width
        found.append((square**2).sum() / width / mean**2 - 1)
    expected = residual_spread(slopes, branch, depth)
    error = np.std(found, ddof=1) / math.sqrt(len(found))
    assert abs(np.mean(found) - expected) < 4.5 * error + 0.03 * expected
