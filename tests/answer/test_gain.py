"""``gain`` against published numbers, against closed forms, and in its edge cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sympy import Rational, sqrt, tanh

from varprop.answer.gain import everything, gain
from varprop.answer.gain_curves import curves
from varprop.answer.gain_digits import digits_of
from varprop.answer.gain_outlook import LAYERS, outlook
from varprop.answer.gain_ratios import chi, linear_gain, root_of_ratio
from varprop.catalogue.activations import activation
from varprop.errors import BadInput, Divergent
from varprop.moments.numbers.number import Number
from varprop.notation import h, positive, q

TABLE = {
    "relu": (0.398942, 0.5, 0.340845, 0.5, 1.414214, 1.712859, 1.414214, 1, 1),
    "leaky_relu": (0.394953, 0.50005, 0.344062, 0.50005, 1.414143, 1.704832, 1.414143, 1, 1),
    "leaky_relu(0.2)": (0.319154, 0.52, 0.418141, 0.52, 1.38675, 1.54646, 1.38675, 1, 1),
    "elu": (0.160521, 0.644945, 0.619179, 0.668102, 1.245198, 1.270843, 1.223429, 1.0359, 0.891),
    "selu": (0, 1, 1, 1.071575, 1, 1, 0.966026, 1.0716, 0.7826),
    "gelu": (0.282095, 0.425221, 0.345644, 0.455851, 1.53353, 1.700926, 1.481114, 1.072, 1.1441),
    "silu": (0.206621, 0.355776, 0.313083, 0.379482, 1.676532, 1.787187, 1.62332, 1.0666, 1.1726),
    "mish": (0.240404, 0.452342, 0.394548, 0.479084, 1.486848, 1.592025, 1.444755, 1.0591, 1.0763),
    "softplus": (
        *(0.806059, 0.921246, 0.271515, 0.293379, 1.041867, 1.919126, 1.846229, 0.3185, 0.4921),
    ),
    "sigmoid": (0.5, 0.293379, 0.043379, 0.044836, 1.846229, 4.801313, 4.722646, 0.1528, 0.1063),
    "tanh": (0, 0.394294, 0.394294, 0.464403, 1.592537, 1.592537, 1.467414, 1.1778, 0.4611),
    "erf": (0, 0.464559, 0.464559, 0.56941, 1.467167, 1.467167, 1.325218, 1.2257, 0.4086),
    "softsign": (0, 0.183014, 0.183014, 0.227671, 2.337533, 2.337533, 2.095781, 1.244, 0.4767),
    "hard_swish": (
        *(0.166217, 0.331567, 0.303939, 0.358532, 1.736657, 1.813871, 1.670076, 1.0813, 1.2239),
    ),
    "hard_tanh": (0, 0.516059, 0.516059, 0.682689, 1.392036, 1.392036, 1.210287, 1.3229, 0.3851),
    "sin": (0, 0.432332, 0.432332, 0.567668, 1.520867, 1.520867, 1.327251, 1.313, 0.313),
    "arctan": (0, 0.449701, 0.449701, 0.5, 1.491208, 1.491208, 1.414214, 1.1119, 0.5608),
    "relu_squared": (0.5, 1.5, 1.25, 2, 0.816497, 0.894427, 0.707107, 1.3333, 2),
}
"""Mean, E[φ²], Var, E[φ'²], three gains, χ_⊥, χ_∥ at q = 1, computed apart with mpmath."""


@pytest.mark.parametrize("name", TABLE)
def test_the_table_at_one(name: str) -> None:
    report = gain(name)
    moments = ("mean", "second_moment", "variance", "derivative_second_moment")
    found = [
        *(report.value(moment) for moment in moments),
        *(report.gains.second_moment, report.gains.variance, report.gains.derivative),
        *(report.chi_perp, report.chi_parallel),
    ]
    for value, reference, digits in zip(found, TABLE[name], [6] * 7 + [4, 4], strict=True):
        assert value == pytest.approx(reference, abs=0.6 * 10**-digits)


@pytest.mark.parametrize("name", everything())
@pytest.mark.parametrize("variance", [Rational(1, 10), Rational(3)], ids=str)
def test_closed_forms_are_the_numbers(name: str, variance: Rational) -> None:
    report = gain(name, variance)
    for moment, form in report.closed.items():
        number = report.moments[moment]
        assert number is not None
        if form is not None:
            exact = float(form.subs(q, variance).evalf(25))
            assert number.value == pytest.approx(exact, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", everything())
def test_the_gain_keeps_q(name: str) -> None:
    variance = Rational(2)
    report = gain(name, variance, closed=False)
    assert report.gains.second_moment is not None
    square = report.value("second_moment")
    assert square is not None
    assert report.gains.second_moment**2 * square == pytest.approx(2, rel=1e-14)


@pytest.mark.parametrize("name", everything())
def test_chi_parallel_is_the_slope_of_the_length_map(name: str) -> None:
    report, step = gain(name, 1, closed=False), Rational(1, 1000)
    ends = [gain(name, 1 + sign * step, closed=False).value("second_moment") for sign in (-1, 1)]
    assert report.gains.second_moment is not None
    assert report.chi_parallel is not None
    slope = report.gains.second_moment**2 * (ends[1] - ends[0]) / float(2 * step)
    assert report.chi_parallel == pytest.approx(slope, abs=2e-5 * max(1, abs(slope)))


@pytest.mark.parametrize("name", ["relu", "leaky_relu(0.3)", "abs", "linear", "maxout", "crelu"])
def test_homogeneous_activations_are_exactly_marginal(name: str) -> None:
    report = gain(name, Rational(7, 3), closed=False)
    assert report.marginal
    assert not report.unstable


LINEAR = {
    "tanh": 1,
    "sigmoid": 4,
    "gelu": 2,
    "selu": None,
    "relu": None,
    "abs": None,
    "cos": None,
    "step": None,
    "x + sign(x)": None,
    "hard_swish": 2,
    "elu": 1,
    "elu(2)": None,
    "1/(1+x**2) + x": 1,
    "softsign": 1,
}


@pytest.mark.parametrize("name", LINEAR)
def test_the_small_signal_gain(name: str) -> None:
    assert linear_gain(activation(name).phi) == LINEAR[name]


def test_expressions_and_sympy() -> None:
    assert gain("x*tanh(exp(x))").gains.second_moment == pytest.approx(1.374782, abs=5e-7)
    assert gain(tanh(h)).gains == gain("tanh").gains


def test_open_parameters_leave_a_formula() -> None:
    report = gain("prelu(alpha)")
    assert report.value("second_moment") is None
    assert report.gain_formula == sqrt(2) / sqrt(positive("alpha") ** 2 + 1)
    assert outlook(report) is None
    assert report.chi_parallel is None


def test_beyond_double_range() -> None:
    report = gain("exp", 400)
    number = report.moments["second_moment"]
    assert number is not None
    assert number.overflow
    assert number.log_value == pytest.approx(800, rel=1e-12)
    assert report.gains.second_moment == pytest.approx(20 * math.exp(-400), rel=1e-10)
    assert report.chi_perp == pytest.approx(400, rel=1e-9)


def test_what_is_infinite_is_said() -> None:
    with pytest.raises(Divergent, match=r"exp\(x\^2\) at q = 1"):
        gain("exp(x^2)")
    report = gain("exp(x^2/6)")
    assert report.infinite == ("fourth_moment",)
    assert report.value("fourth_moment") is None


@pytest.mark.parametrize("variance", [0, -1])
def test_a_variance_is_positive(variance: int) -> None:
    with pytest.raises(BadInput, match="must be positive"):
        gain("relu", variance)


def test_outlook_iterates_the_length_map() -> None:
    report = gain("gelu")
    seen = outlook(report)
    assert seen is not None
    assert report.gains.second_moment is not None
    nodes, weights = np.polynomial.hermite_e.hermegauss(150)
    level = 1.01
    for _ in range(LAYERS):
        z = math.sqrt(level) * nodes
        phi = np.array([t * 0.5 * math.erfc(-t / math.sqrt(2)) for t in z])
        level = report.gains.second_moment**2 * (weights @ phi**2) / math.sqrt(2 * math.pi)
    assert seen.high == pytest.approx(level, rel=1e-6)
    assert seen.low < 0.9
    assert seen.per_layer == report.chi_perp


def test_relus_gain_for_another_activation() -> None:
    seen = outlook(gain("x*tanh(exp(x))"))
    assert seen is not None
    assert seen.relu_gain == pytest.approx(2.22, abs=0.005)
    relu = outlook(gain("relu"))
    assert relu is not None
    assert relu.relu_gain is None


def test_digits() -> None:
    report = gain("tanh")
    digits = digits_of(report.subject, Rational(1), 30)
    assert digits["second_moment"] == "0.394294490397841174416459772444"
    assert digits["gain"].startswith("1.59253741972283142777043884")
    with pytest.raises(BadInput, match="pointwise"):
        digits_of(gain("glu").subject, Rational(1), 30)


def test_curves() -> None:
    phi, length = curves(gain("relu", 4))
    assert phi.x[0] == -7
    assert (phi.y[0], phi.y[-1]) == (0, 7)
    assert length.diagonal
    assert length.y == pytest.approx(length.x)
    assert len(curves(gain("glu"))) == 1
    assert curves(gain("prelu(alpha)")) == ()


def test_ratios() -> None:
    one = Number(1.0, 0.0)
    assert root_of_ratio(one, None) is None
    assert root_of_ratio(one, Number(0.0, 0.0)) is None
    assert chi(one, Number(0.5, 1e-16), Number(0.5, 1e-16)) == 1.0
    assert chi(one, one, Number(1e-17, 1e-16)) == 0.0
    assert chi(one, None, one) is None
