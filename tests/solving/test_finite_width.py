"""1/n corrections against exact products and sampled networks."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from sympy import Rational, expand, symbols

from varprop.catalogue.activations import activation
from varprop.errors import BadInput
from varprop.propagation.feed import moments_of
from varprop.solving.finite_width import (
    bend,
    effective_depth,
    exact_growth,
    fluctuations,
    is_misleading,
    log_drift,
)


def moments(name):
    return moments_of(activation(name).phi)


@pytest.mark.parametrize(("name", "constant"), [("relu", 5), ("linear", 2)])
def test_exact_products(name, constant):
    n, m = symbols("n m", positive=True)
    found = exact_growth(moments(name), [n, m])
    assert expand(found - (1 + constant / n) * (1 + constant / m)) == 0
    assert exact_growth(moments(name), [64] * 3) == (1 + Rational(constant, 64)) ** 3
    assert exact_growth(moments("tanh"), [n]) is None


@pytest.mark.parametrize(("name", "weight"), [("relu", 2.0), ("linear", 1.0), ("abs", 1.0)])
def test_the_recursion_is_the_first_order_of_the_product(name, weight):
    n, depth = 10_000, 20
    last = fluctuations(moments(name), [n] * depth, weight, 0.0, 1.0)[-1]
    exact = float(exact_growth(moments(name), [n] * depth)) - 1
    assert last.relative == pytest.approx(exact, rel=0.01)
    assert last.shift == 0.0
    assert last.median == pytest.approx(math.exp(log_drift(moments(name), [n] * depth)), rel=1e-3)


@pytest.mark.parametrize("name", ["tanh", "gelu", "elu"])
def test_the_bend_is_the_second_derivative(name):
    found, q, step = moments(name), 0.8, 1e-4
    high, low = (found.number("length_slope", q + s).value for s in (step, -step))
    assert bend(found, q) == pytest.approx((high - low) / (2 * step), rel=1e-5)


def sampled(width, depth, weight, bias, excess, networks=3000):
    """(1/n) Σ φ(h)² σ_w² + σ_b² of tanh networks, by layer and network."""
    rng = np.random.default_rng(7)
    h = rng.normal(size=(networks, width))
    found = []
    for _ in range(depth):
        x = np.tanh(h)
        found.append(weight * (x**2).mean(1) + bias)
        draw = rng.choice([-1.0, 1.0], (networks, width, width)) if excess else None
        w = rng.normal(size=(networks, width, width)) if draw is None else draw
        h = np.einsum("rij,rj->ri", w, x) * (weight / width) ** 0.5
        h += rng.normal(0, bias**0.5, (networks, width))
    return np.array(found)


@pytest.mark.parametrize("excess", [0.0, -2.0], ids=["normal", "rademacher"])
def test_tanh_networks_and_the_kurtosis_of_their_weights(excess):
    width, depth, weight, bias = 24, 4, 2.0, 0.1
    found = sampled(width, depth, weight, bias, excess)
    rule = fluctuations(moments("tanh"), [width] * depth, weight, bias, 1.0, excess)[1:]
    for row, level in zip(found, rule, strict=True):
        error = row.std() / math.sqrt(len(row))
        assert row.mean() == pytest.approx(level.mean, abs=4 * error + 0.5 / width**2)
        assert row.var() == pytest.approx(level.variance, rel=0.12)


def test_kurtosis_moves_the_mean_beyond_the_noise():
    """At width 24 the two laws differ by 1 %: the rule's sign and size show in a sample."""
    last = [fluctuations(moments("tanh"), [24] * 4, 2.0, 0.1, 1.0, k)[-1].mean for k in (0.0, -2.0)]
    seen = [sampled(24, 4, 2.0, 0.1, k)[-1].mean() for k in (0.0, -2.0)]
    assert seen[1] - seen[0] == pytest.approx(last[1] - last[0], rel=0.4)


def test_depth_over_width_is_what_counts():
    assert effective_depth([100] * 50) == pytest.approx(0.5)
    deep = fluctuations(moments("relu"), [64] * 50, 2.0, 0.0, 1.0)[-1]
    assert is_misleading(deep.relative)
    assert not is_misleading(fluctuations(moments("relu"), [4096] * 50, 2.0, 0.0, 1.0)[-1].relative)


def test_refusal():
    with pytest.raises(BadInput, match="at least 1"):
        fluctuations(moments("relu"), [0], 2.0, 0.0, 1.0)


@pytest.mark.parametrize(("law", "excess"), [("laplace", 3.0), ("uniform", -1.2)])
def test_the_mean_of_narrow_networks_knows_the_kurtosis_of_the_weights(law, excess):
    """Widths 60, 20, 40 of tanh, σ_w² = 1.69: E and Var over 16 000 networks of an own sampler."""
    widths, weight, start, networks = (60, 20, 40), 1.69, 0.5, 16_000
    rng = np.random.default_rng(3)
    draw = {
        "laplace": lambda shape: rng.laplace(scale=math.sqrt(0.5), size=shape),
        "uniform": lambda shape: rng.uniform(-math.sqrt(3), math.sqrt(3), size=shape),
    }[law]
    h = rng.normal(size=(networks, widths[0])) * math.sqrt(start)
    for n, following in pairwise(widths):
        w = draw((networks, following, n)) * math.sqrt(weight / n)
        h = np.einsum("bij,bj->bi", w, np.tanh(h))
    s = weight * (np.tanh(h) ** 2).mean(axis=1)
    last = fluctuations(moments("tanh"), widths, weight, 0.0, start, excess)[-1]
    gap = abs(last.mean - last.q)
    assert s.mean() == pytest.approx(last.mean, abs=4 * s.std() / math.sqrt(networks) + 0.1 * gap)
    assert abs(s.mean() - last.q) > 0.2 * gap
    assert s.var() == pytest.approx(last.variance, rel=0.06)
