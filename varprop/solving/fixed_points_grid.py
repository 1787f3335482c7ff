"""The fixed point reached at every point of a grid of (σ_w², σ_b²), all at once.

E[φ²], its slope and E[φ'²] are sampled once on a grid of ln q; at each (σ_w², σ_b²) the first sign
change of q' − q from the start in the direction of the first move is refined by Newton's method on
cubic interpolants. Right for length maps that increase with q.
"""

from __future__ import annotations

import numpy as np

from varprop.errors import Divergent
from varprop.moments import Moments
from varprop.solving.fixed_points_range import numbers_or_nan

Array = np.ndarray
LOW, HIGH = 1e-8, 1e4
NODES = 900
STEPS = 4
RANGE = 0.05
TRIES = 3
LARGEST = 1e100


def reached_on_grid(
    moments: Moments, weights: Array, biases: Array, start: float
) -> dict[str, Array]:
    """Return q_star, chi_parallel, chi_perp by σ_w² (rows) and σ_b² (columns); nan: q diverges.

    q_star below 1e-8 is 0; the slopes are then those at 1e-8.
    """
    from scipy.interpolate import CubicHermiteSpline, CubicSpline

    q, square, slope, below = _samples(moments, start)
    log_q = np.log(q)
    curves = (
        CubicHermiteSpline(log_q, square, slope * q),
        CubicSpline(log_q, slope),
        CubicSpline(log_q, below),
    )
    here = int(np.searchsorted(q, start))
    shape = (len(weights), len(biases))
    found = {name: np.full(shape, np.nan) for name in ("q_star", "chi_parallel", "chi_perp")}
    for row, weight in enumerate(weights):
        excess = weight * square[None, :] + biases[:, None] - q[None, :]
        place, dead, alive = _bracketed(excess, here)
        log_root = np.log(q)[place]
        for _ in range(STEPS):
            root = np.exp(log_root)
            gap = weight * curves[0](log_root) + biases - root
            rate = (weight * curves[1](log_root) - 1) * root
            with np.errstate(divide="ignore", invalid="ignore"):
                step = np.where(rate != 0, gap / rate, 0.0)
            log_root = log_root - np.clip(step, -RANGE, RANGE)
        log_root = np.where(dead, log_q[0], log_root)
        known = alive | dead
        found["q_star"][row] = np.where(dead, 0.0, np.where(alive, np.exp(log_root), np.nan))
        for name, spline in (("chi_parallel", curves[1]), ("chi_perp", curves[2])):
            found[name][row] = np.where(known, weight * spline(log_root), np.nan)
    return found


def _samples(moments: Moments, start: float) -> tuple[Array, Array, Array, Array]:
    """Return q, E[φ²], its slope and E[φ'²] up to 1e4, or as far as they are finite."""
    high = HIGH
    for _ in range(TRIES):
        q = np.geomspace(LOW, high, NODES)
        values = [
            numbers_or_nan(moments, name, q)[0]
            for name in ("second_moment", "length_slope", "derivative_second_moment")
        ]
        good = (np.isfinite(values) & (np.abs(values) < LARGEST)).all(axis=0)
        if good.all():
            return q, values[0], values[1], values[2]
        high = float(q[max(1, int(np.argmin(good)) - 1)])
        if high <= start:
            break
    raise Divergent(
        f"E[φ²] is infinite or beyond double range at q = {start:.6g}: no phase diagram."
    )


def _bracketed(excess: Array, here: int) -> tuple[Array, Array, Array]:
    """Return the index beside the first sign change, and whether q dies or lives on."""
    rising = excess[:, here] > 0
    up, down = excess[:, here:] <= 0, excess[:, : here + 1][:, ::-1] > 0
    first_up, first_down = np.argmax(up, axis=1), np.argmax(down, axis=1)
    place = np.where(rising, here + first_up, here - first_down)
    alive = np.where(rising, up.any(axis=1), down.any(axis=1))
    return place, ~rising & ~alive, alive
