"""The parameter of each weight law that draws a given variance, with its name and meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sympy import Expr, Max, Mul, Symbol, sqrt

from varprop.catalogue.laws import LAWS, WeightLaw
from varprop.errors import BadInput
from varprop.propagation.law_scale import parameter_for, unit_number, unit_variance
from varprop.result import Fans, LawParameter, Quantity, Solution

if TYPE_CHECKING:
    from varprop.answer.architecture import ArchitectureSolution

Answer = TypeVar("Answer", "Solution", "ArchitectureSolution")

SHOWN = ("normal", "uniform", "truncated_normal")
ALL = (*SHOWN, "orthogonal", "rademacher")

USUAL = tuple(LAWS[name] for name in ALL)

_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\((.*)\))?\s*")
_BETWEEN = re.compile(r",(?![^(]*\))")


def sized(law: WeightLaw) -> bool:
    """Whether a variance fixes the law's parameter: it is drawn, and by the two fans alone."""
    return law.random and not law.tensor


def read_laws(texts: Sequence[str]) -> tuple[WeightLaw, ...]:
    """Return the laws of texts such as ``normal,uniform`` or ``student_t(nu=6)``, or ``all`` of them.

    Raises UnknownName, and BadInput for a law that no variance gives a parameter.
    """
    names = [name.strip() for text in texts for name in _BETWEEN.split(text)]
    if "all" in names:
        rest = [law for law in LAWS.values() if sized(law) and law.name not in ALL]
        return (*USUAL, *rest)
    found = {law.name: law for law in map(_law, names)}
    return tuple(found.values())


def _law(text: str) -> WeightLaw:
    match = _CALL.fullmatch(text)
    if match is None:
        raise BadInput(f"--dist {text!r} is no law. Try normal, or student_t(nu=6).")
    law = LAWS[match[1]]
    if not sized(law):
        known = ", ".join(entry.name for entry in LAWS.values() if sized(entry))
        raise BadInput(
            f"--dist {law.name} has no scale that solve could give: {_reason(law)}. Try {known} or all."
        )
    forms = {}
    for part in (match[2] or "").split(",") if match[2] else ():
        key, sign, value = (piece.strip() for piece in part.partition("="))
        try:
            forms[key] = float(value)
        except ValueError:
            raise BadInput(f"--dist {text}: write its form as {law.name}(name=number).") from None
        if not sign:
            raise BadInput(f"--dist {text}: write its form as {law.name}(name=number).")
    return law.with_form(**forms)


def _reason(law: WeightLaw) -> str:
    if law.random:
        return f"it fills a kernel by its shape, not by two fans ({law.note})"
    return (
        f"nothing is drawn, Var(w) = {law.variance} whatever its {law.parameter.key} ({law.note})"
    )


def with_laws(solution: Answer, laws: tuple[WeightLaw, ...]) -> Answer:
    """Return an answer whose distributions hold these laws, too, in these forms."""
    held = {law.name: law for law in (*USUAL, *laws)}
    every = tuple(held.values())
    if not isinstance(solution, Solution):
        tensors = tuple(
            replace(
                one, distributions=parameters(one.weight_variance, matrix_fans(one.dims), every)
            )
            for one in solution.layers
        )
        return replace(solution, layers=tensors)
    layers = tuple(
        replace(layer, distributions=parameters(layer.weight_variance, layer.fans, every))
        for layer in solution.layers
    )
    whole = parameters(Quantity(solution.weight_variance, solution.value), solution.fans, every)
    return replace(solution, layers=layers, distributions=whole)


def matrix_fans(dims: tuple[Expr, ...]) -> Fans:
    """Return the sides of the matrix (out, all other axes) that a law of matrices fills.

    They are the fans of a dense layer; for a kernel the longer side is no fan_out, which counts
    positions, but what makes every entry's variance the one that was solved for.
    """
    out, rest = (Max(side, 1) for side in (dims[0], Mul(*dims[1:])))
    known = [int(side) if side.is_Integer else None for side in (rest, out)]
    return Fans(rest, out, *known)


def parameters(
    variance: Quantity, fans: Fans, laws: tuple[WeightLaw, ...] = USUAL
) -> tuple[LawParameter, ...]:
    """Return, for each law, the parameter that gives Var(w) = ``variance``."""
    return tuple(_parameter(law, variance, fans) for law in laws)


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
