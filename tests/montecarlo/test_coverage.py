"""Nominal intervals hold the truth as often as they say; the spread of squares is the known one.

The full study, 2,000 seeds of 2,000 networks 20 layers deep: python -m tests.benchmarks.coverage.
"""

import math

import pytest

from tests.benchmarks.coverage import WIDTH, covered, spread_of_squares


def test_nominal_intervals_hold_the_truth_as_often_as_they_say():
    seeds = 60
    held = sum(covered(8, 500, 0.95, seed) for seed in range(seeds))
    # With the study's bounds, 93 to 97 %, and 3.5 standard errors of so few seeds.
    error = 3.5 * math.sqrt(0.05 * 0.95 / seeds)
    assert 0.93 - error < held / seeds


def test_the_spread_of_squares_after_ten_layers_of_width_64():
    squares = spread_of_squares(10, 2**17, seed=1)
    exact = (1 + 5 / WIDTH) ** 10
    weights = squares**2 / exact - 2 * (squares - 1)
    error = float(weights.std()) / math.sqrt(squares.size)
    assert error < 0.01
    spread = float((squares**2).mean() / squares.mean() ** 2)
    assert spread == pytest.approx(exact, rel=3 * error)
