"""Values of φ and φ' that double precision got wrong, recomputed until their digits stand."""

from __future__ import annotations

from typing import Any

from varprop.errors import BadInput, Undecided
from varprop.moments.numbers.functions_mp import context
from varprop.moments.numbers.prepared import Prepared

LADDER = (30, 60, 120, 240, 480)
"""Digits to try; two neighbours must agree."""

AGREEMENT = 1e-17


def precise(integrand: Prepared, h: float) -> tuple[float, ...]:
    """Return what ``integrand.scalar`` returns at h, with every value right to half an ulp or so.

    Raises Undecided when no precision tried settles the digits.
    """
    if integrand.opaque:
        return integrand.scalar(h)
    before = _values(integrand, h, LADDER[0])
    for digits in LADDER[1:]:
        after = _values(integrand, h, digits)
        found = [_settled(x, y) for x, y in zip(before, after, strict=True)]
        settled = [value for value in found if value is not None]
        if len(settled) == len(found):
            return tuple(part for value in settled for part in (value, abs(value)))
        before = after
    raise Undecided(f"the value at h = {h} has no certain digit at {LADDER[-1]} digits.")


def _values(integrand: Prepared, h: float, digits: int) -> tuple[Any, ...]:
    try:
        return integrand.plain(digits)(context(digits).mpf(h))
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise Undecided(f"the value at h = {h} is out of reach: {error}.") from error


def _settled(before: Any, after: Any) -> float | None:
    if isinstance(after, context(LADDER[0]).mpc) or bool(getattr(after, "imag", False)):
        raise BadInput("the integrand is not real on the whole line.")
    scale = max(abs(before), abs(after))
    if not scale < float("inf"):
        return float(after)
    if abs(before - after) > AGREEMENT * scale and scale > 1e-320:
        return None
    return float(after)
