"""Quantiles of the normal law and of Student's t without SciPy, which takes longer than a check."""

from __future__ import annotations

import functools
import math
from statistics import NormalDist


def normal_quantile(probability: float) -> float:
    """Return the standard normal quantile."""
    return NormalDist().inv_cdf(probability)


@functools.cache
def student_quantile(probability: float, degrees: int) -> float:
    """Return the quantile of Student's t for a probability above 1/2, to about 12 digits."""
    low, high = 0.0, 1.0
    while student_cdf(high, degrees) < probability:
        low, high = high, 2 * high
    for _ in range(100):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if student_cdf(middle, degrees) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def student_cdf(t: float, degrees: int) -> float:
    """Return P(T <= t) for Student's t, from the incomplete beta function."""
    tail = _incomplete_beta(degrees / 2, degrees / (degrees + t * t)) / 2
    return 1 - tail if t >= 0 else tail


def _incomplete_beta(a: float, x: float) -> float:
    """Return the regularised I_x(a, 1/2) by its continued fraction.

    Source: DLMF 8.17.22, the faster of the fraction and its mirror image 8.17.4.
    """
    if x >= 1:
        return 1.0
    b = 0.5
    log_front = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    if x < (a + 1) / (a + b + 2):
        return math.exp(log_front) * _fraction(a, b, x) / a
    return 1 - math.exp(log_front) * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Evaluate the continued fraction by Lentz's method."""
    numerator, denominator = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    value = denominator
    for m in range(1, 500):
        for d in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            denominator = 1 / (1 + d * denominator)
            numerator = 1 + d / numerator
            factor = denominator * numerator
            value *= factor
        if abs(factor - 1) < 1e-15:
            break
    return value
