"""Derivatives of expectations: heat equation, Price's theorem, and what kinks and jumps add.

For h ~ N(m, q), in the sense of distributions (a jump Δf at k adds Δf δ(h - k) to f'),

    dE f/dm = E f',   dE f/dq = ½ E f'',   dE f(u,v)/dCov(u,v) = E ∂u∂v f,

and a parameter s moves E by E ∂f/∂s - Σ Δf(k) p(k) dk/ds. Where the kinks cannot be found, the
derivative is taken of the density instead, which is right for any f but longer.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import sympy
from sympy import Expr, S, Symbol, exp, pi, sqrt

from varprop.moments.derivatives import derivative
from varprop.moments.expectation import (
    BivariateExpectation,
    Expectation,
    GaussianExpectation,
    UniformExpectation,
)
from varprop.moments.pieces import Piece, pieces
from varprop.moments.unrecognised import Unrecognised


def derivative_in(held: Expectation, symbol: Symbol) -> Expr:
    """Return d(held)/d(symbol) for any symbol that is not bound."""
    rates: tuple[Callable[[Any], Expr], ...]
    if isinstance(held, GaussianExpectation):
        rates = (in_variance, in_mean)
    elif isinstance(held, BivariateExpectation):
        from varprop.moments.price import in_correlation, in_first_variance, in_second_variance

        rates = (in_first_variance, in_second_variance, in_correlation)
    else:
        assert isinstance(held, UniformExpectation)
        rates = (in_low, in_high)
    total = in_parameter(held, symbol)
    for part, rate in zip(held.law, rates, strict=True):
        speed = part.diff(symbol)
        if speed != 0:
            total += speed * rate(held)
    return total


def density(x: Expr, q: Expr, mean: Expr = S.Zero) -> Expr:
    """Return the density of N(mean, var=q) at x."""
    return exp(-((x - mean) ** 2) / (2 * q)) / sqrt(2 * pi * q)


def jumps(parts: tuple[Piece, ...], h: Symbol) -> list[tuple[Expr, Expr]]:
    """Return (k, f(k+) - f(k-)) wherever a function given by its pieces jumps."""
    found = []
    for left, right in pairwise(parts):
        k = left.high
        jump = one_sided(right.expr, h, k, "+") - one_sided(left.expr, h, k, "-")
        if jump.expand() != 0:
            found.append((k, jump))
    return found


def one_sided(expr: Expr, h: Symbol, k: Expr, side: str) -> Expr:
    """Return the limit of a smooth piece at its end."""
    value = expr.xreplace({h: k})
    if value.has(sympy.nan, sympy.zoo, sympy.oo):
        value = sympy.limit(expr, h, k, side)
    return value


def in_mean(held: GaussianExpectation) -> Expr:
    """Return dE f/dm = E f'."""
    f, h, q, m = held.args
    try:
        parts = pieces(f, h)
    except Unrecognised:
        return held.func(f * (h - m) / q, h, q, m)
    deltas = sum((jump * density(k, q, m) for k, jump in jumps(parts, h)), S.Zero)
    return held_part(derivative(f, h), held) + deltas


def in_variance(held: GaussianExpectation) -> Expr:
    """Return dE f/dq = ½ E f''; a jump Δ of f at k adds ½ Δ p(k)(k - m)/q, one of f' ½ Δ p(k)."""
    f, h, q, m = held.args
    try:
        parts = pieces(f, h)
        slope = derivative(f, h)
        bends = jumps(pieces(slope, h), h)
    except Unrecognised:
        return held.func(f * ((h - m) ** 2 - q), h, q, m) / (2 * q**2)
    curvature = held_part(derivative(slope, h), held)
    steps = sum((jump * density(k, q, m) * (k - m) / q for k, jump in jumps(parts, h)), S.Zero)
    corners = sum((jump * density(k, q, m) for k, jump in bends), S.Zero)
    return (curvature + steps + corners) / 2


def held_part(f: Expr, held: Expectation) -> Expr:
    """Return the expectation of ``f`` under the law of ``held``; a constant is itself."""
    bound = held.bound_symbols
    return held.func(f, *bound, *held.law) if f.has_free(*bound) else f


def in_parameter(held: Expectation, symbol: Symbol) -> Expr:
    """Return E ∂f/∂s, less what jumps of f carry away as their place moves with s."""
    f = held.integrand
    if not f.has_free(symbol):
        return S.Zero
    total = held_part(derivative(f, symbol), held)
    if isinstance(held, BivariateExpectation):
        from varprop.moments.price import moving_jumps

        return total - moving_jumps(held, symbol)
    h = held.bound_symbols[0]
    for k, jump in jumps(pieces(f, h), h):
        speed = k.diff(symbol)
        if speed != 0:
            total -= jump * speed * _weight(held, k)
    return total


def _weight(held: Expectation, k: Expr) -> Expr:
    """Return the density of the law at k."""
    if isinstance(held, GaussianExpectation):
        return density(k, *held.law)
    low, high = held.law
    inside = sympy.Heaviside(k - low) * sympy.Heaviside(high - k)
    return inside / (high - low)


def in_low(held: UniformExpectation) -> Expr:
    """Return the derivative in the lower end: (E f - f(low)) / (high - low)."""
    low, high = held.law
    return (held - held.integrand.xreplace({held.bound_symbols[0]: low})) / (high - low)


def in_high(held: UniformExpectation) -> Expr:
    """Return the derivative in the upper end: (f(high) - E f) / (high - low)."""
    low, high = held.law
    return (held.integrand.xreplace({held.bound_symbols[0]: high}) - held) / (high - low)
