"""Shattered gradients: the exponents, and the ReLU numbers of Balduzzi et al."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sympy import Rational

from varprop.catalogue.activations import activation
from varprop.propagation.feed import moments_of
from varprop.solving.correlation import CorrelationMap
from varprop.solving.correlation_gradients import (
    coactivation,
    looks_linear,
    plain,
    residual,
    residual_normalised,
    through_depth,
)

HALF = Rational(1, 2)


def moments(name):
    return moments_of(activation(name).phi)


@pytest.mark.parametrize("c", [-0.7, 0.0, 0.6, 1.0])
def test_coactivation_of_relu_is_an_angle(c):
    expected = 1 - math.acos(c) / math.pi
    assert coactivation(moments("relu"), 0.8, c) == pytest.approx(expected, rel=1e-10)


def test_plain_and_residual():
    assert plain(HALF, 10) == Rational(1, 1024)
    assert residual(HALF, 10, 1) == Rational(3, 4) ** 10
    assert looks_linear(100) == 1


def test_normalised_residual_falls_as_one_over_root_depth():
    product = math.prod((layer + 0.5) / (layer + 1) for layer in range(1, 51))
    assert float(residual_normalised(HALF, 50)) == pytest.approx(product)
    ratio = float(residual_normalised(HALF, 4000) / residual_normalised(HALF, 1000))
    assert ratio == pytest.approx(0.5, rel=1e-3)


def test_a_plain_relu_network_against_sampled_gradients():
    """Two inputs of correlation 0 through 3 layers: E[δδ'] over E[δ²]."""
    width, networks, depth = 120, 150, 3
    rng = np.random.default_rng(3)
    seen = []
    for _ in range(networks):
        h = rng.normal(size=(width, 2))
        masks = [h > 0]
        weights = []
        for _ in range(depth - 1):
            weights.append(rng.normal(size=(width, width)) * math.sqrt(2 / width))
            h = weights[-1] @ np.maximum(h, 0)
            masks.append(h > 0)
        delta = rng.normal(size=width)[:, None] * masks[-1]
        for w, mask in zip(weights[::-1], masks[-2::-1], strict=True):
            delta = (w.T @ delta) * mask
        seen.append((delta[:, 0] @ delta[:, 1], (delta**2).sum() / 2))
    product, square = np.array(seen).T
    rule = through_depth(CorrelationMap(moments("relu"), 2.0, 0.0, 1.0), 0.0, depth)[-1][1]
    observed = product.mean() / square.mean()
    error = (product - observed * square).std() / square.mean() / math.sqrt(networks)
    assert observed == pytest.approx(rule, abs=4 * error + 0.01)


def test_residual_blocks_against_sampled_gradients():
    """Blocks h + s·W relu(h) at uncorrelated inputs: the skip keeps what a plain network shatters."""
    width, networks, depth, s = 100, 120, 3, 0.7
    rng = np.random.default_rng(5)
    seen = []
    for _ in range(networks):
        delta = np.repeat(rng.normal(size=(width, 1)), 2, axis=1)
        for _ in range(depth):
            mask = rng.normal(size=(width, 2)) > 0
            w = rng.normal(size=(width, width)) * math.sqrt(2 / width)
            delta = delta + s * (w.T @ delta) * mask
        seen.append((delta[:, 0] @ delta[:, 1], (delta**2).sum() / 2))
    product, square = np.array(seen).T
    rule = float(residual(HALF, depth, s**2))
    observed = product.mean() / square.mean()
    error = (product - observed * square).std() / square.mean() / math.sqrt(networks)
    assert observed == pytest.approx(rule, abs=4 * error + 0.01)
    assert observed > 1.5 * 0.5**depth


def test_mirrored_weights_keep_every_gradient_alike():
    """Looks-linear: [V, −V] on (relu(h), relu(−h)) is V h, whatever the input."""
    width, depth = 60, 20
    rng = np.random.default_rng(6)
    h, gradients = rng.normal(size=(width, 2)), []
    jacobian = [np.eye(width), np.eye(width)]
    for _ in range(depth):
        v = rng.normal(size=(width, width)) / math.sqrt(width)
        for k in (0, 1):
            positive = h[:, k] > 0
            jacobian[k] = (v * positive + v * ~positive) @ jacobian[k]
        h = np.hstack([v, -v]) @ np.vstack([np.maximum(h, 0), np.maximum(-h, 0)])
    readout = rng.normal(size=width)
    gradients = [readout @ j for j in jacobian]
    cosine = gradients[0] @ gradients[1] / math.prod(np.linalg.norm(g) for g in gradients)
    assert cosine == pytest.approx(float(looks_linear(depth)))
