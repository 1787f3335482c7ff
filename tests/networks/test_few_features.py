"""Norms over few features without positions, against drawn groups."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.networks.drawn import folded
from varprop.answer.architecture_api import network as asked
from varprop.networks.few_features import correlated, sphere
from varprop.notation import h

SPEC = "Input(512) >> Dense(512) >> GroupNorm(64) >> relu >> Dense(512)"


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.9, 1.0])
def test_two_inputs_leave_with_the_cosine_of_two_vectors(rho: float) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 200_000, 7))
    b = rho * a + math.sqrt(1 - rho * rho) * b
    cosine = (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1))
    error = float(cosine.std()) / math.sqrt(len(cosine))
    assert correlated(7, rho) == pytest.approx(float(cosine.mean()), abs=4 * error + 1e-9)


def test_a_coordinate_of_a_sphere_has_its_exact_moments() -> None:
    for m in (3, 7, 15):
        law = sphere(m)
        fourth = 3 * m / (m + 2)
        middle = math.exp(math.lgamma(m / 2) - math.lgamma((m + 1) / 2)) * math.sqrt(m / math.pi)
        assert law.expectation(h**4, 0.0, 1.0) == pytest.approx(fourth, rel=1e-3)
        assert law.masses @ np.abs(law.points) == pytest.approx(middle, rel=1e-3)


def test_groups_of_eight_features_are_those_of_drawn_ones() -> None:
    """1.2 = (n − 2)/(n − 3) is exact; 60 networks gave 1.205 ± 0.016, mean 0.4132 ± 0.0002."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((200_000, 8))
    y = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    rows = asked(SPEC).propagate().levels
    relu = float(np.maximum(y, 0).mean())
    assert rows[3].mean == pytest.approx(relu, rel=2e-3)
    assert rows[-1].correlation == pytest.approx(2 * relu * relu, rel=4e-3)
    assert rows[1].gradient == pytest.approx(1.2 * rows[2].gradient, rel=1e-6)


def test_groups_of_few_units_that_are_not_gaussian_are_named() -> None:
    *_, setting = folded("Input(64) >> Dense(512) >> relu >> GroupNorm(64) >> relu")
    assert any("over 8 features" in said for said in setting.approximations)
