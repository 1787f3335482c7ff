"""Names of a network's signal in claims: q[5], g[0], c[l + 1]."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Expr, Symbol

from varprop.expression_text.nodes import Call, Number, Power

if TYPE_CHECKING:
    from varprop.checking.reading import Reader

LETTERS = {
    "q": "E[h²] of the pre-activation after that many blocks",
    "g": "E[δ²], the gradient by the pre-activation, backwards from the last block",
    "c": "correlation of two inputs' pre-activations",
    "m": "E[x] after the activation",
    "s": "E[x²] after the activation",
    "v": "Var(x) after the activation",
}
"""Each letter and what it means at a level."""

AFTER, BEFORE, GRADIENT = ("x", "a", "y"), ("h", "z", "s"), ("delta", "grad", "d")
"""How people call the signal after φ, before it, and the gradient."""

LEVEL = re.compile(r"(?P<letter>[a-z])@(?P<level>.+)")


def level_name(letter: str, level: str) -> str:
    """Return the symbol's name of a quantity at a level."""
    return f"{letter}@{level}"


def moment_symbol(reader: Reader, node: Call, name: str) -> Expr | None:
    """Return q@l for Var(h[l]) and E[h[l]^2], v@l, s@l, m@l for those of x[l], g@l for delta[l]."""
    inner = node.arguments[0] if len(node.arguments) == 1 else None
    power = 1
    if isinstance(inner, Power) and isinstance(inner.exponent, Number):
        power = 2 if inner.exponent.text == "2" else 0
        inner = inner.base
    if not isinstance(inner, Call) or not inner.brackets or len(inner.arguments) != 1:
        return None
    if inner.name in reader.world.variables:
        return None
    kind = (name, power)
    letter = None
    if inner.name in BEFORE:
        letter = {("Var", 1): "q", ("E", 2): "q"}.get(kind)
    elif inner.name in AFTER:
        letter = {("Var", 1): "v", ("E", 2): "s", ("E", 1): "m"}.get(kind)
    elif inner.name in GRADIENT:
        letter = {("Var", 1): "g", ("E", 2): "g"}.get(kind)
    if letter is None:
        return None
    return level_symbol(reader, replace(inner, name=letter))


def level_symbol(reader: Reader, node: Call) -> Expr | None:
    """Return the symbol of q[5]; None where the name is no quantity of a network."""
    if node.name not in LETTERS or len(node.arguments) != 1:
        return None
    level = "".join(reader.shown(node.arguments[0]).split())
    known = reader.world.values.get(level)
    text = str(known) if known is not None else level
    name = level_name(node.name, text)
    return Symbol(name, positive=True) if node.name in "qgsv" else Symbol(name, real=True)
