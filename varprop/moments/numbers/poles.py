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

FALLEN = 0.97
CERTAIN = 1e-3


def check_poles(integrand: Prepared, kind: Integrand) -> None:
    """Raise Divergent where |f| grows like 1/distance, or faster, towards one of its kinks."""
    if integrand.opaque:
        return
    for kink in integrand.shape.kinks:
        for side in (-1.0, 1.0):
            outer, inner = (_mass(integrand, kind, kink.value, side * step) for step in NEAR)
            if outer and inner and inner[0] > 1e3 * outer[0] and inner[1] >= FALLEN * outer[1]:
                raise Divergent(
                    f"the expectation is infinite: the integrand blows up near h = {kink.value:.6g}."
                )


def _mass(
    integrand: Prepared, kind: Integrand, kink: float, step: float
) -> tuple[float, float] | None:
    """Return |f| and |f|·distance next to a kink; None where f has no certain digit."""
    h = kink + step * (abs(kink) or 1.0)
    value, error = kind.combine(h, *integrand.scalar(h), *(0.0 for _ in kind.shift))
    if not (math.isfinite(value) and UNIT * error <= CERTAIN * abs(value)):
        return None
    return abs(value), abs(value) * abs(h - kink)
