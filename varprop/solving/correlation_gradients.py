"""Shattered gradients: how alike the gradients at two inputs stay through depth.

With κ(c) = E[φ'(u)φ'(v)]/E[φ'²] a layer multiplies the correlation of two gradients by κ; κ(0) = 1/2
for ReLU. Signals kept at correlation c (batch normalisation), β_l² the share that block l adds:

    plain                    κ^L                         2^(−L) for ReLU
    residual, blocks alike   ((1 + β²κ)/(1 + β²))^L      (3/4)^L for ReLU, β = 1
    residual, β_l² = 1/l     Π (l + κ)/(l + 1)           ~ L^(κ−1) = 1/√L for ReLU
    looks-linear             1

Source: Balduzzi et al. 2017 (arXiv:1702.08591), theorems 1 to 3 and section 4.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from sympy import Expr, Integer

from varprop.moments import Moments
from varprop.solving.correlation import CorrelationMap


def coactivation(moments: Moments, q: float, c: float) -> float:
    """Return κ(c) at variance q; 1 at c = 1."""
    from varprop.solving.correlation_plane import product

    below = moments.number("derivative_second_moment", q).value
    if not below:
        return 0.0
    return 1.0 if c == 1 else product(moments.phi, moments.h, q, c, slope=True) / below


def plain(kappa: Expr, depth: Expr) -> Expr:
    """Return the gradient correlation after ``depth`` plain layers."""
    return kappa**depth


def residual(kappa: Expr, depth: Expr, branch: Expr) -> Expr:
    """Return it after residual blocks that each add the share ``branch`` = β²."""
    return ((1 + branch * kappa) / (1 + branch)) ** depth


def residual_normalised(kappa: Expr, depth: Expr) -> Expr:
    """Return it where block l adds the share 1/l, as batch normalisation in the branch makes it.

    Π (l + κ)/(l + 1) = Γ(L+1+κ)/(Γ(1+κ)·(L+1)!).
    """
    depth = sympy.sympify(depth)
    over = sympy.gamma(depth + 1 + kappa)
    return over / (sympy.gamma(1 + kappa) * sympy.gamma(depth + 2))


def looks_linear(depth: Expr) -> Expr:  # noqa: ARG001
    """Return 1: mirrored weights make the network linear at initialisation."""
    return Integer(1)


def through_depth(c_map: CorrelationMap, start: float, depth: int) -> Sequence[tuple[float, float]]:
    """Return (signal correlation, gradient correlation from here to the first layer) layer by layer.

    A plain network without normalisation: c follows the c-map.
    """
    c, gradient = start, 1.0
    found = [(c, gradient)]
    for _ in range(depth):
        gradient *= coactivation(c_map.moments, c_map.q, c)
        c = min(1.0, c_map(c))
        found.append((c, gradient))
    return tuple(found)
