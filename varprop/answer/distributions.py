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


def sized(law: WeightLaw, *, kernels: bool = False) -> bool:
    """Whether a variance fixes the law's parameter: it is drawn, by the two fans or by known kernels."""
    return law.random and (kernels or not law.tensor)


def read_laws(texts: Sequence[str], *, kernels: bool = False) -> tuple[WeightLaw, ...]:
    """Return the laws of texts such as ``normal,uniform`` or ``student_t(nu=6)``, or ``all`` of them.

    ``kernels`` says that the shapes of the tensors to fill are known, as in a network. Raises
    UnknownName, and BadInput for a law that no variance gives a parameter.
    """
    names = [name.strip() for text in texts for name in _BETWEEN.split(text)]
    if "all" in names:
        rest = [law for law in LAWS.values() if sized(law) and law.name not in ALL]
        return (*USUAL, *rest)
    found = {law.name: law for law in (_law(name, kernels) for name in names)}
    return tuple(found.values())


def _law(text: str, kernels: bool) -> WeightLaw:
    match = _CALL.fullmatch(text)
    if match is None:
        raise BadInput(f"--dist {text!r} is no law. Try normal, or student_t(nu=6).")
    law = LAWS[match[1]]
    if law.tensor and kernels and match[2]:
        raise BadInput(
            f"--dist {text}: the kernels of the network say that. Leave ({match[2]}) out."
        )
    if law.tensor and law.random and not kernels:
        raise BadInput(
            f"--dist {law.name} fills kernels of convolutions ({law.note}): give a network with --arch, such "
            'as "Input(64, 32, 32) >> relu >> Conv2d(64, 3)".'
        )
    if not sized(law, kernels=kernels):
        known = ", ".join(entry.name for entry in LAWS.values() if sized(entry, kernels=kernels))
        raise BadInput(
            f"--dist {law.name} has no scale that solve could give: nothing is drawn, Var(w) = "
            f"{law.variance} whatever its {law.parameter.key} ({law.note}). Try {known} or all."
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


def with_laws(solution: Answer, laws: tuple[WeightLaw, ...]) -> Answer:
    """Return an answer whose distributions hold these laws, too, in these forms."""
    held = {law.name: law for law in (*USUAL, *laws)}
    every = tuple(held.values())
    if not isinstance(solution, Solution):
        tensors = tuple(
            replace(one, distributions=tensor_parameters(one.weight_variance, one.dims, every))
            for one in solution.layers
        )
        return replace(solution, layers=tensors)
    layers = tuple(
        replace(layer, distributions=parameters(layer.weight_variance, layer.fans, every))
        for layer in solution.layers
    )
    whole = parameters(Quantity(solution.weight_variance, solution.value), solution.fans, every)
    return replace(solution, layers=layers, distributions=whole)


def tensor_parameters(
    variance: Quantity, dims: tuple[Expr, ...], laws: tuple[WeightLaw, ...] = USUAL
) -> tuple[LawParameter, ...]:
    """Return, for each law, the parameter that gives a tensor (out, in, *kernel) that variance."""
    return tuple(_parameter(law, variance, _side_of_tensor(law, dims)) for law in laws)


def _side_of_tensor(law: WeightLaw, dims: tuple[Expr, ...]) -> Quantity:
    """Return the longer side of the matrix (out, all other axes) that a law of matrices fills.

    It is the larger fan of a dense layer; for a kernel it is no fan_out, which counts positions, but
    what makes every entry's variance the one that was solved for. A law that fills one position of
    a kernel needs the larger number of channels, times all positions.
    """
    out, inside = (Max(side, 1) for side in (dims[0], Mul(*dims[1:2])))
    kernel = Mul(*dims[2:])
    side = kernel * Max(out, inside) if law.tensor else Max(out, inside * kernel)
    return Quantity(side, float(side) if side.is_number else None)


def parameters(
    variance: Quantity, fans: Fans, laws: tuple[WeightLaw, ...] = USUAL
) -> tuple[LawParameter, ...]:
    """Return, for each law, the parameter that gives Var(w) = ``variance``."""
    side = _larger_fan(fans)
    return tuple(_parameter(law, variance, side) for law in laws)


def _larger_fan(fans: Fans) -> Quantity:
    """Return the larger fan; a matrix is square while fan_out is not given."""
    square = fans.fan_out_value is None and not fans.fan_out.is_number
    known = [v for v in (fans.fan_in_value, fans.fan_out_value) if v is not None]
    return Quantity(
        fans.fan_in if square else Max(fans.fan_in, fans.fan_out),
        float(max(known)) if known else None,
    )


def _parameter(law: WeightLaw, variance: Quantity, side: Quantity) -> LawParameter:
    return LawParameter(
        law.name,
        law.parameter.key,
        law.parameter.meaning,
        partial(_number, law, variance.value, side.value),
        partial(_formula, law, variance.expr, side.expr),
        () if law.tensor else tuple((form.symbol, form.default) for form in law.forms),
    )


def _number(law: WeightLaw, variance: float | None, side: float | None) -> float | None:
    if variance is None or (side is None and not law.independent):
        return None
    scale = unit_number(law) if side is None or law.independent else 1 / side
    return float((variance / scale) ** 0.5)


def _formula(law: WeightLaw, variance: Expr, side: Expr) -> Expr:
    """Return the parameter for a variance, with the longer side of the matrix that a law fills."""
    if law.independent:
        return parameter_for(law, variance)
    return sqrt(variance / unit_variance(law).subs(Symbol("m", positive=True), side))
