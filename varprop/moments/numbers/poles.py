"""Poles that no integral can cross, wherever they lie: the density never vanishes.

A pole a hundred standard deviations out changes no digit of a sum over panels, and yet there is no
expectation.
"""

from __future__ import annotations

import math

from varprop.errors import Divergent
from varprop.moments.numbers.combine import Integrand
from varprop.moments.numbers.number import UNIT
from varprop.moments.numbers.prepared import Prepared

NEAR = (1e-5, 1e-9)
"""Two distances from a singular point; between them |f|·distance falls where f is integrable."""

BEFORE = (0.2, 0.05)
"""Two distances at which a function like exp(1/h), beyond double range at both of NEAR, is finite."""

FALLEN, GROWN = 0.97, 1e3
CERTAIN = 1e-3


def check_poles(integrand: Prepared, kind: Integrand) -> None:
    """Raise Divergent where |f| grows like 1/distance, or faster, towards one of its kinks."""
    if integrand.opaque:
        return
    for kink in integrand.shape.kinks:
        for side in (-1.0, 1.0):
            if _blows_up(integrand, kind, kink.value, side):
                raise Divergent(
                    f"the expectation is infinite: the integrand blows up near h = {kink.value:.6g}."
                )


def _blows_up(integrand: Prepared, kind: Integrand, kink: float, side: float) -> bool:
    size, _, _ = _mass(integrand, kind, kink, side * NEAR[1])
    steps = NEAR if math.isfinite(size) else BEFORE
    outer, inner = (_mass(integrand, kind, kink, side * step) for step in steps)
    if not all(math.isfinite(x[0]) and x[1] <= CERTAIN * x[0] for x in (outer, inner)):
        return False
    return inner[0] > GROWN * outer[0] and inner[2] >= FALLEN * outer[2]


def _mass(
    integrand: Prepared, kind: Integrand, kink: float, step: float
) -> tuple[float, float, float]:
    """Return |f| next to a kink, its rounding error, and |f|·distance."""
    h = kink + step * (abs(kink) or 1.0)
    value, error = kind.combine(h, *integrand.scalar(h), *(0.0 for _ in kind.shift))
    return abs(value), UNIT * error, abs(value) * abs(h - kink)
