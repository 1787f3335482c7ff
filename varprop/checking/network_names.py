"""Names of a network's signal in claims: q[5], g[0], c[l + 1]."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sympy import Expr, Symbol

from varprop.expression_text.nodes import Call

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

LEVEL = re.compile(r"(?P<letter>[a-z])@(?P<level>.+)")


def level_name(letter: str, level: str) -> str:
    """Return the symbol's name of a quantity at a level."""
    return f"{letter}@{level}"


def level_symbol(reader: Reader, node: Call) -> Expr | None:
    """Return the symbol of q[5]; None where the name is no quantity of a network."""
    if node.name not in LETTERS or len(node.arguments) != 1:
        return None
    level = "".join(reader.shown(node.arguments[0]).split())
    known = reader.world.values.get(level)
    text = str(known) if known is not None else level
    name = level_name(node.name, text)
    return Symbol(name, positive=True) if node.name in "qgsv" else Symbol(name, real=True)
