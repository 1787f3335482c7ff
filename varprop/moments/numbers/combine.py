"""The moments as integrands: from φ, φ' and their running errors to one value and its error.

Each integrand is homogeneous in (φ, φ', shift) of degree ``power``, so the density may be multiplied
in as its power-th root before they are combined: exp(h)² at q = 100 then stays in double range.
Only +, −, × and abs are used, so the same line serves a float, a NumPy array and an mpmath number.
Errors are absolute and in unit roundoffs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from varprop.frozen import frozen
from varprop.moments.numbers.number import UNIT

Pair = tuple[Any, Any]


@frozen
class Integrand:
    """What is integrated: ``combine(h, φ, error[, φ', error][, *shift])``, homogeneous of ``power``.

    ``shift`` are further columns (a number and its error) that scale as φ does; ``degrees`` are the
    largest powers of h, φ and φ' in it.
    """

    combine: Callable[..., Pair]
    degrees: tuple[int, int, int]
    shift: tuple[Any, ...] = ()

    @property
    def power(self) -> int:
        """The degree in (φ, φ', shift)."""
        return self.degrees[1] + self.degrees[2]


def _first(_: Any, *columns: Any) -> Pair:
    return columns[-2], columns[-1]


def _square(_: Any, *columns: Any) -> Pair:
    v, e = columns[-2], columns[-1]
    return v * v, (2 * abs(v) + UNIT * e) * e + v * v


def _fourth(_: Any, *columns: Any) -> Pair:
    v, e = columns[-2], columns[-1]
    square, farthest = v * v, abs(v) + UNIT * e
    return square * square, 4 * farthest * farthest * farthest * e + 3 * square * square


@frozen
class Moment:
    """E of ``combine``, a function of φ, or of φ' where ``slope`` is set."""

    combine: Callable[..., Pair]
    slope: bool = False
    power: int = 1

    @property
    def kind(self) -> Integrand:
        """What is integrated."""
        return Integrand(self.combine, (0, 0, self.power) if self.slope else (0, self.power, 0))


MOMENTS = {
    "mean": Moment(_first),
    "second_moment": Moment(_square, power=2),
    "fourth_moment": Moment(_fourth, power=4),
    "derivative_mean": Moment(_first, slope=True),
    "derivative_second_moment": Moment(_square, slope=True, power=2),
}

NAMES = (*MOMENTS, "variance", "length_slope")


def centred(h: Any, value: Any, error: Any, mean: Any, mean_error: Any) -> Pair:
    """Return (φ − m)² and its error."""
    v = value - mean
    return _square(h, v, error + mean_error + abs(v))


def stretched(h: Any, value: Any, error: Any, slope: Any, slope_error: Any) -> Pair:
    """Return hφφ', q times the smooth part of dE[φ²]/dq, and its error."""
    product = h * value * slope
    far = abs(value) + UNIT * error
    return product, abs(h) * (far * slope_error + abs(slope) * error) + 3 * abs(product)
