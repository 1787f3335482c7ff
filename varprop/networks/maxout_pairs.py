"""Two maxima of k correlated pairs of Gaussians: E[M M̃], and how often both come from the same piece.

By Hoeffding's formula Cov(M, M̃) = ∫∫ (Φ₂(a, b)^k − Φ(a)^k Φ(b)^k) da db, with Φ₂ by Plackett's integral
over the angle θ = arcsin ρ. As a function of θ it is smooth, so that few angles give a polynomial; its
derivative by ρ is the chance that both maxima are of one piece (Price's theorem). Good to 1e-3.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.densities import normal_cdf
from varprop.networks.largest_laws import largest
from varprop.networks.signal import Part

if TYPE_CHECKING:
    from numpy.polynomial import Chebyshev

    from varprop.catalogue.arrays import Array

ANGLES = 14
STEP, REACH = 0.1, 6.5
NODES = 24


def maxima(pieces: int, correlation: float) -> float:
    """Return E[M M̃] of the largest of ``pieces`` standard Gaussians and of those of another input."""
    mean, variance, _ = largest(pieces)
    rho = max(-1.0, min(1.0, correlation))
    if rho == 0.0:
        return mean * mean
    return mean * mean + variance if rho == 1.0 else float(_curve(pieces)(math.asin(rho)))


def same(pieces: int, correlation: float) -> float:
    """Return the chance that both maxima are of the same piece."""
    rho = max(-1.0, min(1.0, correlation))
    if rho == 1.0:
        return 1.0
    angle = math.asin(max(rho, -1 + 1e-9))
    return max(0.0, min(1.0, float(_curve(pieces).deriv()(angle)) / math.cos(angle)))


@cache
def _curve(pieces: int) -> Chebyshev:
    """Return E[M M̃] as a function of the angle."""
    import numpy as np
    from numpy.polynomial import Chebyshev

    right = math.pi / 2

    def at(angles: Array) -> Array:
        return np.array([_product(pieces, float(t)) for t in angles])

    return Chebyshev.interpolate(at, ANGLES, [-right, right])


def _product(pieces: int, angle: float) -> float:
    import numpy as np

    mean = largest(pieces)[0]
    at = np.arange(-REACH, REACH + STEP / 2, STEP)
    below = normal_cdf(at)
    a, b = np.meshgrid(at, at)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    both = np.outer(below, below)
    for node, weight in zip(nodes, weights, strict=True):
        t = angle * (node + 1) / 2
        exponent = -(a * a + b * b - 2 * a * b * math.sin(t)) / (2 * math.cos(t) ** 2)
        both = both + weight * angle / 2 * np.exp(exponent) / (2 * math.pi)
    free = np.outer(below**pieces, below**pieces)
    return mean * mean + float((np.maximum(both, 0.0) ** pieces - free).sum()) * STEP**2


def over_tokens(part: Part, count: int, arithmetic: Arithmetic) -> Value | None:
    """Return Cov(M, M̃) over tokens, where the same token of two inputs may share more than two tokens.

    ``part.covariance`` is that of two tokens, ``part.between`` that of one token in two inputs.
    """
    common = 0 if part.covariance is None else part.covariance
    if arithmetic.symbolic or part.between is None or part.variance <= common:
        return part.covariance
    own = part.variance - common
    mean = largest(count)[0]
    return common + own * (maxima(count, float((part.between - common) / own)) - mean * mean)
