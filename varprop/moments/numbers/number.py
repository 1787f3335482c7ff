"""A moment as a float, with the bound on its error."""

from __future__ import annotations

import math

from varprop.errors import BadInput, Undecided
from varprop.frozen import frozen

UNIT = 2.0**-53
"""Unit roundoff of double precision: every rounding error below is counted in it."""

SMALLEST = 1e-300
"""Moments below this are reported as 0."""

LARGEST_LOG = math.log(1.7976931348623157e308)


@frozen
class Number:
    """A value with an absolute error bound.

    Beyond double range ``value`` is None, ``overflow`` is True and ``log_value`` holds ln |value|;
    ``bound`` is then the absolute error of ``log_value``.
    """

    value: float | None
    bound: float
    overflow: bool = False
    log_value: float | None = None


def check_variance(q: float) -> None:
    """Raise BadInput unless ``q`` is a variance: positive and finite."""
    if not 0 < q < math.inf:
        raise BadInput(f"q = {q} is a variance: it must be positive and finite.")


NO_DIGIT = 0.1
"""A relative error above which not one digit of a number is certain."""


def settled(number: Number, words: str) -> Number:
    """Return the number; raises Undecided where not one digit of it is certain."""
    if number.value is not None and number.bound > NO_DIGIT * abs(number.value):
        raise Undecided(
            f"{words} does not settle ({number.value:.3g} ± {number.bound:.2g}): it may be "
            "infinite, or have kinks that aren't declared."
        )
    return number
