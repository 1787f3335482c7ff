"""Rules for second moments of sums, and for moments that a declaration states."""

from __future__ import annotations

from sympy import Add, Expr, Indexed, Pow, Sum, Symbol

from varprop.rewriting.facts import Distinct, Facts
from varprop.rewriting.nodes import Mean, Var, off_diagonal, rename
from varprop.rewriting.rule import Rewrite, fresh_index


def square_of_sum(node: Expr, _facts: Facts, _: Distinct) -> Rewrite | None:
    """E[(Σ_i a_i)²] = Σ_i E[a_i²] + Σ_{i≠k} E[a_i a_k]."""
    if not (isinstance(node, Mean) and isinstance(node.args[0], Pow) and node.args[0].exp == 2):
        return None
    base = node.args[0].base
    if isinstance(base, Add):
        terms = base.args
        pairs = [(a, b) for k, a in enumerate(terms) for b in terms[k + 1 :]]
        return Add(*(Mean(t**2) for t in terms), *(2 * Mean(a * b) for a, b in pairs)), ()
    if isinstance(base, Sum) and len(base.limits) == 1:
        index, low, high = base.limits[0]
        other = fresh_index(base.function, index)
        crossed = Mean(base.function * rename(base.function, index, other))
        return (
            Sum(Mean(base.function**2), (index, low, high))
            + Sum(off_diagonal(index, other) * crossed, (index, low, high), (other, low, high)),
            (),
        )
    return None


def stated_mean(node: Expr, facts: Facts, _: Distinct) -> Rewrite | None:
    """Put the stated mean in the place of E[x]."""
    if isinstance(node, Mean) and _is_atom(node.args[0], facts):
        mean = facts.about(node.args[0]).mean
        if mean is not None and mean != 0:
            return mean, ()
    return None


def stated_variance(node: Expr, facts: Facts, _: Distinct) -> Rewrite | None:
    """Put the stated variance in the place of Var(x)."""
    if isinstance(node, Var) and _is_atom(node.args[0], facts):
        variance = facts.about(node.args[0]).variance
        if variance is not None:
            return variance, ()
    return None


def _is_atom(expression: Expr, facts: Facts) -> bool:
    return isinstance(expression, (Symbol, Indexed)) and expression in facts.atoms(expression)
