"""Estimates, intervals and verdicts: known cases, and error rates over seeded runs."""

import math

import numpy as np
import pytest
from scipy import stats

from varprop.errors import BadInput
from varprop.montecarlo.statistics import (
    MEAN,
    MEDIAN_OF_MEANS,
    choose_method,
    estimate,
    holm,
    judge,
    looks,
    sidak,
)
from varprop.verdict import Verdict


def test_a_symmetric_sample_gives_the_textbook_interval():
    data = np.concatenate([np.arange(1.0, 9.0), -np.arange(1.0, 9.0)])
    found = estimate(data)
    low, high = found.interval(0.95)
    expected = stats.t.interval(0.95, 15, 0.0, data.std(ddof=1) / 4)
    assert (low, high) == pytest.approx(expected, rel=1e-8)
    assert found.p_value(low) == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize("method", [MEAN, MEDIAN_OF_MEANS])
def test_too_little_data_says_so(method):
    assert estimate([1.0], method).interval() == (-math.inf, math.inf)


def test_overflow_is_a_result():
    assert estimate([1.0, math.inf]).value == math.inf
    assert estimate([1.0, math.nan]).value == math.inf
    assert judge(estimate([1.0, math.nan]).interval(), 1.0, 0.1) is Verdict.DISAGREES
    assert math.isinf(estimate([1e300, -1e300]).standard_error)


def test_bad_requests():
    with pytest.raises(BadInput):
        estimate([])
    with pytest.raises(BadInput, match="no method"):
        estimate([1.0, 2.0], "mode")


@pytest.mark.parametrize(
    ("interval", "slack", "verdict"),
    [
        ((0.99, 1.01), 0.0, Verdict.AGREES),
        ((0.98, 1.02), 0.0, Verdict.AGREES),
        ((1.021, 1.03), 0.0, Verdict.DISAGREES),
        ((0.9, 0.979), 0.0, Verdict.DISAGREES),
        ((1.021, 1.03), 0.01, Verdict.TOO_WEAK),
        ((0.97, 1.01), 0.0, Verdict.TOO_WEAK),
        ((0.5, 1.5), 0.0, Verdict.TOO_WEAK),
        ((-math.inf, math.inf), 0.0, Verdict.TOO_WEAK),
        ((math.inf, math.inf), 0.0, Verdict.DISAGREES),
    ],
)
def test_verdicts(interval, slack, verdict):
    assert judge(interval, 1.0, 0.02, slack) is verdict


def test_family_levels():
    assert sidak(0.99, 1) == pytest.approx(0.99)
    assert sidak(0.95, 10) ** 10 == pytest.approx(0.95)
    assert holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))
    assert holm([0.9, 0.8]) == (1.0, 1.0)
    assert holm([]) == ()


@pytest.mark.parametrize(
    ("most", "counts"),
    [
        (10, (10,)),
        (64, (64,)),
        (80, (80,)),
        (108, (64, 108)),
        (16384, (64, 256, 1024, 4096, 16384)),
    ],
)
def test_looks(most, counts):
    plan = looks(most)
    assert plan.counts == counts
    assert (1 - plan.each) * len(counts) == pytest.approx(0.01)


def test_the_mean_is_given_up_where_its_error_cannot_be_known():
    assert choose_method(3, 64) == MEAN
    assert choose_method(9e6, 10_000) == MEDIAN_OF_MEANS
    assert choose_method(math.inf, 10_000) == MEDIAN_OF_MEANS


LAWS = {
    "normal": lambda rng, n: 1 + rng.standard_normal(n),
    "exponential": lambda rng, n: rng.exponential(size=n),
    "chi-squared, 1 degree": lambda rng, n: rng.chisquare(1, n),
    "log-normal, σ = 1/2": lambda rng, n: np.exp(0.5 * rng.standard_normal(n) - 0.125),
    "log-normal, σ = 1": lambda rng, n: np.exp(rng.standard_normal(n) - 0.5),
}


@pytest.mark.parametrize("name", LAWS)
def test_stopping_early_keeps_the_error_rate(name):
    # 1,000 runs of looks after 64, 256 and 1,024 replicates with tolerance 0, so that leaving the
    # truth out at any look is a false alarm; 1 % is allowed, and binomial noise on top.
    plan, runs, wrong = looks(1024), 1000, 0
    for seed in range(runs):
        data = LAWS[name](np.random.default_rng(seed), 1024)
        for count in plan.counts:
            if judge(estimate(data[:count]).interval(plan.each), 1.0, 0.0) is Verdict.DISAGREES:
                wrong += 1
                break
    assert wrong <= stats.binom.ppf(0.999, runs, 0.01 if "σ = 1" not in name else 0.02)


def test_median_of_means_covers_a_mean_without_fourth_moment():
    inside = 0
    for seed in range(400):
        data = 1 + np.random.default_rng(seed).standard_t(2.1, 4096)
        low, high = estimate(data, MEDIAN_OF_MEANS).interval(0.95)
        inside += low <= 1 <= high
    assert inside >= stats.binom.ppf(0.001, 400, 0.95)


def test_median_of_means_standard_error():
    values, errors = [], []
    for seed in range(300):
        found = estimate(np.random.default_rng(seed).standard_normal(2048), MEDIAN_OF_MEANS)
        values.append(found.value)
        errors.append(found.standard_error)
    assert np.std(values) == pytest.approx(np.mean(errors), rel=0.15)
