"""Forecasts along the layers: right for smooth courses, and computed where they are not."""

from __future__ import annotations

import math
import random

import pytest

from varprop.solving.followed import Followed


def walked(function, layers):
    """Follow a function of the layer; return its values and how often it was computed."""
    course, found, computed = Followed(), [], 0
    while len(found) < layers:
        numbers = list(range(len(found), min(layers, len(found) + course.span)))
        values = function(numbers[-1])
        computed += 1
        if not course.learn(numbers[-1], values):
            continue
        between = course.foretold(numbers[:-1]) or []
        found += [*between, values]
    return found, computed


SMOOTH = {
    "a power of the depth": lambda k: (1 / (k + 5), 3 + (k + 9) ** -0.5),
    "an exponential": lambda k: (1 + math.exp(-k / 7), 2 - math.exp(-k / 3)),
    "a constant": lambda _: (1.0, 0.3),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_courses_are_foretold(name):
    found, computed = walked(SMOOTH[name], 3000)
    assert computed < 300
    for k, values in enumerate(found):
        assert values == pytest.approx(SMOOTH[name](k), rel=1e-9)


def test_rounding_is_not_extrapolated():
    draw = random.Random(1)
    noisy = lambda _: (0.5 + 1e-14 * draw.random(),)  # noqa: E731
    found, computed = walked(noisy, 2000)
    assert computed < 60
    assert all(abs(values[0] - 0.5) < 1e-12 for values in found)


def test_a_course_that_jumps_is_computed_layer_by_layer():
    jumps = lambda k: (float(k % 3),)  # noqa: E731
    found, computed = walked(jumps, 60)
    assert computed == 60
    assert [values[0] for values in found] == [k % 3 for k in range(60)]
