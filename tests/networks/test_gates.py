"""Maxout, gates and CReLU: two inputs, positions that differ, and laws behind a product."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.networks.drawn import folded
from varprop.networks.densities import standard_normal
from varprop.networks.maxout_pairs import maxima, same
from varprop.networks.product_laws import atoms_of, product_part
from varprop.networks.signal import Part
from varprop.notation import h


@pytest.mark.parametrize("rho", [-0.9, -0.3, 0.0, 0.4, 0.8, 0.99, 1.0])
def test_two_maxima_of_two_have_the_arcsine_kernel(rho: float) -> None:
    # max(a, b) = (a + b)/2 + |a − b|/2, whose parts are independent, E|u||v| = 2/π(√(1−ρ²) + ρ arcsin ρ)
    exact = rho / 2 + (math.sqrt(1 - rho * rho) + rho * math.asin(rho)) / math.pi
    assert maxima(2, rho) == pytest.approx(exact, abs=2e-3)
    # both maxima are of one piece where a − b has the same sign in both
    assert same(2, rho) == pytest.approx(0.5 + math.asin(rho) / math.pi, abs=1e-2)


def test_two_maxima_of_five_are_those_of_drawn_ones() -> None:
    rng, rho = np.random.default_rng(1), 0.6
    a, b = rng.standard_normal((2, 200_000, 5))
    b = rho * a + math.sqrt(1 - rho * rho) * b
    assert maxima(5, rho) == pytest.approx(float((a.max(1) * b.max(1)).mean()), abs=0.01)
    assert same(5, rho) == pytest.approx(float((a.argmax(1) == b.argmax(1)).mean()), abs=0.01)


def test_a_product_of_two_gaussians_has_its_fourth_moment_and_its_law() -> None:
    part = Part(1, 1.0)
    made = product_part([atoms_of((part,)), atoms_of((part,))], 0.0, None, None)
    assert made.law is not None
    assert made.variance == pytest.approx(1, rel=1e-3)
    assert made.law.expectation(h**4, 0.0, 1.0) == pytest.approx(9, rel=1e-2)
    # E|uv| = 2/π
    assert made.law.masses @ np.abs(made.law.points) == pytest.approx(2 / math.pi, rel=1e-2)
    assert standard_normal().expectation(h**4, 0.0, 1.0) == pytest.approx(3, rel=1e-2)


@pytest.mark.parametrize("layer", ["Maxout(2)", "swiglu", "CReLU()"])
def test_a_border_is_followed_through_a_unit_of_several(layer: str) -> None:
    # positions by themselves: a padded convolution of an image of ones is one of fewer terms
    text = "Input(32, 3) >> Conv1d(64, 3, padding=1, bias=False) >> {} >> Conv1d(8, 3, bias=False)"
    whole = folded(text.format(layer))[0].second
    each = []
    for terms in (2, 3, 2):
        lone = f"Input({32 * terms}) >> Dense(64, bias=False) >> {layer}"
        each.append(folded(lone, scale=terms / 3)[0].second)
    assert whole == pytest.approx(float(np.mean(each)), rel=1e-6)


def test_looks_linear_convolutions_are_linear_next_to_a_border() -> None:
    paired = (
        "Input(8, 5, 5) >> Conv2d(16, 3, padding=1) >> CReLU() >> Mirrored(Conv2d(8, 3, padding=1))"
    )
    plain = "Input(8, 5, 5) >> Conv2d(16, 3, padding=1) >> Conv2d(8, 3, padding=1)"
    (one, back, _), (other, straight, _) = (
        folded(paired, scale=2.0, bias=0.3), folded(plain, scale=2.0, bias=0.3)
    )  # fmt: skip
    # fan_in counts both halves, so that W has half of the plain layer's variance
    first = folded("Input(8, 5, 5) >> Conv2d(16, 3, padding=1)", scale=2.0, bias=0.3)[0]
    rest = other.second - 0.3
    assert one.second - 0.3 == pytest.approx(rest / 2, rel=1e-9)
    assert one.cross - 0.3 == pytest.approx((other.cross - 0.3) / 2, rel=1e-9)
    assert back == pytest.approx(straight / 2, rel=1e-9)
    assert first.mean == 0


@pytest.mark.parametrize(
    "text",
    [
        "Input(128) >> Dense(256) >> 3 * (CReLU() >> Mirrored(Dense(256))) >> CReLU() >> Mirrored(Dense(64))",
        "Input(8, 5, 5) >> Conv2d(16, 3) >> CReLU() >> Mirrored(Conv2d(16, 2)) >> CReLU()"
        " >> Flatten() >> Mirrored(Dense(4))",
    ],
)
def test_two_gradients_of_a_looks_linear_network_stay_equal(text: str) -> None:
    rows = folded(text)[2].rows
    assert all(r.gradient.cross == pytest.approx(r.gradient.second, rel=1e-12) for r in rows)


def test_two_gradients_behind_crelu_alone_do_not() -> None:
    # E[1(u > 0)1(v > 0)] + E[1(u < 0)1(v < 0)] = 1/2 for two independent inputs
    first = folded("Input(128) >> Dense(256) >> CReLU() >> Dense(64)")[2].rows[0]
    assert first.gradient.cross == pytest.approx(first.gradient.second / 2)
