"""Isolation of an unknown that enters an equation linearly: the whole of the algebra on this path."""

from __future__ import annotations

from sympy import Add, Expr, Mul, Rel, S

from varprop.errors import Undecided


def isolate(equation: Rel, unknown: Expr) -> Expr:
    """Solve an equation that is linear in ``unknown`` and return the solution.

    Raises Undecided when the unknown does not enter linearly or cancels.
    """
    slope, rest = S.Zero, S.Zero
    for term in Add.make_args(equation.lhs - equation.rhs):
        inside: list[Expr] = []
        outside: list[Expr] = []
        for factor in Mul.make_args(term):
            (inside if factor.has(unknown) else outside).append(factor)
        if not inside:
            rest += term
        elif inside == [unknown]:
            slope += Mul(*outside)
        else:
            raise Undecided(f"{unknown} does not enter {equation} linearly.")
    if slope == 0:
        raise Undecided(f"{unknown} cancels from {equation}.")
    return -rest / slope
