"""Price's theorem with jumps: derivatives of two-variable expectations.

With covariance k = c√(q_u q_v), dE f/dk = E ∂u∂v f in the sense of distributions; in a variance at
fixed c, dE f/dq_u = E[u ∂u f]/(2 q_u). A jump of f across u = k contributes the expectation of its
height over v given u = k, weighted by the density of u there.
"""

from __future__ import annotations

from sympy import Expr, S, Symbol, exp, pi, sqrt

from varprop.moments.calculus import density, held_part, jumps
from varprop.moments.derivatives import derivative
from varprop.moments.expectation import BivariateExpectation, GaussianExpectation
from varprop.moments.pieces import SWITCHES, pieces
from varprop.moments.unrecognised import Unrecognised


def in_correlation(held: BivariateExpectation) -> Expr:
    """Return dE f/dc = √(q_u q_v) E ∂u∂v f."""
    f, u, v, q_u, q_v, c = held.args
    try:
        return sqrt(q_u) * sqrt(q_v) * _mixed(held)
    except Unrecognised:
        size = (u**2 / q_u + v**2 / q_v) / (1 - c**2)
        cross = u * v / (sqrt(q_u) * sqrt(q_v) * (1 - c**2))
        score = c / (1 - c**2) + cross * (1 + c**2) / (1 - c**2) - c * size / (1 - c**2)
        return held.func(f * score, u, v, q_u, q_v, c)


def in_first_variance(held: BivariateExpectation) -> Expr:
    """Return dE f/dq_u = E[u ∂u f]/(2 q_u)."""
    f, u, v, q_u, q_v, c = held.args
    try:
        steps = jumps_in(f, u, v)
    except Unrecognised:
        form = (u**2 / q_u - c * u * v / (sqrt(q_u) * sqrt(q_v))) / (1 - c**2)
        return held.func(f * (form - 1) / (2 * q_u), u, v, q_u, q_v, c)
    smooth = held_part(u * derivative(f, u), held)
    return (smooth + sum((k * on_line(held, k, step) for k, step in steps), S.Zero)) / (2 * q_u)


def in_second_variance(held: BivariateExpectation) -> Expr:
    """Return dE f/dq_v, by exchanging the variables."""
    return in_first_variance(exchanged(held))


def exchanged(held: BivariateExpectation) -> BivariateExpectation:
    """Return the same expectation with the roles of u and v exchanged."""
    f, u, v, q_u, q_v, c = held.args
    return BivariateExpectation(f, v, u, q_v, q_u, c)


def moving_jumps(held: BivariateExpectation, symbol: Symbol) -> Expr:
    """Return Σ E[Δf | line] p(line) dk/ds over the jumps of f that move with a parameter."""
    total = S.Zero
    for view in (held, exchanged(held)):
        for k, step in jumps_in(*view.args[:3]):
            total += k.diff(symbol) * on_line(view, k, step)
    return total


def jumps_in(f: Expr, u: Symbol, v: Symbol) -> list[tuple[Expr, Expr]]:
    """Return (k, height) of the jumps of f across u = k; raises Unrecognised for slanted kinks."""
    slanted = any(switch.has_free(u) and switch.has_free(v) for switch in f.atoms(*SWITCHES))
    if slanted:
        raise Unrecognised("a kink along a slanted line")
    return jumps(pieces(f, u), u)


def on_line(held: BivariateExpectation, k: Expr, g: Expr) -> Expr:
    """Return p_u(k) · E[g(v) | u = k]."""
    _, v, q_u, q_v, c = held.args[1:]
    weight = density(k, q_u)
    if not g.has_free(v):
        return g * weight
    mean = c * k * sqrt(q_v) / sqrt(q_u)
    return weight * GaussianExpectation(g, v, q_v * (1 - c**2), mean)


def _mixed(held: BivariateExpectation) -> Expr:
    """Return E ∂u∂v f: smooth part, lines of jumps of ∂v f in u and of ∂u f in v, and corners."""
    f, u, v, q_u, q_v, c = held.args
    total = held_part(derivative(derivative(f, u), v), held)
    for k, step in jumps_in(f, u, v):
        total += on_line(held, k, derivative(step, v))
        for other, corner in jumps_in(step, v, u):
            total += corner * plane_density(k, other, q_u, q_v, c)
    turned = exchanged(held)
    for k, step in jumps_in(f, v, u):
        total += on_line(turned, k, derivative(step, u))
    return total


def plane_density(u: Expr, v: Expr, q_u: Expr, q_v: Expr, c: Expr) -> Expr:
    """Return the joint density of the pair at (u, v)."""
    free = 1 - c**2
    form = u**2 / q_u + v**2 / q_v - 2 * c * u * v / (sqrt(q_u) * sqrt(q_v))
    return exp(-form / (2 * free)) / (2 * pi * sqrt(q_u) * sqrt(q_v) * sqrt(free))
