"""What a rule is: a name, a reason, and a function that rewrites one node or answers None."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, Symbol

from varprop.frozen import frozen
from varprop.rewriting.facts import Distinct, Facts

Rewrite = tuple[Expr, tuple[str, ...]]
Local = Callable[[Expr, Facts, Distinct], Rewrite | None]


@frozen
class Rule:
    """One named rewrite with its reason."""

    name: str
    because: str
    apply: Local


def fresh_index(term: Expr, index: Symbol) -> Symbol:
    """Return an index that ``term`` does not use yet, with the assumptions of ``index``."""
    taken = {str(s) for s in term.free_symbols}
    name = next(letter for letter in "klmrst" if letter not in taken)
    return Symbol(name, **index.assumptions0)
