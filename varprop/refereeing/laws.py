"""Laws as an argument uses them: by their mean and their variance."""

from __future__ import annotations

from sympy import Expr, S

from varprop.answer.inputs import Number, variance
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput, did_you_mean
from varprop.expression_text import exact, parse_scalar
from varprop.frozen import frozen


@frozen
class RandomLaw:
    """A law by what an argument may use of it: its mean and its variance (not a deviation)."""

    name: str
    variance: Expr
    mean: Expr = S.Zero

    def __str__(self) -> str:
        """Return its name, or that its moments are stated."""
        return self.name


def law(
    name: str = "",
    *,
    var: Number | None = None,
    std: Number | None = None,
    mean: Number = 0,
    **parameter: Number,
) -> RandomLaw:
    """Return a law of independent variables, for the letters of a derivation.

    Parameters
    ----------
    name : a weight law (uniform, normal, truncated_normal, …), or none: only its moments are used.
    var, std : its variance, or its standard deviation; one of them, or the law's own parameter
        (``a=1`` or ``bound=1`` for uniform), is required.
    mean : its mean, 0 unless given.

    Raises BadInput when nothing says how large the variables are.

    >>> law("uniform", a=1).variance
    1/3
    """
    given = [k for k, v in (("var", var), ("std", std)) if v is not None] + list(parameter)
    if name and "std" in given and var is None and not parameter and name not in ("", "normal"):
        raise BadInput(
            f"law({name!r}, std=…) could mean the deviation before or after the law's own form: "
            "say var=…, or the law's parameter."
        )
    if len(given) != 1:
        raise BadInput(
            "say how large the variables are, once: law(var=…), law(std=…) or law('uniform', a=…)"
            + (f", not {', '.join(given)}." if given else ".")
        )
    centre = exact(mean, "mean")
    if var is not None:
        return RandomLaw(name or "as stated", variance(var, "var"), centre)
    if std is not None:
        return RandomLaw(name or "as stated", exact(std, "std") ** 2, centre)
    if not name:
        raise BadInput(f"{given[0]}=… belongs to a named law: law('uniform', {given[0]}=…).")
    return _named(name, (given[0], exact(parameter[given[0]], given[0])), centre)


def _named(name: str, parameter: tuple[str, Expr], mean: Expr) -> RandomLaw:
    """Return the catalogue's law with its own parameter, e.g. uniform with a = 1: variance 1/3.

    Raises BadInput for laws that aren't random, fill whole matrices, or lack that parameter.
    """
    law = LAWS[name]
    key, value = parameter
    if not (law.random and law.independent):
        raise BadInput(f"the law {law.name} doesn't draw independent weights: choose another.")
    known = (law.parameter.symbol, law.parameter.key)
    if key not in known:
        raise BadInput(
            f"the law {law.name} has no {key!r}. {did_you_mean(key, known)}"
            f"Give {law.parameter.symbol}=… ({law.parameter.meaning}) or var=…."
        )
    formula = parse_scalar(law.variance)
    symbols = {s.name: s for s in formula.free_symbols}
    values = {law.parameter.symbol: value} | {
        f.symbol: parse_scalar(repr(f.default)) for f in law.forms
    }
    named = {symbols[s]: v for s, v in values.items() if s in symbols}
    return RandomLaw(law.name, formula.xreplace(named), mean)
