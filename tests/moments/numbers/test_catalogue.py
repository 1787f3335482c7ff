"""Every activation of the catalogue at every scale: the promise of the bounds, and their honesty."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy

from varprop.catalogue.activations import ACTIVATIONS, activation
from varprop.errors import Undecided
from varprop.moments import Moments
from varprop.moments.numbers.combine import NAMES
from varprop.moments.numbers.digits import digits
from varprop.moments.numbers.scalar import moment
from varprop.moments.numbers.vector import moments
from varprop.notation import h

ALL = pytest.mark.parametrize("name", ACTIVATIONS)
OSCILLATING = {"siren": 30.0}
"""Activations whose quadrature at q = 10⁶ takes longer than a test should: largest √q taken."""

VARIANCES = (1e-6, 1e-3, 0.04, 1.0, 30.0, 1e4, 1e6)


def variances(name: str) -> np.ndarray:
    largest = OSCILLATING.get(name, 1e3) ** 2
    return np.array([q for q in VARIANCES if q <= largest])


def phi(name: str) -> sympy.Expr:
    return activation(name).phi


@ALL
def test_promise(name: str) -> None:
    """1e-12 relative for second and fourth moments; means and variances in their own units."""
    q = np.array(VARIANCES)
    known = Moments(phi(name))
    found = {moment_name: known.numbers(moment_name, q) for moment_name in NAMES}
    second, slopes = found["second_moment"][0], found["derivative_second_moment"][0]
    allowed = {
        "second_moment": np.abs(second),
        "derivative_second_moment": np.abs(slopes),
        "fourth_moment": np.abs(found["fourth_moment"][0]),
        "mean": np.sqrt(second),
        "derivative_mean": np.sqrt(slopes),
        "variance": np.where(q >= 1e-2, np.abs(found["variance"][0]), second),
    }
    for moment_name, unit in allowed.items():
        values, bounds = found[moment_name]
        finite = np.isfinite(values)
        assert (bounds <= 1.1e-12 * unit + 1e-300)[finite & np.isfinite(unit)].all(), moment_name


@ALL
def test_scalar_and_vector_agree(name: str) -> None:
    q = variances(name)[::2]
    for moment_name in NAMES:
        values, bounds = moments(phi(name), h, q, moment_name)
        for variance, value, bound in zip(q, values, bounds, strict=True):
            alone = moment(phi(name), h, float(variance), moment_name)
            assert math.isnan(value) == (alone.value is None)
            if alone.value is not None:
                assert abs(alone.value - value) <= alone.bound + bound, (moment_name, variance)


@ALL
@pytest.mark.parametrize(("moment_name", "power"), [("mean", 1), ("second_moment", 2)])
def test_honest(name: str, moment_name: str, power: int) -> None:
    """Undecided digits mean a value below 1e-32 of E|φ|: 0 at this precision."""
    index = list(ACTIVATIONS).index(name)
    q = sympy.Rational(VARIANCES[1:6][index % 5]).limit_denominator(10**6)
    found = moment(phi(name), h, float(q), moment_name)
    if found.value is None:
        pytest.skip("beyond double range")
    try:
        right = digits(phi(name) ** power, h, sympy.Rational(float(q)), 20)
    except Undecided:
        right = sympy.Float(0, 20)
    assert abs(sympy.Float(found.value, 30) - right) <= found.bound


@pytest.mark.parametrize("name", ["tanh", "erf", "sin", "softsign", "arctan", "hard_tanh", "sign"])
def test_odd_activations_have_mean_zero(name: str) -> None:
    assert moment(phi(name), h, 2.0, "mean").value == 0.0
    assert (moments(phi(name), h, np.array([0.1, 2.0]), "mean")[0] == 0.0).all()
