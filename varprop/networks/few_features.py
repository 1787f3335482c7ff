"""Norms over groups of n features without positions: n values whose own mean and spread are divided out.

Of n independent Gaussians, y = (x − mean)/std is √n times a point spread evenly over the unit sphere of
m = n − 1 dimensions, so that one y is √m times a coordinate of it: density ∝ (1 − y²/m)^((m − 3)/2),
variance 1 exactly. E[1/s²] = n/((n − 3) q), and of δ the parts along 1 and along y are lost:
E[δ²] grows by (n − 2)/((n − 3) q). Two inputs of correlation ρ leave with that of two such points,
ρ·2/m·(Γ((m + 1)/2)/Γ(m/2))²·₂F₁(1/2, 1/2; m/2 + 1; ρ²).
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from varprop.networks.densities import Density, on_grid
from varprop.networks.layer import Forward, Layer, Setting
from varprop.networks.signal import Gradient, Part, Signal, times

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.arithmetic import Value

FEWEST = 4
FEW = 128
UNFOLLOWED = (
    "{norm} over {count} features, few enough that their mean and spread are themselves random, of a signal "
    "that isn't one Gaussian: taken as those of the ensemble. Over 8 features behind relu, E[φ²] of a second "
    "relu is 7 % less and the gradient twice as large; behind tanh the gradient is 17 % larger"
)
RANDOM_LENGTH = (
    "{norm} over {count} features, few enough that their spread is itself random: taken as that of the "
    "ensemble. E[δ²] of a Gaussian signal is {percent:.0f} % too small ((n − {lost})/(n − {less}) over n "
    "features), and two inputs are less alike"
)
TOLD = 0.02
"""Share of E[δ²] from which on a random spread is spoken of."""


def shrunk(count: int, lost: int) -> float:
    """Return the share of E[δ²] that a spread taken for certain leaves out, ``lost`` directions off."""
    return 1 / (count - lost) if count > lost + 1 else 1.0


def say_few(norm: Layer, count: int, lost: int, setting: Setting) -> None:
    """Name what a random spread of so few features does; ``lost`` directions of δ are taken off."""
    missed = shrunk(count, lost)
    if missed > TOLD:
        said = RANDOM_LENGTH.format(
            norm=norm, count=count, percent=100 * missed, lost=lost, less=lost + 1
        )
        setting.approximate(said)


def is_few(count: float) -> bool:
    """Whether the statistics of that many values are random enough to be followed."""
    return count < FEW


def few_features(norm: Layer, count: int, signal: Signal, setting: Setting) -> Forward | None:
    """Return the norm over groups of that many features, None where no rule is known."""
    from varprop.networks.feature_norms import say_cancelled

    parts = signal.parts
    if parts is None or not signal.is_gaussian or len(parts) > 1 or count < FEWEST:
        setting.approximate(UNFOLLOWED.format(norm=norm, count=count))
        return None
    say_cancelled(signal, norm, setting)
    variance, covariance = parts[0].variance, parts[0].covariance
    rho = None if covariance is None else float(covariance / variance)
    kept = None if rho is None else correlated(count - 1, rho)
    part = Part(1, 1.0, kept, law=sphere(count - 1))
    words = f"{type(norm).__name__}'s output"
    out = Signal(signal.shape, 1.0, 0.0, kept, None, (part,), 1, words, 1.0)
    own = (count - 2) / (count - 3) / variance
    both = None if rho is None else _pair_factor(count, rho) / variance

    def back(gradient: Gradient) -> Gradient:
        return Gradient(gradient.second * own, times(gradient.cross, both))

    return out, setting.mark(out, back, preactivation=False)


def _pair_factor(n: int, rho: float) -> Value:
    """Return the factor of E[δδ̃] times q: exact for independent inputs and equal ones, ρ² between."""
    same = (n - 2) / (n - 3)
    inverse = n / 2 * math.exp(2 * (math.lgamma((n - 2) / 2) - math.lgamma((n - 1) / 2)))
    free = inverse * (n - 3 + 1 / (n - 1)) / n
    return free + (same - free) * rho * rho


def correlated(m: int, rho: float) -> float:
    """Return the expected cosine of two Gaussian vectors of m entries with correlation ρ."""
    total, term, k = 0.0, 1.0, 0
    while abs(term) > 1e-15 and k < 100_000:
        total += term
        term *= (k + 0.5) ** 2 / ((m / 2 + 1 + k) * (k + 1)) * rho * rho
        k += 1
    return rho * 2 / m * math.exp(2 * (math.lgamma((m + 1) / 2) - math.lgamma(m / 2))) * total


@cache
def sphere(m: int) -> Density:
    """Return the law of √m times one coordinate of a point spread evenly over the sphere."""
    import numpy as np

    angle = np.linspace(-np.pi / 2, np.pi / 2, 100_001)
    height = np.cos(angle) ** (m - 2)
    below = np.concatenate([[0.0], np.cumsum((height[1:] + height[:-1]) / 2)])
    below /= below[-1]

    def cdf(edges: Array) -> Array:
        at = np.arcsin(np.clip(edges / m**0.5, -1.0, 1.0))
        return np.asarray(np.interp(at, angle, below))

    reach = min(m**0.5, 7.0)
    return on_grid(-reach, reach, cdf)
