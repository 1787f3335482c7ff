"""Student's t against SciPy."""

import pytest
from scipy.stats import norm, t

from varprop.montecarlo.quantiles import normal_quantile, student_cdf, student_quantile


@pytest.mark.parametrize("degrees", [1, 2, 3, 7, 15, 63, 255, 4095, 10**5])
@pytest.mark.parametrize("probability", [0.55, 0.9, 0.975, 0.995, 0.99995])
def test_student_quantiles(degrees, probability):
    expected = t.ppf(probability, degrees)
    assert student_quantile(probability, degrees) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("value", [-40.0, -3.0, -0.2, 0.0, 1.0, 8.0])
def test_student_distribution(value):
    for degrees in (1, 5, 100):
        assert student_cdf(value, degrees) == pytest.approx(t.cdf(value, degrees), rel=1e-9)


def test_normal_quantile():
    assert normal_quantile(0.975) == pytest.approx(norm.ppf(0.975), rel=1e-12)
