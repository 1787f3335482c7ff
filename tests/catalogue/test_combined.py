"""Gated pairs, maxout and CReLU against sampling-free references in two or k dimensions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from varprop.catalogue.combined import COMBINED
from varprop.catalogue.combined_moments import combined_moments
from varprop.catalogue.combined_text import combined
from varprop.catalogue.number_arithmetic import minus, plus, scaled, times
from varprop.errors import BadInput
from varprop.moments.numbers.number import Number
from varprop.notation import q

NODES, WEIGHTS = np.polynomial.legendre.leggauss(400)
DENSITY = np.exp(-((10 * NODES) ** 2) / 2) / math.sqrt(2 * math.pi) * 10 * WEIGHTS
VARIANCES = (0.3, 1.0, 4.0)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _normal(x: np.ndarray) -> np.ndarray:
    return np.array([0.5 * math.erfc(-t / math.sqrt(2)) for t in x])


GATES = {
    "glu": _sigmoid,
    "geglu": lambda x: x * _normal(x),
    "swiglu": lambda x: x * _sigmoid(x),
    "reglu": lambda x: np.maximum(x, 0),
    "bilinear": lambda x: x,
}


def _grid(name: str, variance: float) -> tuple[np.ndarray, np.ndarray]:
    """Return x = value·gate and ‖∇x‖² on the product grid."""
    z = 10 * NODES * math.sqrt(variance)
    gate, step = GATES[name], 1e-5
    slope = (gate(z + step) - gate(z - step)) / (2 * step)
    return np.outer(z, gate(z)), np.add.outer(0 * z, gate(z) ** 2) + np.outer(z**2, slope**2)


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("name", GATES)
def test_gated_pairs(name: str, variance: float) -> None:
    moments = combined_moments(COMBINED[name])
    x, slopes = _grid(name, variance)
    weight = np.outer(DENSITY, DENSITY)
    references = {
        "mean": (x * weight).sum(),
        "second_moment": (x**2 * weight).sum(),
        "fourth_moment": (x**4 * weight).sum(),
        "variance": (x**2 * weight).sum() - (x * weight).sum() ** 2,
        "derivative_second_moment": (slopes * weight).sum() / 2,
    }
    for moment, reference in references.items():
        number = moments.number(moment, variance)
        assert number is not None
        assert number.value == pytest.approx(reference, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize("k", [2, 3, 5, 9])
def test_maxout_is_an_order_statistic(k: int) -> None:
    entry = combined(f"maxout({k})")
    assert entry is not None
    z = 10 * NODES
    density = k * _normal(z) ** (k - 1) * DENSITY
    for variance in VARIANCES:
        moments = combined_moments(entry)
        for name, power in (("mean", 1), ("second_moment", 2), ("fourth_moment", 4)):
            number = moments.number(name, variance)
            assert number is not None
            reference = (z**power * density).sum() * variance ** (power / 2)
            assert number.value == pytest.approx(reference, rel=1e-10)
        variance_number = moments.number("variance", variance)
        assert variance_number is not None
        assert variance_number.value == pytest.approx(
            variance * ((z**2 * density).sum() - (z * density).sum() ** 2), rel=1e-9
        )
        assert moments.number("derivative_second_moment", variance) == Number(1 / k, 0.0)


def test_crelu_keeps_both_slopes() -> None:
    moments = combined_moments(COMBINED["crelu"])
    assert moments.closed("second_moment") == q / 2
    assert moments.closed("derivative_second_moment") == 1
    number = moments.number("derivative_second_moment", 2.0)
    assert number is not None
    assert number.value == pytest.approx(1, rel=1e-14)


SPELLINGS = [*COMBINED, "maxout(3)", "maxout:4"]


@pytest.mark.parametrize("text", SPELLINGS)
@pytest.mark.parametrize("variance", VARIANCES)
def test_closed_forms_are_the_numbers(text: str, variance: float) -> None:
    entry = combined(text)
    assert entry is not None
    moments = combined_moments(entry)
    names = ("mean", "second_moment", "fourth_moment", "variance", "derivative_second_moment")
    for name in (*names, "length_slope"):
        closed, number = moments.closed(name), moments.number(name, variance)
        assert number is not None
        if closed is not None:
            value = float(closed.subs(q, variance).evalf(20))
            assert number.value == pytest.approx(value, rel=1e-12, abs=1e-15)
            assert abs(number.value - value) <= number.bound + 1e-15 * abs(value)


@pytest.mark.parametrize("text", SPELLINGS)
def test_the_mean_slope_has_no_single_answer(text: str) -> None:
    entry = combined(text)
    assert entry is not None
    moments = combined_moments(entry)
    assert moments.number("derivative_mean", 1.0) is None
    assert moments.closed("derivative_mean") is None
    with pytest.raises(BadInput, match="no moment"):
        moments.number("nosuch", 1.0)


def test_spellings() -> None:
    swiglu = combined("SWIGLU")
    assert swiglu is not None
    assert swiglu.name == "swiglu"
    assert combined("relu") is None
    assert combined("maxout(k=3)") == combined("maxout:3")
    with pytest.raises(BadInput, match="2 to 100 pieces"):
        combined("maxout(1)")
    with pytest.raises(BadInput, match="2 to 100 pieces"):
        combined("maxout(99999999999999999999)")
    with pytest.raises(BadInput, match="no parameters"):
        combined("glu(3)")


def test_arithmetic_goes_on_in_logarithms() -> None:
    large = Number(1e200, 1e184)
    product = times(large, large)
    assert product.overflow
    assert product.log_value == pytest.approx(400 * math.log(10), rel=1e-14)
    assert plus(product, large).log_value == product.log_value
    assert times(product, Number(0.0, 0.0)).value == 0
    back = times(product, Number(1e-200, 0.0))
    assert back.value == pytest.approx(1e200, rel=1e-12)
    assert scaled(Number(3.0, 0.0), 2.0).value == 6
    assert minus(Number(3.0, 0.5), Number(1.0, 0.25)).bound >= 0.75
