"""What lies beyond the last panel: a proved bound where growth rules give one, samples elsewhere."""

from __future__ import annotations

import math

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
        rates = integrand.growths(side)
        end = side * (mean + side * FARTHEST * sigma)
        beyond_kinks = all(side * kink.value <= end for kink in integrand.shape.kinks)
        rate = _combined(kind, rates) if beyond_kinks else None
        total += math.inf if rate is None else beyond(rate, q, mean, FARTHEST)
    return total


def _combined(kind: Integrand, rates: tuple[Growth | None, ...]) -> Growth | None:
    of_h, of_value, of_slope = kind.degrees
    total = ARGUMENT.power(of_h) if of_h else BOUNDED_BY_ONE
    shift = max((abs(float(part)) for part in kind.shift[:1]), default=0.0)
    for degree, rate in ((of_value, rates[0]), (of_slope, rates[-1])):
        if not degree:
            continue
        if rate is None:
            return None
        raised = math.log(math.exp(rate.log_a) + shift) if shift else rate.log_a
        total = total.product(rate._replace(log_a=raised).power(degree))
    return total


def beyond(rate: Growth, q: float, mean: float, reach: float) -> float:
    """Bound the integral of a growth over one side beyond ``reach`` standard deviations.

    (1 + |h|)ⁿ ≤ Γ(n + 1)·ε⁻ⁿ·exp(ε(1 + |h|)) with ε = 1/max(σ, 1) leaves a pure exponential, whose Gaussian
    integral is at most exp(s²/2 − (reach − s)²/2)/(reach − s) with s = slope·σ.
    """
    sigma, centre = math.sqrt(q) * (1 + 1e-12), abs(mean) * (1 + 1e-12)
    epsilon = 1 / max(sigma, 1.0)
    slope = rate.b + (epsilon if rate.n else 0.0)
    log = rate.log_a + math.lgamma(rate.n + 1) - rate.n * math.log(epsilon)
    log += epsilon + slope * centre + (slope * sigma) ** 2 / 2
    left = reach - slope * sigma
    if left <= 1:
        return math.inf
    log += -left * left / 2 - math.log(left) - 0.9
    log += 1e-6 * abs(log)
    return math.exp(log) if log < NEVER else math.inf
