"""The almost-everywhere derivative, as back-propagation takes it."""

from __future__ import annotations

from sympy import Derivative, DiracDelta, Expr, S, Symbol


def derivative(phi: Expr, h: Symbol) -> Expr:
    """Return dφ/dh where it exists; the deltas of a jump are left out.

    >>> from sympy import Max, sign
    >>> from varprop.notation import h
    >>> derivative(Max(0, h), h), derivative(sign(h), h)
    (Heaviside(h), 0)
    """
    slope = phi.diff(h)
    if slope.has(DiracDelta):
        slope = slope.replace(DiracDelta, lambda *_: S.Zero)
    if slope.has(Derivative):
        slope = slope.doit()
    return slope
