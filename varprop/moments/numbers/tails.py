"""What lies beyond the last panel: a proved bound where growth rules give one, samples elsewhere."""

from __future__ import annotations

import math
from typing import Any

from varprop.moments.numbers.combine import Integrand
from varprop.moments.numbers.growth import ARGUMENT, BOUNDED_BY_ONE, Growth
from varprop.moments.numbers.layout import FARTHEST
from varprop.moments.numbers.prepared import Prepared

NEVER = 690.0


def tail(integrand: Prepared, kind: Integrand, q: float, mean: float) -> float:
    """Return a bound on the integral beyond FARTHEST standard deviations, inf where none is known."""
    sigma = math.sqrt(q)
    total = 0.0
    for side in (-1, 1):
        end = side * (mean + side * FARTHEST * sigma)
        beyond_kinks = all(side * kink.value <= end for kink in integrand.shape.kinks)
        rate = _combined(kind, integrand.growths(side if beyond_kinks else 0))
        total += math.inf if rate is None else beyond(rate, q, mean, FARTHEST)
    return total


def tails(integrand: Prepared, kind: Integrand, q: Any) -> Any:
    """Return the bounds for an array of variances and zero mean."""
    import numpy as np

    last = max((abs(kink.value) for kink in integrand.shape.kinks), default=0.0)
    outside = FARTHEST * np.sqrt(q) >= last
    total = np.zeros_like(q)
    for side in (-1, 1):
        for rows, chosen in ((outside, side), (~outside, 0)):
            if rows.any():
                rate = _combined(kind, integrand.growths(chosen))
                total[rows] += np.inf if rate is None else _many(rate, q[rows])
    return total


def _many(rate: Growth, q: Any) -> Any:
    """Return ``beyond`` at many variances, for mean 0 and FARTHEST."""
    import numpy as np

    log, left = _logarithm(rate, np.sqrt(q) * (1 + 1e-12), 0.0, FARTHEST, np)
    log = np.where(left > 1, log - left * left / 2 - np.log(np.maximum(left, 1.0)) - 0.9, np.inf)
    log += 1e-6 * np.abs(log)
    return np.where(log < NEVER, np.exp(np.minimum(log, NEVER)), np.inf)


def _logarithm(
    rate: Growth, sigma: Any, centre: float, reach: float, maths: Any
) -> tuple[Any, Any]:
    largest = max(sigma, 1.0) if maths is math else maths.maximum(sigma, 1.0)
    slope = rate.b + (1 / largest if rate.n else 0.0)
    log = rate.log_a + math.lgamma(rate.n + 1) + rate.n * maths.log(largest) + 1 / largest
    return log + slope * centre + (slope * sigma) ** 2 / 2, reach - slope * sigma


def _combined(kind: Integrand, rates: tuple[Growth | None, ...]) -> Growth | None:
    of_h, of_value, of_slope = kind.degrees
    total = ARGUMENT.power(of_h) if of_h else BOUNDED_BY_ONE
    shift = _largest(kind.shift[0]) if kind.shift else 0.0
    for degree, rate in ((of_value, rates[0]), (of_slope, rates[-1])):
        if not degree:
            continue
        if rate is None:
            return None
        raised = math.log(math.exp(rate.log_a) + shift) if shift else rate.log_a
        total = total.product(rate._replace(log_a=raised).power(degree))
    return total


def _largest(shift: Any) -> float:
    return float(abs(shift).max()) if getattr(shift, "shape", ()) else abs(float(shift))


def beyond(rate: Growth, q: float, mean: float, reach: float) -> float:
    """Bound the integral of a growth over one side beyond ``reach`` standard deviations.

    (1 + |h|)ⁿ ≤ Γ(n + 1)·ε⁻ⁿ·exp(ε(1 + |h|)) with ε = 1/max(σ, 1) leaves a pure exponential, whose Gaussian
    integral is at most exp(s²/2 − (reach − s)²/2)/(reach − s) with s = slope·σ.
    """
    sigma, centre = math.sqrt(q) * (1 + 1e-12), abs(mean) * (1 + 1e-12)
    log, left = _logarithm(rate, sigma, centre, reach, math)
    if left <= 1:
        return math.inf
    log += -left * left / 2 - math.log(left) - 0.9
    log += 1e-6 * abs(log)
    return math.exp(log) if log < NEVER else math.inf
