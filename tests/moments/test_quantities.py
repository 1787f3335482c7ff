"""The moments of an activation by name."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Max, exp, log, pi, tanh

from varprop.errors import BadInput
from varprop.moments import MOMENT_NAMES, Moments
from varprop.notation import h, q

relu = Moments(Max(0, h))


def test_relu() -> None:
    closed = {name: relu.closed(name) for name in MOMENT_NAMES}
    assert closed["second_moment"] == q / 2
    assert closed["variance"] == q / 2 - q / (2 * pi)
    assert closed["length_slope"] == relu.closed("derivative_second_moment") == pytest.approx(0.5)


@pytest.mark.parametrize("name", MOMENT_NAMES)
@pytest.mark.parametrize("phi", [Max(0, h), tanh(h), log(1 + exp(h))], ids=str)
def test_closed_held_and_numbers_agree(phi: object, name: str) -> None:
    moments = Moments(phi)
    number = moments.number(name, 1.5)
    value = float(moments.best(name).xreplace({q: q + 0}).subs(q, 1.5).evalf(15))
    assert number.value == pytest.approx(value, rel=1e-9, abs=1e-12)
    values, bounds = moments.numbers(name, np.array([0.5, 1.5]))
    assert values[1] == pytest.approx(number.value, rel=1e-9, abs=1e-12)
    assert bounds[1] < 1e-9


def test_unknown_names_are_refused() -> None:
    with pytest.raises(BadInput, match="second_moment"):
        relu.closed("secnd_moment")
