"""Activations that grow like exp(h²): moments against mpmath, and what ends where E[φ²] is infinite."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

from varprop.answer.propagate import propagate
from varprop.catalogue.activations import activation_from
from varprop.errors import Divergent
from varprop.propagation.curves import Curve
from varprop.propagation.feed import moments_of
from varprop.propagation.growing import GrowingMoments


def moments(text):
    return moments_of(activation_from(text).phi)


@pytest.mark.parametrize("q", [1e-6, 0.3, 1.1, 2.3])
@pytest.mark.parametrize("text", ["exp(x**2/10)", "x*exp(x**2/8)/2", "sinh(x**2/10)"])
def test_moments_against_mpmath(text, q):
    if "8" in text and q > 2:
        return
    by_hand = {
        "exp(x**2/10)": lambda h: mp.exp(h**2 / 10),
        "x*exp(x**2/8)/2": lambda h: h * mp.exp(h**2 / 8) / 2,
        "sinh(x**2/10)": lambda h: mp.sinh(h**2 / 10),
    }[text]
    found = moments(text)
    assert isinstance(found, GrowingMoments)
    with mp.workdps(30):
        weight = lambda h: mp.exp(-(h**2) / (2 * q)) / mp.sqrt(2 * mp.pi * q)  # noqa: E731
        ends = [k * mp.sqrt(q) for k in (-80, -40, -20, -10, -5, 0, 5, 10, 20, 40, 80)]
        expected = mp.quad(lambda h: by_hand(h) ** 2 * weight(h), ends)
    assert found.number("second_moment", q).value == pytest.approx(float(expected), rel=1e-11)
    arrays, _ = found.numbers("second_moment", np.array([q]))
    assert arrays[0] == pytest.approx(float(expected), rel=1e-11)


def test_beyond_the_last_q_the_moment_and_its_slope_are_infinite():
    found = moments("exp(x**2/10)")
    for name in ("second_moment", "length_slope"):
        with pytest.raises(Divergent):
            found.number(name, 2.5)
    assert found.closed("length_slope").args[-1][0].is_infinite
    assert Curve(found, "second_moment")(3.0) == math.inf


def test_a_network_that_leaves_the_finite_moments_explodes():
    found = propagate("exp(x**2/10)", [8] * 12, "he")
    assert found.levels[-1].q == math.inf
    assert (found.forward.verdict, found.gradient.verdict) == ("exploding", "exploding")
