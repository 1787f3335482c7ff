"""Interpolation in ln q: same values within both bounds, for arrays of any shape."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from varprop.catalogue.activations import activation
from varprop.errors import BadInput
from varprop.moments.numbers.combine import NAMES
from varprop.moments.numbers.vector import direct, moments
from varprop.notation import h

NAMED = ("tanh", "elu", "relu6", "silu", "hard_swish", "gaussian", "softshrink", "cos")


@pytest.mark.parametrize("name", NAMED)
def test_interpolated_equals_direct(name: str) -> None:
    rng = np.random.default_rng(7)
    q = np.exp(rng.uniform(np.log(1e-6), np.log(2e3), 2000))
    some = rng.choice(len(q), 40, replace=False)
    for moment_name in NAMES:
        values, bounds = moments(activation(name).phi, h, q, moment_name)
        right, known = direct(activation(name).phi, h, q[some], moment_name)
        assert (np.abs(values[some] - right) <= bounds[some] + known).all(), moment_name


@pytest.mark.parametrize("name", NAMED[:6])
def test_interpolation_keeps_the_promise(name: str) -> None:
    q = np.geomspace(1e-6, 1e6, 1000)
    values, bounds = moments(activation(name).phi, h, q, "second_moment")
    assert (bounds <= 1e-12 * values).all()


def test_shapes() -> None:
    q = np.geomspace(0.1, 10, 600).reshape(3, 200)
    values, bounds = moments(sympy.tanh(h), h, q, "second_moment")
    assert values.shape == bounds.shape == q.shape
    assert np.allclose(values[1, :5], moments(sympy.tanh(h), h, q[1, :5], "second_moment")[0])
    assert moments(sympy.tanh(h), h, np.zeros(0), "mean")[0].shape == (0,)


def test_a_steep_moment() -> None:
    """E[exp(h)²] grows from e²⁰ to beyond double range within the array."""
    q = np.geomspace(10, 1e4, 600)
    values, bounds = moments(sympy.exp(h), h, q, "second_moment")
    known = np.isfinite(values)
    assert (known == (2 * q < 709.78)).all()
    right = np.exp(2 * q[known])
    assert (np.abs(values[known] - right) <= bounds[known] + 1e-12 * right).all()
    assert (bounds[known] <= 2e-12 * right).all()


def test_overflow_among_many() -> None:
    q = np.concatenate([np.geomspace(1e-3, 100, 400), [500.0, 1e5]])
    values, bounds = moments(sympy.exp(h), h, q, "second_moment")
    assert np.isnan(values[-2:]).all()
    assert np.isinf(bounds[-2:]).all()
    assert np.allclose(values[:400], np.exp(2 * q[:400]), rtol=1e-12)


@pytest.mark.parametrize("q", [[0.0], [-1.0], [np.nan], [np.inf]])
def test_variances_must_be_positive(q: list[float]) -> None:
    with pytest.raises(BadInput, match="positive"):
        moments(sympy.tanh(h), h, np.array(q), "mean")


def test_unknown_moment() -> None:
    with pytest.raises(BadInput, match="no moment 'kurtosis'"):
        moments(sympy.tanh(h), h, np.array([1.0]), "kurtosis")
