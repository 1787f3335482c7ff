"""Formulas with their held expectations set apart, for algebra that would rewrite what they hold."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Add, Dummy, Expr, Mul, Rational, Symbol, nan, simplify

from varprop.moments.expectation import Expectation


def set_apart(expr: Expr) -> tuple[Expr, dict[Expr, Expr]]:
    """Return the formula with a positive symbol for each expectation, and how to put them back."""
    held = sorted(expr.atoms(Expectation), key=str)
    names = {one: Dummy(f"held_{k}") for k, one in enumerate(held)}
    return expr.xreplace(names), {name: one for one, name in names.items()}


def coefficients_apart(expr: Expr, symbols: Iterable[Symbol]) -> tuple[Expr, dict[Expr, Expr]]:
    """Return the formula with a symbol for each largest part free of these, and how to put them back.

    What is a polynomial in the symbols then has short coefficients, however long their formulas are.
    """
    asked, names = set(symbols), dict[Expr, Dummy]()

    def name(part: Expr) -> Expr:
        if part.is_Number:
            return part
        return names.setdefault(part, Dummy(f"coefficient_{len(names)}"))

    def named(part: Expr) -> Expr:
        if not part.free_symbols & asked:
            return name(part)
        if not part.args:
            return part
        if not isinstance(part, Add | Mul):
            return part.func(*map(named, part.args))
        free = [one for one in part.args if not one.free_symbols & asked]
        bound = [named(one) for one in part.args if one.free_symbols & asked]
        return part.func(*([name(part.func(*free))] if free else []), *bound)

    plain = named(expr)
    return plain, {dummy: part for part, dummy in names.items()}


SIMPLIFIED = 60
"""Operations in a formula up to which ``simplify`` decides whether it is 0."""

PLACES = (Rational(13, 11), Rational(29, 17), Rational(41, 31))
"""Where longer formulas are looked at, with other symbols a little beyond."""


def vanishes(expr: Expr) -> bool:
    """Whether a formula of positive symbols is 0: by simplification, a long one by its digits."""
    if expr.is_number or expr.count_ops() <= SIMPLIFIED:
        return bool(simplify(expr) == 0)
    symbols = sorted(expr.free_symbols, key=str)
    for start in PLACES:
        at = {one: start + Rational(k, 7) for k, one in enumerate(symbols)}
        value = expr.xreplace(at).evalf(30, maxn=200)
        if value is not nan and abs(value) > Rational(1, 10**20):
            return False
    return True
