"""Python functions: right with declared kinks, and honest about kinks that nobody declared."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from varprop.catalogue.activations import activation_from
from varprop.errors import Undecided
from varprop.moments.numbers.digits import digits
from varprop.moments.numbers.scalar import moment
from varprop.moments.numbers.vector import moments
from varprop.notation import h

KINK = 0.37
EXACT = {
    "mean": norm.pdf(KINK) - KINK * norm.sf(KINK),
    "second_moment": (1 + KINK**2) * norm.sf(KINK) - KINK * norm.pdf(KINK),
    "derivative_mean": norm.sf(KINK),
    "derivative_second_moment": norm.sf(KINK),
}


def shifted(x):
    return np.maximum(x - KINK, 0.0)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("kinks", [(KINK,), ()], ids=["declared", "undeclared"])
def test_bound_is_honest(name: str, kinks: tuple[float, ...]) -> None:
    found = moment(activation_from(shifted, kinks=kinks).phi, h, 1.0, name)
    assert found.value is not None
    assert abs(found.value - EXACT[name]) <= found.bound + 4e-16
    assert found.bound < (1e-11 if kinks or "derivative" not in name else 1e-2)


def test_an_undeclared_kink_is_noticed() -> None:
    found = moment(activation_from(shifted).phi, h, 1.0, "derivative_second_moment")
    assert found.bound > 1e-9


def test_an_undeclared_jump_is_noticed() -> None:
    phi = activation_from(lambda x: np.where(x > 0.3, 1.0, 0.0)).phi
    found = moment(phi, h, 1.0, "second_moment")
    assert found.value is not None
    assert abs(found.value - norm.sf(0.3)) <= found.bound + 4e-16
    try:
        slope = moment(phi, h, 1.0, "derivative_second_moment")
    except Undecided as undecided:
        assert "declare a kink" in str(undecided)  # noqa: PT017
    else:
        assert slope.bound > 1e-3


@pytest.mark.parametrize("function", [math.tanh, np.tanh], ids=["math", "numpy"])
def test_floats_or_arrays(function) -> None:
    values, bounds = moments(activation_from(function).phi, h, np.array([1.0]), "second_moment")
    assert abs(values[0] - 0.394294490397841174416) <= bounds[0] < 1e-14


def test_digits_need_an_expression() -> None:
    with pytest.raises(Undecided, match="double precision"):
        digits(activation_from(math.tanh).phi ** 2, h, 1, 30)
