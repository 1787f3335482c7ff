"""How strongly the moments of an activation react to q, measured on a grid.

These numbers shape a statistic and state the size of a finite-width effect; they are never a
prediction, and an experiment has the same expectation whatever they are.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

from varprop.catalogue.arrays import Array
from varprop.catalogue.laws import WeightLaw
from varprop.montecarlo.network import DenseNetwork, Pointwise, generator

STEP = 0.1
"""Step in ln q for slopes and curvatures."""


@dataclass(frozen=True)
class Response:
    """Of F(q) = σ_w² E[φ²] + σ_b² and D(q) = E[φ'²] at one level, in logarithms.

    ``length_slope`` = d ln F/d ln q, ``length_curvature`` = d² ln F/d(ln q)², likewise ``slope_``
    for D; ``activation_kurtosis`` = E[x⁴]/E[x²]² and ``overlap`` = E[x²φ'²]/(E[x²] E[φ'²]).
    """

    length_slope: float
    length_curvature: float
    slope_slope: float
    slope_curvature: float
    activation_kurtosis: float
    overlap: float


def response(network: DenseNetwork, level: int, q: float) -> Response:
    """Measure the response of the layer after ``level`` at the pre-activation variance q."""
    z = np.linspace(-9.0, 9.0, 3601)
    weight = np.exp(-(z**2) / 2)
    weight /= weight.sum()
    factor = network.widths[level] * network.weight_variances[level]
    shift = network.bias_variances[level]
    lengths, slopes = [], []
    kurtosis = overlap = 1.0
    with np.errstate(all="ignore"):
        for step in (-STEP, 0.0, STEP):
            h = math.sqrt(q * math.exp(step)) * z
            x2 = _squares(network.activation, h)
            d2 = _squares(network.derivative, h)
            lengths.append(factor * _mean(weight, x2) + shift)
            slopes.append(_mean(weight, d2))
            if step == 0.0:
                kurtosis = _correlation(weight, x2, x2)
                overlap = _correlation(weight, x2, d2)
    return Response(*_log_slopes(lengths), *_log_slopes(slopes), kurtosis, overlap)


def _squares(function: Pointwise, h: Array) -> Array:
    values = np.asarray(function(h), dtype=np.float64)
    return np.broadcast_to(values, h.shape) ** 2


def _mean(weight: Array, values: Array) -> float:
    return float((weight * values).sum())


def _correlation(weight: Array, first: Array, second: Array) -> float:
    """Return E[ab]/(E[a] E[b]), or 1 where it doesn't exist."""
    value = _mean(weight, (first / _mean(weight, first)) * (second / _mean(weight, second)))
    return value if math.isfinite(value) else 1.0


def _log_slopes(values: list[float]) -> tuple[float, float]:
    """Return first and second logarithmic derivative, (1, 0) where logarithms don't exist."""
    if not all(math.isfinite(value) and value > 0 for value in values):
        return 1.0, 0.0
    low, middle, high = map(math.log, values)
    return (high - low) / (2 * STEP), (high - 2 * middle + low) / STEP**2


@functools.cache
def excess_kurtosis(law: WeightLaw) -> float:
    """Return E[w⁴] − 3 of independent weights of variance 1 from 65,536 draws; 0 for matrices."""
    if not (law.independent and law.random):
        return 0.0
    draws = law.sample(generator(0, 0), (2**16,))
    return float(np.mean(draws**4)) - 3.0
