"""Single expectations: exact values agree, wrong ones don't, tails get importance sampling."""

import math
import warnings

import numpy as np
import pytest
from scipy.stats import norm

from varprop.errors import BadInput
from varprop.montecarlo.expectation import PLAIN, PROPOSALS, choose_proposal, verify_expectation
from varprop.verdict import Verdict

CASES = {
    "relu², q = 1": (lambda h: np.maximum(h, 0) ** 2, {"q": 1.0}, 0.5),
    "relu², q = 1e-6": (lambda h: np.maximum(h, 0) ** 2, {"q": 1e-6}, 0.5e-6),
    "relu⁴, q = 1e6": (lambda h: np.maximum(h, 0) ** 4, {"q": 1e6}, 1.5e12),
    "sin²": (lambda h: np.sin(h) ** 2, {"q": 2.0}, (1 - math.exp(-4)) / 2),
    "a mean": (lambda h: h, {"q": 4.0, "mean": 2.0}, 2.0),
    "odd": (np.tanh, {"q": 1.0}, 0.0),
    "exp(4h)": (lambda h: np.exp(4 * h), {"q": 1.0}, math.exp(8)),
    "exp⁴ at q = 2": (lambda h: np.exp(h) ** 4, {"q": 2.0}, math.exp(16)),
    "a rare event": (lambda h: (h > 5) * 1.0, {"samples": 2**19}, float(norm.sf(5))),
    "a step": (lambda h: np.where(h > 0, 1.0, -2.0), {"q": 3.0}, -0.5),
    "a constant": (lambda _: 3.0, {"q": 1.0}, 3.0),
    "zero": (lambda h: 0 * h, {"q": 1.0}, 0.0),
}


@pytest.mark.parametrize("name", CASES)
def test_exact_values_agree_and_wrong_ones_do_not(name):
    f, law, exact = CASES[name]
    check = verify_expectation(f, exact, **law)
    assert check.verdict is Verdict.AGREES
    assert abs(check.observed - exact) <= 4.5 * check.standard_error + 1e-12 * abs(exact)
    if name != "zero":
        wrong = verify_expectation(f, exact + 3 * check.tolerance, **law)
        assert wrong.verdict is Verdict.DISAGREES


def test_an_expectation_of_zero_is_measured_in_units_of_its_root_mean_square():
    check = verify_expectation(lambda h: 100 * np.tanh(h), 0.0)
    assert check.tolerance == pytest.approx(math.sqrt(0.3942944904), rel=1e-3)
    assert verify_expectation(np.tanh, 0.0, unit=2.0).tolerance == 0.02


def test_errors_are_those_stated():
    z = []
    for seed in range(120):
        for f, exact in (
            (np.abs, math.sqrt(2 / math.pi)),
            (lambda h: np.exp(3 * h), math.exp(4.5)),
            (lambda h: (h > 2) * 1.0, float(norm.sf(2))),
        ):
            check = verify_expectation(f, exact, seed=seed, samples=64 * 32)
            z.append((check.observed - exact) / check.standard_error)
    assert abs(np.mean(z)) < 4 / math.sqrt(len(z))
    assert 0.85 < np.std(z) < 1.2


@pytest.mark.parametrize("proposal", PROPOSALS, ids=str)
def test_every_proposal_is_unbiased_with_bounded_weights(proposal):
    z = np.linspace(-40, 40, 200_001)
    weights = proposal.weights(z)
    assert np.isfinite(weights).all()
    assert weights.max() <= 1 / proposal.parts[0][0] + 1e-12
    assert sum(share for share, _, _ in proposal.parts) == pytest.approx(1)
    drawn, factors = proposal.draw(np.random.default_rng(0), 4096)
    assert factors.sum() == pytest.approx(1, abs=0.01)
    assert (factors * drawn**2).sum() == pytest.approx(1, abs=0.02)


def test_tails_choose_importance_sampling():
    plain = choose_proposal(lambda h: np.full_like(h, 2.0), 1.0)
    assert plain == (PLAIN, pytest.approx(0, abs=1e-9))
    proposal, relative_variance = choose_proposal(lambda h: np.exp(4 * h), 1.0)
    assert proposal is not PLAIN
    assert relative_variance < 10


def test_a_hopeless_tail_is_told_and_not_judged():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check = verify_expectation(lambda h: np.exp(30 * h), math.exp(450))
    assert check.verdict is Verdict.TOO_WEAK
    assert "use quadrature" in check.note


def test_one_seed_one_result():
    first, second, other = (verify_expectation(np.abs, 0.8, seed=seed) for seed in (1, 1, 2))
    assert first.observed == second.observed != other.observed


def test_bad_requests():
    with pytest.raises(BadInput, match="must be positive"):
        verify_expectation(np.tanh, 0.0, q=-1.0)
    with pytest.raises(BadInput, match="too few"):
        verify_expectation(np.tanh, 0.0, samples=10)
