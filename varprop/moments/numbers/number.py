"""A moment as a float, with the bound on its error."""

from __future__ import annotations

import math

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
