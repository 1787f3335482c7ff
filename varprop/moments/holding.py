"""Formulas with their held expectations set apart, for algebra that would rewrite what they hold."""

from __future__ import annotations

from sympy import Dummy, Expr

from varprop.moments.expectation import Expectation


def set_apart(expr: Expr) -> tuple[Expr, dict[Expr, Expr]]:
    """Return the formula with a positive symbol for each expectation, and how to put them back."""
    held = sorted(expr.atoms(Expectation), key=str)
    names = {one: Dummy(f"held_{k}") for k, one in enumerate(held)}
    return expr.xreplace(names), {name: one for one, name in names.items()}
