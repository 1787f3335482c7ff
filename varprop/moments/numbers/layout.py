"""First panels: cut at kinks, two standard deviations wide, graded by the integrand's own lengths."""

from __future__ import annotations

import math

from varprop.moments.numbers.shape import Shape

FARTHEST = 38.4
"""Standard deviations at which the normal density leaves double range."""

STANDARD = (*(float(z) for z in range(0, 38, 2)), FARTHEST)
"""Panel ends in standard deviations; at this width the rule is right to 1e-15 for a Gaussian."""

FINEST = 1e-12
"""No length shorter than this many standard deviations is resolved before it is met."""


def ends(q: float, mean: float, shape: Shape, *, half: bool) -> list[float]:
    """Return the ends of the first panels for h ~ N(mean, q); ``half`` keeps h ≥ 0 only."""
    sigma = math.sqrt(q)
    low, high = mean - FARTHEST * sigma, mean + FARTHEST * sigma
    points = {mean + sign * z * sigma for z in STANDARD for sign in (1, -1)}
    points |= {kink.value for kink in shape.kinks}
    for centre, length in shape.lengths:
        points |= set(graded(centre, length, sigma))
    if half:
        low = 0.0
    return sorted(point for point in points | {low, high} if low <= point <= high)


def graded(centre: float, length: float, sigma: float) -> list[float]:
    """Return centre ± length·2ʲ as long as this is finer than the panels of the density."""
    points = [centre]
    step = max(length, FINEST * sigma)
    while step < 4 * sigma:
        points += (centre - step, centre + step)
        step *= 2
    return points
