"""Curves and levels: interpolation against quadrature, and laws that hold for every activation."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varprop.catalogue.activations import activation
from varprop.propagation.curves import Curve
from varprop.propagation.depth import Matrix, levels, trend
from varprop.propagation.feed import moments_of

SOME = ("relu", "tanh", "gelu", "silu", "softplus", "elu", "hard_tanh", "erf", "sin")


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("moment", ["second_moment", "derivative_second_moment"])
def test_interpolated_curve_equals_quadrature(name: str, moment: str) -> None:
    moments = moments_of(activation(name).phi)
    curve = Curve(moments, moment)
    for q in (3e-7, 0.013, 0.7, 1.0, 5.3, 812.0):
        exact = moments.number(moment, q).value
        assert curve(q) == pytest.approx(exact, rel=1e-10)


@given(st.floats(0.01, 100), st.floats(0.1, 10))
@settings(max_examples=20, deadline=None)
def test_homogeneous_networks_scale(scale: float, second: float) -> None:
    """q(a·x) = a²·q(x) for the ReLU family."""
    moments = moments_of(activation("leaky_relu(0.2)").phi)
    matrices = [Matrix(8, 8, 0.3)] * 4
    one = levels(moments, matrices, 0.0, second)
    other = levels(moments, matrices, 0.0, second * scale)
    for a, b in zip(one[1:], other[1:], strict=True):
        assert b.q == pytest.approx(scale * a.q, rel=1e-12)
        assert b.gradient == pytest.approx(a.gradient, rel=1e-12)


@given(st.integers(1, 30), st.floats(0.01, 2))
@settings(max_examples=20, deadline=None)
def test_square_linear_networks_treat_both_directions_alike(width: int, variance: float) -> None:
    moments = moments_of(activation("linear").phi)
    rows = levels(moments, [Matrix(width, width, variance)] * 5, 0.0, 1.0)
    factor = width * variance
    assert rows[-1].q == pytest.approx(factor**5, rel=1e-12)
    assert rows[0].gradient == pytest.approx(factor**5, rel=1e-12)


def test_trend_words() -> None:
    assert trend([0.0] * 10, 10).verdict == "stable"
    assert trend([-k for k in range(10)], 10).verdict == "vanishing"
    assert trend([k * 1.0 for k in range(10)], 10).verdict == "exploding"
    assert trend([-k for k in range(10)], 10).rate == pytest.approx(math.exp(-1))
    assert trend([0.0, -math.inf], 1).verdict == "vanishing"
