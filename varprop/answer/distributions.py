"""The parameter of each weight law that draws a given variance, with its name and meaning."""

from __future__ import annotations

from functools import partial

from sympy import Expr, Max, Symbol, sqrt

from varprop.catalogue.laws import LAWS, WeightLaw
from varprop.propagation.law_scale import parameter_for, unit_number, unit_variance
from varprop.result import Fans, LawParameter, Quantity

SHOWN = ("normal", "uniform", "truncated_normal")
ALL = (*SHOWN, "orthogonal", "rademacher")


def parameters(
    variance: Quantity, fans: Fans, names: tuple[str, ...] = ALL
) -> tuple[LawParameter, ...]:
    """Return, for each law, the parameter that gives Var(w) = ``variance``."""
    return tuple(_parameter(LAWS[name], variance, fans) for name in names)


def _parameter(law: WeightLaw, variance: Quantity, fans: Fans) -> LawParameter:
    return LawParameter(
        law.name,
        law.parameter.key,
        law.parameter.meaning,
        partial(_number, law, variance.value, fans),
        partial(_formula, law, variance.expr, fans),
        tuple((form.symbol, form.default) for form in law.forms),
    )


def _number(law: WeightLaw, variance: float | None, fans: Fans) -> float | None:
    if variance is None:
        return None
    scale = unit_number(law) if law.independent else 1 / _larger(fans)
    return float((variance / scale) ** 0.5)


def _formula(law: WeightLaw, variance: Expr, fans: Fans) -> Expr:
    """Return the parameter for a variance; a matrix law is square while fan_out is not given."""
    if law.independent:
        return parameter_for(law, variance)
    square = fans.fan_out_value is None and not fans.fan_out.is_number
    larger = fans.fan_in if square else Max(fans.fan_in, fans.fan_out)
    return sqrt(variance / unit_variance(law).subs(Symbol("m", positive=True), larger))


def _larger(fans: Fans) -> int:
    return max(v for v in (fans.fan_in_value, fans.fan_out_value) if v is not None)
