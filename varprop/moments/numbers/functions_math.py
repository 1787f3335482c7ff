"""The graph's functions for one float: never an exception, inf or nan instead.

An exponential that overflows is inf and stays inf through functions that have a limit there. Where the
limit is approached too slowly for "beyond 1.8e308" to determine the value (log, √, asinh), the result
is nan, and the point is recomputed with unlimited exponents.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from varprop.moments.numbers.number import UNIT

INF, NAN = math.inf, math.nan

UNDERFLOW, FAINT = 1e-290, 1e-20
"""A value below the first gets the second as its error in unit roundoffs, absolute."""


def _guarded(
    function: Callable[[float], float], overflow: float = NAN, infinite: float | None = None
) -> Callable[[float], float]:
    def safe(x: float) -> float:
        if infinite is not None and x in (INF, -INF):
            return infinite
        try:
            return function(x)
        except OverflowError:
            return overflow
        except (ValueError, ZeroDivisionError):
            return NAN

    return safe


def _sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(INF, x)


def _absorbed(factor: float, error: float) -> float:
    return factor * error if factor else 0.0


def _tiny(v: float) -> float:
    return FAINT if abs(v) < UNDERFLOW else 0.0


def _bump(x: float) -> float:
    """Return eˣ·sech²(eˣ), the derivative of tanh(eˣ)."""
    return math.exp(x) * _sech(math.exp(x)) ** 2 if x < 7 else 0.0


def _sech(x: float) -> float:
    t = math.exp(-abs(x))
    return 2 * t / (1 + t * t)


def _expit(x: float) -> float:
    t = math.exp(-abs(x))
    return 1 / (1 + t) if x >= 0 else t / (1 + t)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


SHRINK_SERIES = tuple(2 * k / math.factorial(2 * k + 1) for k in range(1, 11))


def _tanhshrink(x: float) -> float:
    if abs(x) > 1:
        return x - math.tanh(x)
    total, square = 0.0, x * x
    for coefficient in reversed(SHRINK_SERIES):
        total = total * square + coefficient
    return total * square * x / math.cosh(x)


def _sign(x: float) -> float:
    return math.copysign(1.0, x) if x else 0.0


def _reciprocal(x: float) -> float:
    return 1 / x if x else INF


def _power(x: float, n: int) -> float:
    try:
        return x**n
    except OverflowError:
        return INF if x > 0 or n % 2 == 0 else -INF


def _root(x: float, power: float) -> float:
    try:
        return x**power if 0 <= x < INF else NAN
    except (OverflowError, ZeroDivisionError):
        return INF


def _chosen(x: float, y: float, error_x: float, error_y: float) -> float:
    """Return the error of max(x, y)."""
    doubt = UNIT * (error_x + error_y)
    if x - y > doubt:
        return error_x
    return error_y if y - x > doubt else max(error_x, error_y)


def _opaque(function: Callable[[float], float]) -> Callable[[float], float]:
    return _guarded(lambda x: float(function(x)))


def _largest(x: float, y: float) -> float:
    return x if x > y or x != x else y


def _smallest(x: float, y: float) -> float:
    return x if x < y or x != x else y


NAMESPACE: dict[str, Any] = {
    "k": 2.0,
    "abs": abs,
    "exp": _guarded(math.exp, overflow=INF),
    "expm1": _guarded(math.expm1, overflow=INF),
    "absorbed": _absorbed,
    "tiny": _tiny,
    "bump": _bump,
    "log": _guarded(math.log, infinite=NAN),
    "log1p": _guarded(math.log1p, infinite=NAN),
    "sqrt": _guarded(math.sqrt, infinite=NAN),
    "tanh": math.tanh,
    "sech": _sech,
    "tanhshrink": _tanhshrink,
    "expit": _expit,
    "softplus": _softplus,
    "sinh": _sinh,
    "cosh": _guarded(math.cosh, overflow=INF),
    "sin": _guarded(math.sin),
    "cos": _guarded(math.cos),
    "tan": _guarded(math.tan),
    "asin": _guarded(math.asin),
    "acos": _guarded(math.acos),
    "atan": math.atan,
    "asinh": _guarded(math.asinh, infinite=NAN),
    "acosh": _guarded(math.acosh, infinite=NAN),
    "atanh": _guarded(math.atanh),
    "erf": math.erf,
    "erfc": math.erfc,
    "sign": _sign,
    "step": lambda x: 1.0 if x > 0 else 0.0,
    "reciprocal": _reciprocal,
    "power": _power,
    "root": _root,
    "opaque": _opaque,
    "chosen": _chosen,
    "largest": _largest,
    "smallest": _smallest,
    "where": lambda condition, yes, no: yes if condition else no,
}
"""Name in the graph -> function; ``k`` is the libm's error in unit roundoffs (1 ulp)."""
