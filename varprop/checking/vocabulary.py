"""What the language of claims has, and which names stand where."""

from __future__ import annotations

from varprop.checking.world import OPERATORS
from varprop.expression_text.nodes import (
    Absolute,
    Call,
    Chain,
    Comparison,
    Name,
    Node,
    Power,
    Prefix,
)
from varprop.expression_text.walk import names_in

SPELLINGS = {
    "var": "Var", "variance": "Var", "std": "Std", "sd": "Std", "stdev": "Std", "cov": "Cov",
    "corr": "Corr", "mean": "E", "expectation": "E",
}  # fmt: skip

LANGUAGE = (
    "E[…], Var, Cov, Std, Corr, P(…), sum(…, i, 1, n), diff, activations, and q[l], g[l], c[l] "
    "of a network"
)


def undeclared(name: str, hint: str = "") -> str:
    """Return what to do about a random variable that nothing was said of."""
    return (
        f'{name} is undeclared. {hint}Say what it is, e.g. --given "{name} ~ N(0, var=q)" or '
        f'--given "E[{name}] = 0"'
    )


def outside_operators(node: Node) -> set[str]:
    """Return the names that stand outside of E[…], Var(…) and their kin."""
    match node:
        case Name():
            return {node.text}
        case Call():
            name = SPELLINGS.get(node.name, node.name)
            if name in OPERATORS or name == "P":
                return _sum_bounds(node)
            if name in ("sum", "Sum"):
                return names_in(node.arguments[1:])
            return set().union(*(outside_operators(a) for a in node.arguments))
        case Chain() | Comparison():
            return set().union(*(outside_operators(a) for a in node.operands))
        case Power():
            return outside_operators(node.base) | outside_operators(node.exponent)
        case Prefix() | Absolute():
            return outside_operators(node.operand)
    return set()


def _sum_bounds(node: object) -> set[str]:
    """Return the names in the bounds of all sums below a node."""
    if isinstance(node, Call) and node.name in ("sum", "Sum"):
        return names_in(node.arguments[1:]) | _sum_bounds(node.arguments[0])
    parts = node if isinstance(node, tuple) else vars(node).values()
    found = (_sum_bounds(part) for part in parts if isinstance(part, (Node, tuple)))
    return set().union(*found)
