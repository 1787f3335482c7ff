"""Weights in mirrored pairs: a network that is linear at initialisation, whatever its depth.

Half of the units of a layer see h, the other half −h, and the next weights are [V, −V]:

    V φ(h) − V φ(−h) = λ V h   where   φ(h) − φ(−h) = λ h,

so for ReLU and its leaky kin, but for GELU, SiLU and softplus as well (λ = 1).
Source: Balduzzi et al. 2017, section 4.
"""

from __future__ import annotations

from varprop.answer.advise_gradients import NAME, Judgement
from varprop.answer.advise_option import Option, within
from varprop.moments import Moments
from varprop.moments.numbers.prepared import prepared
from varprop.solving.correlation_gradients import looks_linear as gradient_correlation

PROBES = tuple(0.07 * 1.3**k for k in range(20))
ROUNDING = 1e-12


def odd_slope(moments: Moments) -> float | None:
    """Return λ where φ(h) − φ(−h) = λ h at every probe from 0.07 to 10; None elsewhere, and for linear φ."""
    at = prepared(moments.phi, moments.h).scalar
    slopes = [(at(h)[0] - at(-h)[0]) / h for h in PROBES]
    first = slopes[0]
    if abs(first) < ROUNDING or prepared(moments.phi, moments.h).parity[0] == "odd":
        return None
    return first if all(abs(s - first) <= ROUNDING * abs(first) for s in slopes) else None


def looks_linear(
    moments: Moments, depth: int, width: int, band: tuple[float, float]
) -> Option | None:
    """Return the mirrored network with orthogonal V of gain 1/λ; None where φ or the width has no pairs."""
    slope = odd_slope(moments)
    if slope is None or width % 2:
        return None
    kept = 1.0
    exactly = f"V φ(h) − V φ(−h) = λ V h with λ = {slope:.4g}: V/λ orthogonal keeps every norm"
    rule = "φ(h) − φ(−h) = λ h"
    alike = float(gradient_correlation(depth))
    judged = (
        Judgement("forward", kept, within(kept, band), exactly, rule),
        Judgement("gradient", kept, within(kept, band), "its transpose keeps them, too", "Vᵀ/λ"),
        Judgement(
            "typical signal", kept, within(kept, band),
            "no network strays: an orthogonal product has no spread", "|V h| = |h|/λ",
        ),
        Judgement(
            "largest singular value", kept, within(kept, band),
            "the Jacobian is orthogonal until training breaks the mirror", "Π λV",
        ),
        Judgement(NAME, alike, None, "a linear network has one gradient for all inputs", "1"),
    )  # fmt: skip
    return Option("looks-linear", "orthogonal", 2 / slope**2, 0.0, None, None, judged)
