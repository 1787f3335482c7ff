"""Moments of activations from φ alone: independent values, slopes, jumps, tails, quadrature."""

import math

import numpy as np
import pytest

from varprop.errors import BadInput
from varprop.montecarlo.integrands import slope
from varprop.montecarlo.moments import VARIANCES, sizes, verify_moment
from varprop.montecarlo.replicates import Effort
from varprop.verdict import Verdict


def relu(h):
    return np.maximum(h, 0)


def step(h):
    return np.where(h > 0.5, 2.0, 0.0)


def density(h, q):
    return math.exp(-(h**2) / (2 * q)) / math.sqrt(2 * math.pi * q)


# Known by hand: relu's moments, sin's by E cos(2h) = exp(-2q), a step's slope by its jump.
CASES = {
    "relu mean": (relu, "mean", lambda q: math.sqrt(q / (2 * math.pi))),
    "relu second": (relu, "second_moment", lambda q: q / 2),
    "relu fourth": (relu, "fourth_moment", lambda q: 1.5 * q**2),
    "relu slope": (relu, "derivative_second_moment", lambda _: 0.5),
    "relu variance": (relu, "variance", lambda q: q / 2 - q / (2 * math.pi)),
    "relu length slope": (relu, "length_slope", lambda _: 0.5),
    "sin second": (np.sin, "second_moment", lambda q: (1 - math.exp(-2 * q)) / 2),
    "sin derivative": (np.sin, "derivative_mean", lambda q: math.exp(-q / 2)),
    "sin length slope": (np.sin, "length_slope", lambda q: math.exp(-2 * q)),
    "step derivative": (step, "derivative_second_moment", lambda _: 0.0),
    "step length slope": (step, "length_slope", lambda q: 4 * 0.5 * density(0.5, q) / (2 * q)),
    "exp fourth": (np.exp, "fourth_moment", lambda q: math.exp(8 * q)),
    "a far threshold": (
        lambda h: np.where(h > 20, h, 0.0),
        "mean",
        lambda q: math.sqrt(q / (2 * math.pi)) * math.exp(-200 / q),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_right_values_agree_and_a_twentieth_too_much_does_not(name):
    phi, moment, exact = CASES[name]
    check = verify_moment(phi, moment, exact, Effort(), name=name)
    assert check.verdict is Verdict.AGREES, check
    assert "relative variance" in check.note
    if check.predicted:
        wrong = verify_moment(phi, moment, lambda q: 1.05 * exact(q), Effort(), name=name)
        assert wrong.verdict is Verdict.DISAGREES


def test_the_variance_is_chosen_so_that_sampling_can_tell():
    phi, moment, exact = CASES["exp fourth"]
    check = verify_moment(phi, moment, exact, Effort(), name="exp")
    assert f"q = {VARIANCES[0]:g}," in check.note
    rare = verify_moment(*CASES["a far threshold"], Effort(), name="far")
    assert float(rare.note.split("one sample ")[1]) <= 100


def test_what_cannot_be_sampled_is_integrated():
    def nearly_odd(h):
        return h + 1e-4

    check = verify_moment(nearly_odd, "mean", lambda _: 1e-4, Effort(), name="m")
    assert check.note.startswith("by quadrature")
    assert check.verdict is Verdict.AGREES
    wrong = verify_moment(nearly_odd, "mean", lambda _: 1.1e-4, Effort(), name="m")
    assert wrong.verdict is Verdict.DISAGREES


def test_slopes_are_almost_everywhere_derivatives():
    h = np.random.default_rng(0).normal(size=10_000)
    assert np.allclose(slope(np.tanh, 1.0)(h), 1 / np.cosh(h) ** 2, atol=1e-5)
    assert (slope(np.sign, 1.0)(np.append(h, [1e-9, -1e-9])) == 0).all()
    assert np.allclose(slope(relu, 1.0)(h), h > 0, atol=1e-8)


def test_sizes():
    expected = (math.sqrt(2), 2 / math.sqrt(math.pi))
    assert sizes(lambda h: h, 2.0) == pytest.approx(expected, rel=1e-6)


def test_an_unknown_moment_is_refused():
    with pytest.raises(BadInput, match="no moment"):
        verify_moment(relu, "median", lambda q: q, Effort(), name="m")
