"""Sequential verdicts of replicates: error rates on the heaviest law, budgets, reproducibility."""

import math

import numpy as np
import pytest
from scipy import stats

from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.montecarlo.replicates import Effort, verify_replicates
from varprop.verdict import Verdict

TOLERANCE = 0.1
RUNS = 1000
EDGE_RUNS = 300
HEAVIEST = LAWS["student_t"]
"""Five degrees of freedom: w² has a variance, w⁴ has none."""


def square(rng, points):
    return float((HEAVIEST.sample(rng, (points,)) ** 2).mean())


def verdicts(predicted, runs=RUNS):
    found = dict.fromkeys(Verdict, 0)
    for seed in range(runs):
        check = verify_replicates(
            square, predicted, Effort(TOLERANCE, seed=seed), name="w²", most=2**17, points=512
        )
        found[check.verdict] += 1
    return found


def most_of(chance, runs=RUNS):
    return stats.binom.ppf(0.999, runs, chance)


def test_a_right_formula_is_not_called_wrong():
    assert verdicts(1.0)[Verdict.DISAGREES] <= most_of(0.01)


@pytest.mark.parametrize("side", [1 / (1 + TOLERANCE), 1 / (1 - TOLERANCE)], ids=["low", "high"])
def test_at_the_edge_of_the_tolerance_neither_verdict_comes_too_often(side):
    found = verdicts(side, EDGE_RUNS)
    assert found[Verdict.DISAGREES] <= most_of(0.01, EDGE_RUNS)
    assert found[Verdict.AGREES] <= most_of(0.02, EDGE_RUNS)


@pytest.mark.parametrize("side", [1 / (1 + 2 * TOLERANCE), 1 / (1 - 2 * TOLERANCE)])
def test_two_tolerances_are_found(side):
    assert verdicts(side)[Verdict.DISAGREES] >= 0.99 * RUNS


def test_replicates_do_not_depend_on_the_budget():
    seen = {}
    for most in (2**14, 2**16):
        values = seen.setdefault(most, [])

        def recorded(rng, points, values=values):
            values.append(square(rng, points))
            return values[-1]

        effort = Effort(0.001, seed=5)
        verify_replicates(recorded, 1.0, effort, name="w²", most=most, points=128)
    short, long = seen.values()
    assert len(short) < len(long)
    assert long[: len(short)] == short


def test_standard_errors_are_those_stated():
    z = []
    for seed in range(300):
        check = verify_replicates(
            lambda rng, points: float(rng.standard_normal(points).mean()),
            0.0, Effort(0.5, seed=seed), name="z", unit=1.0, points=16,
        )  # fmt: skip
        z.append(check.observed / check.standard_error)
    assert abs(np.mean(z)) < 4 / math.sqrt(len(z))
    assert 0.9 < np.std(z) < 1.15


def test_arithmetic_joins_the_standard_error():
    check = verify_replicates(lambda *_: 1.0 + 1e-9, 1.0, Effort(), name="one", accuracy=1e-8)
    assert check.verdict is Verdict.AGREES
    assert check.standard_error == pytest.approx(1e-8)


@pytest.mark.parametrize("samples", [2, 3, 40, 1000, 10**6])
def test_samples_are_the_most_that_is_drawn(samples):
    drawn = []

    def count(rng, points):
        drawn.append(points)
        return float(rng.standard_normal(points).mean())

    effort = Effort(1e-6, samples=samples)
    verify_replicates(count, 0.0, effort, name="z", unit=1.0)
    assert samples / 2 < sum(drawn) <= samples


def test_a_replicate_that_overflows_disagrees():
    check = verify_replicates(lambda *_: math.inf, 1.0, Effort(), name="∞")
    assert check.verdict is Verdict.DISAGREES


def test_bad_efforts():
    for bad in ({"tolerance": 1.5}, {"samples": 1}, {"seed": -1}):
        with pytest.raises(BadInput):
            Effort(**bad)
