"""E[(φ(u) − φ(v))²] of a Gaussian pair: by closed form where φ has waves, else by quadrature.

Short waves need more panels in the plane than there is time for; their kernels are closed forms,
2(E[φ²] − E[φ(u)φ(v)]), whose cancellation as c → 1 is met by more digits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sympy import Expr, Symbol, lambdify

from varprop.moments import BivariateExpectation, Moments
from varprop.notation import c as correlation
from varprop.notation import q as variance
from varprop.solving.correlation_plane import product, squared_difference, squared_differences
from varprop.solving.fixed_points_range import oscillates

_U, _V = Symbol("u", real=True), Symbol("v", real=True)
DIGITS = 60
NOTHING = 1e-30
"""What opposite inputs have in common, so that a standard deviation can be divided by."""


def squared_distance(moments: Moments, q: float, share: float) -> float:
    """Return E[(φ(u) − φ(v))²] at variance q and 1 − c = ``share`` in (0, 2]."""
    kernel = _kernel(moments) if oscillates(moments) else None
    if kernel is None:
        return squared_difference(moments.phi, moments.h, *_split(q, share))
    import mpmath

    with mpmath.workdps(DIGITS):
        return float(2 * (kernel[0](q, 1) - kernel[0](q, 1 - mpmath.mpf(share))))


def squared_distances(moments: Moments, q: float, share: float) -> tuple[float, float]:
    """Return E[(φ(u) − φ(v))²] and E[(φ'(u) − φ'(v))²]."""
    kernel = _kernel(moments) if oscillates(moments) else None
    if kernel is None:
        return squared_differences(moments.phi, moments.h, *_split(q, share), slope=True)
    import mpmath

    with mpmath.workdps(DIGITS):
        c = 1 - mpmath.mpf(share)
        found = [2 * (k(q, 1 - mpmath.mpf(NOTHING)) - k(q, c)) for k in kernel]
        return float(found[0]), float(found[1] / q)


def _split(q: float, share: float) -> tuple[float, float]:
    """Return the variances of (u + v)/2 and (u − v)/2."""
    return q * max(1 - share / 2, NOTHING), q * share / 2


def kernel_slope(moments: Moments, q: float, c: float) -> float:
    """Return E[φ'(u)φ'(v)] at variance q and correlation c."""
    kernel = _kernel(moments) if oscillates(moments) else None
    if kernel is None:
        return product(moments.phi, moments.h, q, c, slope=True)
    import mpmath

    with mpmath.workdps(DIGITS):
        return float(kernel[1](q, mpmath.mpf(c)) / q)


def c_map_formula(moments: Moments) -> Expr | None:
    """Return E[φ(u)φ(v)] in closed form in q and c, for two inputs of one variance; None where unknown."""
    phi, h = moments.phi, moments.h
    held = BivariateExpectation(
        phi.xreplace({h: _U}) * phi.xreplace({h: _V}), _U, _V, variance, variance, correlation
    )
    closed = held.doit()
    return None if closed.has(BivariateExpectation) else closed


@lru_cache(maxsize=64)
def _kernel(moments: Moments) -> tuple[Callable[..., Any], Callable[..., Any]] | None:
    """Return the closed kernel and its derivative by c as functions of (q, c); None where unknown."""
    closed = c_map_formula(moments)
    if closed is None:
        return None
    arguments = (variance, correlation)
    kernel, slope = (lambdify(arguments, e, "mpmath") for e in (closed, closed.diff(correlation)))
    return kernel, slope
