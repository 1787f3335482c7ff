"""Gradients at two inputs through depth: against closed kernels and layer-by-layer quadrature."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from varprop.answer.propagate import propagate
from varprop.catalogue.activations import activation_from
from varprop.propagation.feed import moments_of
from varprop.solving.correlation_gradients import coactivation


def relu_kappa(_, c):
    return 1 - math.acos(c) / math.pi


def erf_kappa(q, c):
    """E[φ'(u)φ'(v)] = (4/π)/√((1+2q)² − (2qc)²)."""
    return math.sqrt((1 + 4 * q) / ((1 + 2 * q) ** 2 - (2 * q * c) ** 2))


@pytest.mark.parametrize(
    ("act", "kappa", "start"),
    [("relu", relu_kappa, "0"), ("relu", relu_kappa, "-0.8"), ("erf", erf_kappa, "0.4")],
)
def test_the_course_of_the_gradients_is_the_product_of_kappa(act, kappa, start):
    rows = propagate(act, [16] * 31, "he", correlation=start).levels
    assert rows[-1].gradient_correlation == 1.0
    for below, above in pairwise(rows[1:]):
        expected = kappa(below.q, below.correlation) * above.gradient_correlation
        assert below.gradient_correlation == pytest.approx(expected, rel=1e-9)
    assert rows[0].gradient_correlation == rows[1].gradient_correlation


@pytest.mark.parametrize(
    ("act", "init"), [("hard_tanh", "lecun"), ("softsign", "lecun"), ("relu6", "he")]
)
def test_drifting_signals_of_kinked_activations(act, init):
    rows = propagate(act, [16] * 301, init, correlation="0.3").levels
    moments = moments_of(activation_from(act).phi)
    for k in (3, 40, 170, 290):
        here, above = rows[k], rows[k + 1]
        kappa = coactivation(moments, here.q, here.correlation)
        ratio = here.gradient_correlation / above.gradient_correlation
        assert ratio == pytest.approx(kappa, rel=1e-8)


def test_a_linear_network_keeps_gradients_alike_and_a_sign_has_none():
    assert propagate("linear", [8] * 9, "lecun").levels[0].gradient_correlation == 1.0
    lost = propagate("sign", [8] * 9)
    assert lost.levels[0].gradient_correlation is None
    assert lost.gradient.verdict == "vanishing"
