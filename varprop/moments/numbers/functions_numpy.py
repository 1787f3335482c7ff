"""The graph's functions for NumPy arrays, with the same conventions as ``functions_math``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from varprop.moments.numbers.functions_math import FAINT, SHRINK_SERIES, UNDERFLOW
from varprop.moments.numbers.number import UNIT

Array = np.ndarray

MANY = 100_000
"""Values from which SciPy's function is faster than the C library's, one by one, and its import."""


def _finite(function: Any) -> Any:
    """Return the function with nan where its argument is infinite: too slow to tell its value."""

    def safe(x: Array) -> Array:
        return np.where(np.isinf(x), np.nan, function(x))

    return safe


def _one_by_one(name: str) -> Callable[[Array], Array]:
    """Return math's function of that name on arrays; SciPy's, which takes long to load, on large ones."""
    single = getattr(math, name)

    def on_arrays(x: Array) -> Array:
        if x.size >= MANY:
            from scipy import special

            return np.asarray(getattr(special, name)(x))
        return np.fromiter(map(single, x.ravel().tolist()), float, x.size).reshape(x.shape)

    return on_arrays


def _sech(x: Array) -> Array:
    t = np.exp(-np.abs(x))
    return 2 * t / (1 + t * t)


def _bump(x: Array) -> Array:
    t = np.exp(np.minimum(x, 7.0))
    return np.where(x < 7, t * _sech(t) ** 2, 0.0)


def _expit(x: Array) -> Array:
    t = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, t) / (1 + t)


def _softplus(x: Array) -> Array:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def _tanhshrink(x: Array) -> Array:
    total, square = np.zeros_like(x), np.minimum(x * x, 1.0)
    for coefficient in reversed(SHRINK_SERIES):
        total = total * square + coefficient
    return np.where(np.abs(x) > 1, x - np.tanh(x), total * square * x / np.cosh(np.clip(x, -1, 1)))


def _root(x: Array, power: float) -> Array:
    return np.where((x >= 0) & np.isfinite(x), np.abs(x) ** power, np.nan)


def _chosen(x: Array, y: Array, error_x: Array, error_y: Array) -> Array:
    doubt = UNIT * (error_x + error_y)
    open_or_second = np.where(y - x > doubt, error_y, np.maximum(error_x, error_y))
    return np.where(x - y > doubt, error_x, open_or_second)


def _opaque(function: Any) -> Any:
    """Return a Python function on arrays: elementwise where it takes floats only."""

    def on_arrays(x: Array) -> Array:
        try:
            y = np.asarray(function(x), dtype=float)
        except (TypeError, ValueError):
            y = np.zeros(0)
        return y if y.shape == x.shape else np.vectorize(function, otypes=[float])(x)

    return on_arrays


NAMESPACE: dict[str, Any] = {
    "k": 8.0,
    "abs": np.abs,
    "exp": np.exp,
    "expm1": np.expm1,
    "tiny": lambda v: FAINT * (np.abs(v) < UNDERFLOW),
    "bump": _bump,
    "absorbed": lambda factor, error: np.where(factor == 0, 0.0, factor * error),
    "log": _finite(np.log),
    "log1p": _finite(np.log1p),
    "sqrt": _finite(np.sqrt),
    "tanh": np.tanh,
    "sech": _sech,
    "tanhshrink": _tanhshrink,
    "expit": _expit,
    "softplus": _softplus,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "asinh": _finite(np.arcsinh),
    "acosh": _finite(np.arccosh),
    "atanh": np.arctanh,
    "erf": _one_by_one("erf"),
    "erfc": _one_by_one("erfc"),
    "sign": np.sign,
    "step": lambda x: (x > 0) * 1.0,
    "reciprocal": lambda x: 1.0 / x,
    "power": lambda x, n: x**n,
    "root": _root,
    "opaque": _opaque,
    "chosen": _chosen,
    "largest": np.maximum,
    "smallest": np.minimum,
    "where": np.where,
}
"""Name in the graph -> function; ``k``: NumPy's vector functions are right to 4 ulps."""
