"""The smallest factor at which something that grows with it crosses 0, between 2^−60 and 2^60."""

from __future__ import annotations

from collections.abc import Callable

WIDEST = 60
"""Doublings of the factor, from 1, between which its root is looked for."""

PRECISE = 1e-13


def smallest_factor(excess: Callable[[float], float]) -> tuple[float, str] | None:
    """Return the factor and how it was found; ``excess`` is a function of its exponent of 2.

    None where no factor makes it positive.
    """
    from scipy.optimize import brentq

    high = _first_above(excess)
    if high is None:
        return None
    exponent, report = brentq(
        lambda x: min(excess(x), 1.0), high - 1.0, high, xtol=PRECISE, full_output=True
    )
    words = f"by Brent's method in {report.function_calls} passes, to {PRECISE:g} of its logarithm"
    return 2.0**exponent, words


def _first_above(excess: Callable[[float], float]) -> float | None:
    """Return the smallest whole exponent at which the excess is positive, one below it isn't."""
    at = 0
    if excess(at) > 0:
        while at > -WIDEST and excess(at - 1) > 0:
            at -= 1
        return float(at) if at > -WIDEST else None
    while at < WIDEST and excess(at) <= 0:
        at += 1
    return float(at) if excess(at) > 0 else None
