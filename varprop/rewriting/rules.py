"""The rules, as a readable table. A rule looks at one node and rewrites it or answers None.

Each rule states why it holds and what it takes for granted; it never sees a number that was
measured, and it never knows which network it serves.
"""

from __future__ import annotations

from sympy import Add, Expr, Indexed, KroneckerDelta, Mul, Pow, S, Sum

from varprop.rewriting.facts import Distinct, Facts
from varprop.rewriting.nodes import (
    Cov,
    Mean,
    Var,
    base_of,
    distinct_pairs,
    off_diagonal,
    rename,
)
from varprop.rewriting.rule import Rewrite, Rule, fresh_index
from varprop.rewriting.squares import square_of_sum, stated_mean, stated_variance

__all__ = ["RULES", "Rule", "distinct_in"]


def _split_constant(expression: Expr, facts: Facts) -> tuple[Expr, Expr]:
    constant: list[Expr] = []
    random: list[Expr] = []
    for factor in Mul.make_args(expression):
        (random if facts.is_random(factor) else constant).append(factor)
    return Mul(*constant), Mul(*random)


def _linearity(node: Expr, facts: Facts, _: Distinct) -> Rewrite | None:
    if not isinstance(node, Mean):
        return None
    inner = node.args[0]
    if not facts.is_random(inner):
        return inner, ()
    if isinstance(inner, Add):
        return Add(*(Mean(term) for term in inner.args)), ()
    if isinstance(inner, Sum):
        return Sum(Mean(inner.function), *inner.limits), ()
    constant, random = _split_constant(inner, facts)
    if constant != 1:
        return constant * Mean(random), ()
    return None


def _constant_factor(node: Expr, facts: Facts, _: Distinct) -> Rewrite | None:
    if not isinstance(node, Var):
        return None
    constant, random = _split_constant(node.args[0], facts)
    if constant == 1:
        return None
    return (constant**2 * Var(random) if facts.is_random(random) else S.Zero), ()


def _variance_of_sum(node: Expr, _facts: Facts, _: Distinct) -> Rewrite | None:
    if not isinstance(node, Var):
        return None
    inner = node.args[0]
    if isinstance(inner, Add):
        terms = inner.args
        pairs = [(a, b) for k, a in enumerate(terms) for b in terms[k + 1 :]]
        return Add(*(Var(t) for t in terms), *(2 * Cov(a, b) for a, b in pairs)), ()
    if isinstance(inner, Sum) and len(inner.limits) == 1:
        index, low, high = inner.limits[0]
        other = fresh_index(inner.function, index)
        crossed = Cov(inner.function, rename(inner.function, index, other))
        return (
            Sum(Var(inner.function), (index, low, high))
            + Sum(off_diagonal(index, other) * crossed, (index, low, high), (other, low, high)),
            (),
        )
    return None


def _independent(pair: tuple[Expr, ...], facts: Facts, distinct: Distinct) -> bool:
    left, right = pair
    return facts.are_independent(left, right, distinct)


def _independent_covariance(node: Expr, facts: Facts, distinct: Distinct) -> Rewrite | None:
    if isinstance(node, Cov) and _independent(node.args, facts, distinct):
        return S.Zero, _independence_words(node.args[0], node.args[1], facts)
    return None


def _covariance(node: Expr, _facts: Facts, _: Distinct) -> Rewrite | None:
    if isinstance(node, Cov):
        left, right = node.args
        return Mean(left * right) - Mean(left) * Mean(right), ()
    return None


def _independence(node: Expr, facts: Facts, distinct: Distinct) -> Rewrite | None:
    if not isinstance(node, Mean):
        return None
    groups: list[Expr] = []
    for factor in Mul.make_args(node.args[0]):
        tied = [g for g in groups if not facts.are_independent(g, factor, distinct)]
        groups = [g for g in groups if g not in tied] + [Mul(*tied, factor)]
    if len(groups) < 2:
        return None
    words = tuple(
        dict.fromkeys(
            word
            for k, left in enumerate(groups)
            for right in groups[k + 1 :]
            for word in _independence_words(left, right, facts)
        )
    )
    return Mul(*(Mean(group) for group in groups)), words


