"""The c-map against arc-cosine and arcsine kernels, and its fixed point against iteration."""

from __future__ import annotations

import math

import pytest
from sympy import Rational

from varprop.catalogue.activations import activation
from varprop.propagation.feed import moments_of
from varprop.solving.correlation import (
    CorrelationMap,
    correlation_limit,
    critical_correlation,
)
from varprop.solving.correlation_loss import c_map_formula
from varprop.solving.correlation_plane import product
from varprop.solving.fixed_points import destination, fixed_points


def moments(name):
    return moments_of(activation(name).phi)


def limit(name, weight, bias):
    found, weight, bias = moments(name), Rational(weight), Rational(bias)
    point = destination(found, weight, bias, fixed_points(found, weight, bias), 1.0).point
    return point, correlation_limit(found, float(weight), float(bias), point.q, point.chi_perp)


def relu_kernel(q, c):
    return q * (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c))) / (2 * math.pi)


def erf_kernel(q, c):
    return 2 / math.pi * math.asin(2 * c * q / (1 + 2 * q))


@pytest.mark.parametrize(("name", "kernel"), [("relu", relu_kernel), ("erf", erf_kernel)])
@pytest.mark.parametrize("c", [-0.9, 0.0, 0.3, 0.99, 0.999999])
@pytest.mark.parametrize("q", [0.01, 1.0, 400.0])
def test_products_against_kernels(name, kernel, c, q):
    found = moments(name)
    assert product(found.phi, found.h, q, c) == pytest.approx(kernel(q, c), rel=1e-11, abs=1e-14)
    c_map = CorrelationMap(found, 1.0, 0.0, q)
    lost = kernel(q, 1.0) - kernel(q, c)
    assert c_map.loss(1 - c) * (1 - c) * q == pytest.approx(lost, rel=1e-7, abs=1e-14)


def test_closed_c_maps():
    for name, kernel in (("relu", relu_kernel), ("erf", erf_kernel)):
        formula = c_map_formula(moments(name))
        names = {s.name: s for s in formula.free_symbols}
        value = float(formula.subs({names["q"]: 0.7, names["c"]: 0.3}))
        assert value == pytest.approx(kernel(0.7, 0.3))


def test_erf_chaotic_against_iteration():
    point, found = limit("erf", "4", "0.01")
    c = 0.5
    for _ in range(400):
        c = (4 * erf_kernel(point.q, c) + 0.01) / point.q
    assert found.c_star == pytest.approx(c, rel=1e-12)
    a = 2 * point.q / (1 + 2 * point.q)
    slope = 4 / point.q * 2 / math.pi * a / math.sqrt(1 - (a * c) ** 2)
    assert found.slope == pytest.approx(slope, rel=1e-11)
    assert found.depth == pytest.approx(-1 / math.log(slope), rel=1e-9)


def test_close_to_the_edge():
    """With ε = 1 − c: R(ε) = χ⊥ − ½C''(1)·ε, so ε* = 2(χ⊥ − 1)/C''(1) to first order."""
    point, found = limit("tanh", "1.70090", "0.04")
    law = critical_correlation(moments("tanh"), 1.7009, point.q)
    assert 1 - found.c_star == pytest.approx((point.chi_perp - 1) * law.coefficient, rel=2e-3)


@pytest.mark.parametrize(
    ("name", "weight", "bias", "c_star"),
    [("tanh", "25/9", "0", 0.0), ("tanh", "1.69", "0.09", 1.0), ("relu", "1.9", "0.2", 1.0)],
)
def test_known_limits(name, weight, bias, c_star):
    assert limit(name, weight, bias)[1].c_star == c_star


def test_linear_networks_keep_every_correlation():
    assert correlation_limit(moments("linear"), 1.0, 0.0, 1.0, 1.0).c_star is None


def test_a_jump_separates_similar_inputs():
    point, found = limit("sign", "1", "0.2")
    assert point.q == pytest.approx(1.2)
    c = 0.5
    for _ in range(300):
        c = (2 / math.pi * math.asin(c) + 0.2) / 1.2
    assert found.c_star == pytest.approx(c, rel=1e-10)
    assert found.slope == pytest.approx(2 / math.pi / math.sqrt(1 - c * c) / 1.2, rel=1e-9)


def test_critical_relu_nears_one_as_9_pi2_over_2_l2():
    law = critical_correlation(moments("relu"), 2.0, 1.0)
    assert law.exponent == 2
    assert law.coefficient == pytest.approx(9 * math.pi**2 / 2)
    c = 0.0
    for _ in range(2000):
        c = 2 * relu_kernel(1.0, c)
    assert (1 - c) * 2000**2 == pytest.approx(law.coefficient, rel=0.02)


@pytest.mark.parametrize(("weight", "bias"), [(1.5, 0.05), (3.0, 0.0), (2.0, 0.4)])
def test_short_waves_follow_their_kernel(weight, bias):
    """sin(30 h) at a q that holds many waves: K(c) = (e^(−900 q (1 − c)) − e^(−900 q (1 + c)))/2."""
    q = weight / 2 + bias
    c_map = CorrelationMap(moments("siren"), weight, bias, q)
    for c in (0.0, 0.3, 0.9, 0.999, 1 - 1e-9):
        kernel = (math.exp(-900 * q * (1 - c)) - math.exp(-900 * q * (1 + c))) / 2
        assert c_map(c) == pytest.approx((weight * kernel + bias) / q, rel=1e-10, abs=1e-12)
    limit = correlation_limit(moments("siren"), weight, bias, q, weight * 450)
    assert limit.c_star == pytest.approx(bias / q, rel=1e-9, abs=1e-12)
