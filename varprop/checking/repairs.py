"""A nearby statement that is true, where a claim is false."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sympy import Expr

from varprop.checking.sides import Sides, evaluate
from varprop.checking.world import Mean, Var

if TYPE_CHECKING:
    from varprop.checking.deciding import Question


def instead_of(question: Question, sides: Sides) -> str | None:
    """Return the claim with the variance of a function replaced by its second moment, if that is true.

    Only variances of functions are replaced: that of the variable itself is what a rule starts from.
    """
    if question.relation not in ("=", "≈", "∝"):
        return None
    raw = tuple(_squared(side) for side in sides.raw)
    if raw == sides.raw:
        return None
    made = evaluate(sides.world, (raw[0], raw[1]))
    if made.unknown and question.relation != "=":
        return None
    if not question.holds(made).holds:
        return None
    names = sides.world.definitions
    left, right = (_typed(spelt.text, names) for spelt in question.spelt)
    if (left, right) == tuple(spelt.text for spelt in question.spelt):
        return None
    return f"{left} {question.relation} {right}"


def _squared(side: Expr) -> Expr:
    functions = {
        node: Mean(node.args[0] ** 2) for node in side.atoms(Var) if not node.args[0].is_Symbol
    }
    return side.xreplace(functions)


def _typed(text: str, names: Iterable[str]) -> str:
    """Return the text of a side with Var(f(…)), or Var of a defined name, written as E[…^2]."""
    for name in names:
        text = re.sub(rf"\bVar\(\s*{name}\s*\)", f"E[{name}^2]", text)
    return re.sub(r"\bVar\((\w+\((?:[^()]|\([^()]*\))*\))\)", r"E[\1^2]", text)
