"""What a repeated layer does to its own variance: the fixed point reached, χ_∥ and χ_⊥ there."""

from __future__ import annotations

import math
from collections.abc import Callable

from sympy import Expr, Rational

from varprop import notation
from varprop.errors import Undecided
from varprop.moments import Moments
from varprop.result import Stability

LIMIT_HIGH, LIMIT_LOW = 1e8, 1e-10


def stability_at(
    moments: Moments,
    sigma_w2: float,
    gradient_factor_per_slope: float,
    q: float | None,
    q_eval: float,
    drift: str | None = None,
) -> Stability:
    """Return χ_∥ and χ_⊥ at ``q_eval``; ``gradient_factor_per_slope`` is fan_out·Var(w)."""
    slope = moments.number("length_slope", q_eval)
    derivative = moments.number("derivative_second_moment", q_eval)
    if slope.value is None or derivative.value is None:
        raise Undecided(f"the slope of the length map at q = {q_eval} is beyond double range.")
    parallel, perp = sigma_w2 * slope.value, sigma_w2 * derivative.value
    parallel = _exactly_one(parallel, sigma_w2 * slope.bound)
    perp = _exactly_one(perp, sigma_w2 * derivative.bound)
    factor = _exactly_one(gradient_factor_per_slope * derivative.value, derivative.bound)
    return judged(q, parallel, perp, factor, drift)


def judged(
    q: float | None, parallel: float, perp: float, factor: float, drift: str | None = None
) -> Stability:
    """Return the slopes with their verdict: marginal where χ_∥ is exactly 1."""
    stable = None if parallel == 1 else abs(parallel) < 1
    verdict = "marginal" if stable is None else "stable" if stable else "unstable"
    return Stability(q, parallel, perp, factor, stable, verdict, drift)


def _exactly_one(value: float, bound: float) -> float:
    return 1.0 if abs(value - 1) <= max(bound, 4e-15) else value


def reached(
    moments: Moments, sigma_w2: float, sigma_b2: float, start: float
) -> tuple[float | None, float, str]:
    """Follow q' = σ_w²·E[φ²] + σ_b² from ``start``.

    Returns the fixed point reached (None when q reaches none), the q at which to judge the slopes,
    and a sentence about the way. The point is that of ``fixed_points.destination``, which knows all
    of them; where only numbers are known of a map, such as one of centred outputs, the first sign
    change of q' − q in the direction of the first move, which is the limit of a map that increases.
    """
    factor = linear_factor(moments)
    if factor is not None:
        return _reached_linear(float(factor) * sigma_w2, sigma_b2, start)

    def excess(q: float) -> float:
        number = moments.number("second_moment", q)
        if number.value is None:
            return math.inf
        return sigma_w2 * number.value + sigma_b2 - q

    if abs(excess(start)) <= 1e-13 * start:
        return start, start, f"q stays at {start:.6g}"
    if not isinstance(moments, Moments):
        return _reached_by_search(excess, start)
    from varprop.solving.fixed_points import destination, fixed_points

    weight, bias = Rational(sigma_w2), Rational(sigma_b2)
    found = fixed_points(moments, weight, bias)
    where = destination(moments, weight, bias, found, start)
    if where.point is None:
        return None, start, where.words
    return where.point.q, max(where.point.q, LIMIT_LOW), where.words


def linear_factor(moments: Moments) -> Expr | None:
    """Return m where E[φ²] = m·q exactly, None for every other activation."""
    closed = moments.closed("second_moment")
    if closed is None:
        return None
    ratio = closed / notation.q
    return None if ratio.has(notation.q) else ratio


def _reached_linear(
    factor: float, sigma_b2: float, start: float
) -> tuple[float | None, float, str]:
    if abs(factor - 1) <= 4e-15:
        if sigma_b2 == 0:
            return start, start, "every q is kept"
        return None, start, f"q grows by {sigma_b2:.6g} per layer"
    if factor > 1:
        return None, start, f"q grows ×{factor:.6g} per layer without bound"
    limit = sigma_b2 / (1 - factor)
    return limit, start if limit == 0 else limit, f"q goes to {limit:.6g}"


def _reached_by_search(
    excess: Callable[[float], float], start: float
) -> tuple[float | None, float, str]:
    from scipy.optimize import brentq

    first = excess(start)
    step = 1.5 if first > 0 else 1 / 1.5
    here = start
    while LIMIT_LOW < here < LIMIT_HIGH:
        there = here * step
        if excess(there) * first <= 0:
            root = brentq(excess, min(here, there), max(here, there), xtol=1e-300, rtol=1e-14)
            return root, root, f"q goes from {start:.6g} to {root:.6g}"
        here = there
    if first > 0:
        return None, start, f"q grows without bound from {start:.6g}"
    return 0.0, LIMIT_LOW, f"q dies out from {start:.6g}"
