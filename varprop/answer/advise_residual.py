"""The residual network that ``advise`` offers: h + s·W φ(h), s as large as half of the band allows."""

from __future__ import annotations

import math

from varprop.answer.advise_gradients import Judgement, residual_gradients, residual_spectrum
from varprop.answer.advise_option import Option, within
from varprop.moments import Moments
from varprop.propagation.curves import Curve
from varprop.solving.isometry import slope_moments


def residual(moments: Moments, depth: int, width: int, band: tuple[float, float]) -> Option:
    """Return h + s·W φ(h), σ_w² = 1/E[φ²] at q = 1, the largest s that uses half of the band."""
    slopes = slope_moments(moments, 1.0)
    square = moments.number("second_moment", 1.0).value or 1.0
    share = (math.sqrt(band[1]) ** (1 / depth) - 1) / max(1.0, slopes.first / square)
    forward, gradient = _stream(moments, share / square, depth)
    constant = _fourth_ratio(moments)
    spread = math.exp(-0.5 * depth * math.log1p((constant * share**2 + 4 * share) / width))
    judged = (
        Judgement(
            "forward", forward, within(forward, band),
            "q from 1 through every block: only the branch adds", "q' = q + s²·σ_w²·E[φ²]",
        ),
        Judgement(
            "gradient", gradient, within(gradient, band),
            "the skip carries it, the branch adds", "Π (1 + s²·σ_w²·E[φ'²])",
        ),
        Judgement(
            "typical signal", spread, within(spread, band),
            f"only the branches fluctuate, depth/width = {depth / width:.3g}",
            "Π (1 + 4s²/n)^(−1/2) to first order in s²",
        ),
        residual_spectrum(moments, share / square * slopes.first, depth),
        residual_gradients(moments, share / square * slopes.first, depth),
    )  # fmt: skip
    return Option("residual", "normal", 1 / square, 0.0, 1.0, math.sqrt(share), judged)


def _stream(moments: Moments, scale: float, depth: int) -> tuple[float, float]:
    """Return the growth of q from 1 and of the gradient through residual blocks, s²·σ_w² = ``scale``."""
    square, below = (Curve(moments, n) for n in ("second_moment", "derivative_second_moment"))
    q, gradient = 1.0, 1.0
    for _ in range(depth):
        gradient *= 1 + scale * below(q)
        q += scale * square(q)
    return q, gradient


def _fourth_ratio(moments: Moments) -> float:
    square, fourth = (
        moments.number(n, 1.0).value or 1.0 for n in ("second_moment", "fourth_moment")
    )
    return fourth / square**2 - 1