def _independence_words(left: Expr, right: Expr, facts: Facts) -> tuple[str, ...]:
    families = {
        tuple(sorted((facts.about(a).words, facts.about(b).words)))
        for a in facts.atoms(left)
        for b in facts.atoms(right)
    }
    return tuple(
        f"{a} are independent of each other" if a == b else f"{a} independent of {b}"
        for a, b in sorted(families)
    )


def _variance_of_product(node: Expr, facts: Facts, distinct: Distinct) -> Rewrite | None:
    if not isinstance(node, Var):
        return None
    factors = Mul.make_args(node.args[0])
    if len(factors) != 2 or not _independent(factors, facts, distinct):
        return None
    a, b = factors
    return (
        Mean(a**2) * Mean(b**2) - Mean(a) ** 2 * Mean(b) ** 2,
        _independence_words(a, b, facts),
    )


def _zero_mean(node: Expr, facts: Facts, _: Distinct) -> Rewrite | None:
    if isinstance(node, Mean) and node.args[0] in facts.atoms(node.args[0]):
        known = facts.about(node.args[0])
        if known.mean == 0:
            return S.Zero, (f"{known.words} {known.have} mean zero",)
    return None


def _second_moment_is_variance(node: Expr, facts: Facts, _: Distinct) -> Rewrite | None:
    if isinstance(node, Mean) and isinstance(node.args[0], Pow) and node.args[0].exp == 2:
        atom = node.args[0].base
        known = facts.about(atom) if atom in facts.atoms(atom) else None
        if known is not None and known.mean == 0:
            return Var(atom), (f"{known.words} {known.have} mean zero",)
    return None


def _second_moment_split(node: Expr, _facts: Facts, _: Distinct) -> Rewrite | None:
    if isinstance(node, Mean) and isinstance(node.args[0], Pow) and node.args[0].exp == 2:
        atom = node.args[0].base
        return Var(atom) + Mean(atom) ** 2, ()
    return None


def _identical(node: Expr, facts: Facts, _: Distinct) -> Rewrite | None:
    if not isinstance(node, (Mean, Var)):
        return None
    members = {a for a in facts.atoms(node.args[0]) if isinstance(a, Indexed)}
    if not members or not all(facts.about(a).identical for a in members):
        return None
    if node.args[0].has(Sum) or len({a.indices for a in members}) > 1:
        return None
    words = tuple(
        f"{facts.about(a).words} identically distributed" for a in sorted(members, key=str)
    )
    return node.xreplace({a: base_of(a) for a in members}), words


def _equal_terms(node: Expr, _facts: Facts, _: Distinct) -> Rewrite | None:
    if not isinstance(node, Sum) or len(node.limits) != 1:
        return None
    index, low, high = node.limits[0]
    if node.function.has(index):
        return None
    return (high - low + 1) * node.function, ()


def _empty_sum(node: Expr, _facts: Facts, _: Distinct) -> Rewrite | None:
    if isinstance(node, Sum) and node.function == 0:
        return S.Zero, ()
    return None


RULES = {
    rule.name: rule
    for rule in (
        Rule("linearity", "the mean of a sum is the sum of the means", _linearity),
        Rule("constant factor", "a constant leaves a variance squared", _constant_factor),
        Rule("variance of a sum", "variances plus all covariances", _variance_of_sum),
        Rule("square of a sum", "squares plus all products", square_of_sum),
        Rule("independent terms", "independent terms have no covariance", _independent_covariance),
        Rule("covariance", "definition of the covariance", _covariance),
        Rule("independence", "the mean of independent factors splits", _independence),
        Rule("variance of a product", "independent factors", _variance_of_product),
        Rule("zero mean", "these means are zero", _zero_mean),
        Rule("zero-mean variance", "E[w²] = Var(w) where E[w] = 0", _second_moment_is_variance),
        Rule("second moment", "E[x²] = Var(x) + E[x]²", _second_moment_split),
        Rule("stated mean", "as stated or computed", stated_mean),
        Rule("stated variance", "as stated", stated_variance),
        Rule("identical laws", "all members of a family share one law", _identical),
        Rule("equal terms", "a sum of equal terms", _equal_terms),
        Rule("empty sum", "every term vanishes", _empty_sum),
    )
}


def distinct_in(node: Expr) -> Distinct:
    """Return the pairs of indices that a sum's own factor 1 - δ declares to be different."""
    if not isinstance(node, Sum) or not node.function.has(KroneckerDelta):
        return frozenset()
    return distinct_pairs(node.function)
