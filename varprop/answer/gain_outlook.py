"""What a gain does in depth: a start beside the fixed point, the gradient, somebody else's gain."""

from __future__ import annotations

import math
from dataclasses import dataclass

from varprop.answer.gain import Askable, GainReport
from varprop.errors import Divergent

LAYERS = 20
OFF = 0.01
FAR = 1e12


@dataclass(frozen=True)
class Outlook:
    """Twenty layers under the second-moment gain, by iterating the length map.

    ``high`` and ``low`` are q after 20 layers, in units of the q asked for, from starts 1 % above
    and below it; ``gradient`` is the gradient's factor over them, ``per_layer`` over one.
    ``relu_gain`` is q after 20 layers when √2, ReLU's gain, is passed instead: None where that is
    the right one or φ takes several inputs, infinite where q passes 10¹².
    """

    high: float
    low: float
    per_layer: float
    gradient: float
    relu_gain: float | None


def outlook(report: GainReport) -> Outlook | None:
    """Return what 20 layers do, None where the gain is unknown or 0."""
    gain, perp = report.gains.second_moment, report.chi_perp
    if gain is None or perp is None:
        return None
    q, moments = float(report.q), report.subject.moments
    other = None
    if report.subject.phi is not None and abs(gain**2 - 2) > 1e-9:
        other = iterate(moments, 2.0, q)
    return Outlook(
        iterate(moments, gain**2, q * (1 + OFF)) / q,
        iterate(moments, gain**2, q * (1 - OFF)) / q,
        perp,
        perp**LAYERS,
        other,
    )


def iterate(moments: Askable, sigma_w2: float, q: float) -> float:
    """Return q after 20 layers of q ← σ_w²·E[φ²]; infinite once beyond 10¹², 0 below 10⁻¹²."""
    for _ in range(LAYERS):
        try:
            number = moments.number("second_moment", q)
        except Divergent:
            return math.inf
        if number is None or number.value is None:
            return math.inf
        q = sigma_w2 * number.value
        if q > FAR:
            return math.inf
        if q < 1 / FAR:
            return 0.0
    return q
