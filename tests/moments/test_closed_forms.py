"""Closed forms against an mpmath quadrature that shares no code with them, at 30 digits."""

from __future__ import annotations

import mpmath
import pytest
import sympy
from sympy import Rational, asin, atan2, exp, pi, sqrt

from tests.moments.examples import EXAMPLES, Example, reference
from varprop.moments import GaussianExpectation, Moments, closed_form
from varprop.notation import h, positive, q

NAMES = ("mean", "second_moment", "fourth_moment", "derivative_mean", "derivative_second_moment")
CASES = [
    pytest.param(example, moment, id=f"{name}-{moment}")
    for name, example in EXAMPLES.items()
    for moment in NAMES
    if moment not in example.without
]
VARIANCES = (Rational(1, 7), Rational(13, 5))


def points(example: Example, moment: str) -> list[tuple[dict[sympy.Symbol, Rational], Rational]]:
    """Return two points for the second moment, one for the others (for the sake of time)."""
    every = list(zip(example.values, VARIANCES, strict=False))
    return every if moment == "second_moment" else every[-1:]


@pytest.mark.parametrize(("example", "moment"), CASES)
def test_closed_form_has_25_right_digits(example: Example, moment: str) -> None:
    moments = Moments(example.phi)
    value = moments.closed(moment)
    assert value is not None
    assert not value.has(sympy.Integral, GaussianExpectation)
    assert value.free_symbols <= {q, *example.phi.free_symbols} - {h}
    for point, variance in points(example, moment):
        integrand = moments.integrand(moment).xreplace(point)
        kinks = [sympy.sympify(k).xreplace(point) for k in example.kinks]
        expected = reference(integrand, variance, kinks)
        found = value.xreplace({**point, q: variance}).evalf(30)
        assert abs(mpmath.mpmathify(found) - expected) < 1e-25 * max(1, abs(expected))


KNOWN = {
    "relu": ("second_moment", q / 2),
    "gelu": (
        "second_moment",
        q
        * (Rational(1, 4) + (q / ((q + 1) * sqrt(1 + 2 * q)) + atan2(q, sqrt(1 + 2 * q)) / 2) / pi),
    ),
    "erf": ("second_moment", 2 / pi * asin(2 * q / (1 + 2 * q))),
    "sin": ("second_moment", (1 - exp(-2 * q)) / 2),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_form(name: str) -> None:
    moment, known = KNOWN[name]
    difference = Moments(EXAMPLES[name].phi).closed(moment) - known
    for variance in (Rational(1, 9), Rational(1), Rational(37, 3)):
        assert abs(difference.xreplace({q: variance}).evalf(30)) < 1e-28


@pytest.mark.parametrize("name", [name for name, example in EXAMPLES.items() if example.without])
def test_what_has_no_closed_form_stays_held(name: str) -> None:
    moments = Moments(EXAMPLES[name].phi)
    for moment in EXAMPLES[name].without:
        assert moments.closed(moment) is None
        assert moments.best(moment) == moments.expectation(moment)


SYMMETRIC = {
    "tanh": (sympy.tanh(h), 0),
    "sigmoid": (1 / (1 + exp(-h)), Rational(1, 2)),
    "sigmoid_by_tanh": ((1 + sympy.tanh(h / 2)) / 2, Rational(1, 2)),
    "arctan": (sympy.atan(h), 0),
    "cube_and_tanh": (h**3 + sympy.tanh(h) + h**2, q),
}


@pytest.mark.parametrize("name", SYMMETRIC)
def test_symmetry_gives_a_closed_form(name: str) -> None:
    f, expected = SYMMETRIC[name]
    assert closed_form(GaussianExpectation(f, h, q)) == expected


UNKNOWN = [
    sympy.tanh(h) ** 2,
    sympy.log(1 + exp(h)),
    h / (1 + exp(-h)),
    sympy.Piecewise((sympy.cos(h), h > 1), (0, True)),
    (1 - sympy.cos(h)) / h**2,
]


@pytest.mark.parametrize("f", UNKNOWN, ids=str)
def test_unknown_stays_held(f: sympy.Expr) -> None:
    held = GaussianExpectation(f, h, q)
    assert closed_form(held) is None
    assert held.doit() == held


MEAN = sympy.Symbol("m", real=True)
SHIFTED = (
    "relu",
    "leaky_relu",
    "elu",
    "hard_tanh",
    "softshrink",
    "hard_swish",
    "erf",
    "sin",
    "gelu",
)


@pytest.mark.parametrize("name", SHIFTED)
@pytest.mark.parametrize("power", [1, 2])
def test_nonzero_mean(name: str, power: int) -> None:
    if (name, power) in {("erf", 2), ("gelu", 2)}:
        pytest.skip("a product of shifted error functions is Owen's T")
    example = EXAMPLES[name]
    f = example.phi**power
    value = closed_form(GaussianExpectation(f, h, q, MEAN))
    assert value is not None
    point, m, variance = example.values[0], Rational(-3, 5), Rational(6, 5)
    kinks = [sympy.sympify(k).xreplace(point) - m for k in example.kinks]
    expected = reference(f.xreplace(point).xreplace({h: h + m}), variance, kinks)
    found = value.xreplace({**point, MEAN: m, q: variance}).evalf(30)
    assert abs(mpmath.mpmathify(found) - expected) < mpmath.mpf(10) ** -25


def test_numeric_and_composite_variances() -> None:
    f = sympy.Max(0, h) ** 2
    assert GaussianExpectation(f, h, 3).doit() == Rational(3, 2)
    assert GaussianExpectation(f, h, q**2 + 1).doit().expand() == q**2 / 2 + Rational(1, 2)
    assert GaussianExpectation(f, h, 0).doit() == 0


def test_real_powers() -> None:
    p = positive("p")
    value = closed_form(GaussianExpectation(sympy.Max(0, h) ** p, h, q))
    moment = sympy.gamma((p + 1) / 2) * (2 * q) ** (p / 2) / (2 * sqrt(pi))
    assert sympy.expand_power_base(value - moment) == 0
    root = closed_form(GaussianExpectation(sqrt(sympy.Abs(h)), h, q))
    assert abs(root.xreplace({q: Rational(1)}).evalf(25) - mp_root()) < 1e-20


def mp_root() -> sympy.Float:
    """E √|z| = 2^(1/4) Γ(3/4)/√π."""
    with mpmath.workdps(30):
        value = mpmath.mpf(2) ** 0.25 * mpmath.gamma(0.75) / mpmath.sqrt(mpmath.pi)
        return sympy.Float(value, 30)


def test_closed_forms_are_cached() -> None:
    held = GaussianExpectation(sympy.Max(0, h) ** 2, h, q)
    assert closed_form(held) is closed_form(held)
