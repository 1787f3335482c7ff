"""Numbers as people read them; the number of digits is theirs to choose."""

from __future__ import annotations

import math
from fractions import Fraction

LOGARITHM_HOLDS = 9
"""Digits that are left of a number of a thousand decades once it is known by its logarithm."""


def number(value: float | None, digits: int = 6) -> str:
    """Return a number with ``digits`` significant digits, without trailing zeros."""
    if value is None:
        return "–"
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{_trim(mantissa)}e{int(exponent)}"
    return _trim(text)


def sized(value: float, logarithm: float, digits: int = 6) -> str:
    """Return a number, from its natural logarithm where double range doesn't hold it."""
    if 0 < value < math.inf or not math.isfinite(logarithm):
        return number(value, digits)
    exponent, rest = divmod(logarithm / math.log(10), 1)
    mantissa = number(10**rest, min(digits, LOGARITHM_HOLDS))
    return f"{mantissa}e{exponent:.0f}"


def full(value: float | None, digits: int = 6) -> str:
    """Return a number exactly where its decimals are short, else with ``digits`` digits."""
    if value is None:
        return "–"
    exact = repr(value)
    if "e" not in exact and len(exact.replace("-", "").lstrip("0.").replace(".", "")) <= digits + 2:
        return exact.removesuffix(".0")
    return number(value, digits)


def _trim(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def fraction(value: float, limit: int = 64) -> str | None:
    """Return a small fraction that equals the number to 12 digits, or None."""
    candidate = Fraction(value).limit_denominator(limit)
    return str(candidate) if abs(float(candidate) - value) <= 1e-12 * abs(value) else None
