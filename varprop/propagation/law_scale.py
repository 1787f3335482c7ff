"""The scale of a weight law: Var(w) at parameter 1, and the parameter that gives a variance.

The variance is the registry's; ``law_variance`` derives it from the density, and tests hold the
two together.
"""

from __future__ import annotations

from functools import cache

from sympy import Expr, Rational, Symbol, sqrt

from varprop.catalogue.laws import WeightLaw
from varprop.expression_text import parse_scalar


def law_parameter(law: WeightLaw) -> Symbol:
    """Return the symbol of the number that fixes the law's scale."""
    return Symbol(law.parameter.symbol, positive=True)


@cache
def unit_variance(law: WeightLaw) -> Expr:
    """Return Var(w) at parameter 1, with the law's form numbers (the cut k …) put in exactly."""
    values: dict[Expr, Expr] = {law_parameter(law): Rational(1)}
    values |= {Symbol(f.symbol, positive=True): Rational(str(f.default)) for f in law.forms}
    return parse_scalar(law.variance).xreplace(values)


def unit_number(law: WeightLaw) -> float:
    """Return Var(w) at parameter 1 as a number."""
    return float(unit_variance(law))


def parameter_for(law: WeightLaw, variance: Expr) -> Expr:
    """Return the law's parameter that gives ``variance``; Var(w) is its square times a constant.

    For laws of matrices the result is the gain with ``m`` the larger of the two fans.
    """
    return sqrt(variance / unit_variance(law))
