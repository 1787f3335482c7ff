"""The bound carried along each line holds at single points, in both dialects, where φ cancels, too."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from varprop.catalogue.activations import ACTIVATIONS, activation
from varprop.errors import BadInput
from varprop.moments.numbers.number import UNIT
from varprop.moments.numbers.precise import precise
from varprop.moments.numbers.prepared import Prepared, prepared
from varprop.notation import h, positive

PERVERSE = (
    "exp(h**2)*erfc(h)",
    "exp(2*h)*sech(h)**2",
    "log(1 + exp(h) + exp(2*h))",
    "(2 + exp(2*h))**(-1)*exp(h)",
    "1/log(2 + exp(h))",
    "exp(h) - 1 - h",
    "sin(h)/h - 1",
    "Max(0, exp(h) - 1 - h)",
    "cosh(h) - sinh(h)",
    "atan(exp(h))*exp(-h)",
    "Abs(h)**Rational(-1, 10)*tanh(h)",
    "log(1 + exp(h))**3 - h**3",
)
POINTS = [s * x for x in (1e-8, 3e-3, 0.4, 2.6, 17.0, 40.0, 300.0, 720.0, 3e4) for s in (1, -1)]


def check(integrand: Prepared) -> None:
    with np.errstate(all="ignore"):
        columns = [np.broadcast_to(c, len(POINTS)) for c in integrand.vector(np.array(POINTS))]
    for place, x in enumerate(POINTS):
        right = precise(integrand, x)[::2]
        arrays = [float(column[place]) for column in columns]
        for row in (list(integrand.scalar(x)), arrays):
            for value, error, truth in zip(row[::2], row[1::2], right, strict=True):
                trusted = np.isfinite(value) and np.isfinite(error)
                allowed = 1.01 * UNIT * (error + abs(truth)) + 1e-300
                assert not trusted or abs(value - truth) <= allowed, (x, truth)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_catalogue(name: str) -> None:
    check(prepared(activation(name).phi, h, slope=True))


@pytest.mark.parametrize("text", PERVERSE)
def test_overflow_meets_underflow(text: str) -> None:
    check(prepared(sympy.sympify(text, locals={"h": h}), h, slope=True))


@pytest.mark.parametrize(
    ("expr", "reason"),
    [
        (sympy.tanh(positive("alpha") * h), "alpha"),
        (sympy.besselj(0, h), "besselj"),
        (sympy.Piecewise((h, h > 0)), "everywhere"),
    ],
)
def test_refusals(expr: sympy.Expr, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        prepared(expr, h)


def test_an_integrand_that_is_not_real() -> None:
    from varprop.moments.numbers.scalar import expectation

    with pytest.raises(BadInput, match="not real"):
        expectation(sympy.log(h), h, 1.0)
