"""The small-signal expansion: E f at q → 0 from the one-sided Taylor series of f.

With h = √q z, a term a·h^k on h > 0 gives a·q^(k/2)·E[z^k; z > 0], so that a kink at 0 makes half
powers. Kinks elsewhere add less than any power of q.
"""

from __future__ import annotations

import sympy
from sympy import Expr, O, S, Symbol, gamma, pi, sqrt

from varprop.errors import Undecided
from varprop.moments.expectation import BivariateExpectation, Expectation, GaussianExpectation
from varprop.moments.pieces import Piece, pieces
from varprop.moments.roots import at_most
from varprop.moments.unrecognised import Unrecognised


def small_signal(held: Expectation, x: Symbol, n: int) -> Expr:
    """Return the series of ``held`` in x → 0 up to O(x^n); raises Undecided where there is none."""
    if not isinstance(held, GaussianExpectation) or held.mean != 0:
        raise Undecided(f"no rule gives the series of {held}.")
    if isinstance(held, BivariateExpectation) or held.integrand.has_free(x):
        raise Undecided(
            f"no rule gives the series of {held} in {x}, on which its function depends."
        )
    f, h, variance, _ = held.args
    lead = variance.as_leading_term(x)
    if not lead.xreplace({x: S.Zero}) == 0:
        raise Undecided(f"the series of {held} needs a variance that vanishes with {x}.")
    order = sympy.degree(lead, x) if lead.is_polynomial(x) else S.One
    terms = _terms(f, h, variance, int(sympy.ceiling(S(n) / order)))
    expanded = terms if variance == x else sympy.series(terms, x, 0, n).removeO()
    return expanded + O(x**n)


MOST_ORDERS = 5
"""Powers of x in which a leading term is looked for."""


def leading_term(held: Expectation, x: Symbol) -> Expr:
    """Return the first term of the series in x → 0; ``held`` itself where no rule gives a series.

    Where the variance stays positive the expectation is smooth in it, so that its value leads.
    """
    there = held.xreplace({x: S.Zero})
    if there.law[0].is_positive and not there.free_symbols and there.evalf(15) != 0:
        return there
    for n in range(1, MOST_ORDERS + 1):
        try:
            found = small_signal(held, x, n).removeO()
        except Undecided:
            return held
        if found != 0:
            return found.as_leading_term(x)
    return held


def _terms(f: Expr, h: Symbol, q: Expr, n: int) -> Expr:
    total = S.Zero
    try:
        right, left = _at_zero(pieces(f, h))
    except Unrecognised as error:
        raise Undecided(f"the kinks of {f} cannot be found.") from error
    for k, (up, down) in enumerate(
        zip(_taylor(right, h, 2 * n), _taylor(left, h, 2 * n), strict=True)
    ):
        half = S(2) ** (S(k) / 2) * gamma(S(k + 1) / 2) / (2 * sqrt(pi))
        total += sympy.expand(up + (-1) ** k * down) * half * sqrt(q) ** k
    return total


def _at_zero(parts: tuple[Piece, ...]) -> tuple[Expr, Expr]:
    """Return the pieces on the right and on the left of 0."""
    right = [p for p in parts if at_most(p.low, S.Zero) and not at_most(p.high, S.Zero)]
    left = [p for p in parts if at_most(S.Zero, p.high) and not at_most(S.Zero, p.low)]
    if not right or not left:
        raise Unrecognised("pieces that cannot be placed")
    return right[0].expr, left[-1].expr


def _taylor(expr: Expr, h: Symbol, count: int) -> list[Expr]:
    """Return the first coefficients of a smooth expression's Taylor series at 0."""
    poly = expr.as_poly(h)
    if poly is None:
        series = sympy.series(expr, h, 0, count).removeO()
        poly = series.as_poly(h)
    if poly is None:
        raise Undecided(f"{expr} has no Taylor series at 0.")
    return [poly.coeff_monomial(h**k) for k in range(count)]
