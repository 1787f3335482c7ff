"""Several rules at once: run a list of rules until none of them changes the expression any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sympy import Expr

from varprop.frozen import frozen
from varprop.rewriting.engine import rewrite
from varprop.rewriting.facts import Facts
from varprop.rewriting.rules import RULES, Rule

MOST_ROUNDS = 60


@frozen
class Rewritten:
    """What became of an expression: the result, the rules that acted, what they took for granted."""

    expression: Expr
    used: tuple[str, ...] = ()
    assumes: tuple[str, ...] = ()


def run(expression: Expr, names: Sequence[str], facts: Facts) -> Rewritten:
    """Apply the first of the named rules that changes anything, again and again.

    Raises RuntimeError when it doesn't come to rest, which would be a defect of the rules.
    """
    used: list[str] = []
    assumes: dict[str, None] = {}
    for _ in range(MOST_ROUNDS):
        found = _first(expression, names, facts)
        if found is None:
            return Rewritten(expression, tuple(dict.fromkeys(used)), tuple(assumes))
        name, expression, words = found
        used.append(name)
        assumes.update(dict.fromkeys(words))
    raise RuntimeError(f"the rules {', '.join(names)} don't come to rest on {expression}")


def _first(
    expression: Expr, names: Sequence[str], facts: Facts
) -> tuple[str, Expr, tuple[str, ...]] | None:
    for name in names:
        after, words = rewrite(expression, RULES[name], facts)
        if after != expression:
            return name, after, words
    return None


def only_where(name: str, holds: Callable[[Expr], bool]) -> Rule:
    """Return the rule of that name, restricted to the nodes for which ``holds`` is true."""
    rule = RULES[name]
    return Rule(
        rule.name,
        rule.because,
        lambda node, facts, distinct: rule.apply(node, facts, distinct) if holds(node) else None,
    )
