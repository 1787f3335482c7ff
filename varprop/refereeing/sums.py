"""The variance, or the second moment, of a sum of terms: down to the number of terms times one term."""

from __future__ import annotations

from sympy import Eq, Expr, KroneckerDelta, Sum

from varprop.derivation import Kind, Step
from varprop.refereeing.draft import Draft
from varprop.refereeing.refusal import NotAllowed, written
from varprop.rewriting.nodes import Cov, Mean, Var
from varprop.rewriting.tactics import Rewritten, run

_APART = (
    "constant factor",
    "variance of a sum",
    "square of a sum",
    "independent terms",
    "covariance",
    "independence",
    "linearity",
    "zero mean",
    "empty sum",
)
_TOGETHER = ("identical laws", "equal terms")


def iid_sum(draft: Draft) -> Draft:
    """Var(Σ a_j) = n·Var(a): the cross terms vanish and the others are equal.

    Raises NotAllowed where a cross term isn't known to vanish, naming it.
    """
    left, right = draft.line.args
    if not any(node.has(Sum) for node in right.atoms(Var, Mean)):
        raise NotAllowed(f"'iid sum' needs a variance or a mean of a sum, not {written(right)}")
    factors = run(right, ("independence",), draft.facts)
    apart = run(factors.expression, _APART, draft.facts)
    crossed = [term for term in _sums(apart.expression) if term.has(KroneckerDelta)]
    crossed += apart.expression.atoms(Cov)
    if crossed:
        raise NotAllowed(_why_not(draft, crossed[0]))
    if any(node.has(Sum) for node in apart.expression.atoms(Var, Mean)):
        raise NotAllowed(f"'iid sum' can't take {written(apart.expression)} apart")
    done = run(apart.expression, _TOGETHER, draft.facts)
    assumes = tuple(dict.fromkeys((*factors.assumes, *apart.assumes, *done.assumes)))
    equation = Eq(left, done.expression, evaluate=False)
    return draft.then(Step(equation, "iid sum", Kind.RULE, _because(apart), assumes))


def _because(apart: Rewritten) -> str:
    crossed = "cross terms vanish" if "empty sum" in apart.used else "independent terms"
    return f"iid sum: {crossed}, the others are equal"


def _sums(expression: Expr) -> list[Expr]:
    return sorted(expression.atoms(Sum), key=str)


def _why_not(draft: Draft, crossed: Expr) -> str:
    """Name the cross term that is left, and the mean that would make it vanish."""
    means = {
        family.name: draft.known(family).mean
        for family in draft.families
        if crossed.has(family.symbol) or str(family.symbol) in map(str, crossed.atoms())
    }
    stated = [
        f"E[{name}] = {written(mean)}" if mean is not None else f"E[{name}] isn't known"
        for name, mean in means.items()
        if mean != 0
    ]
    return (
        f"'iid sum' needs terms without covariance, but {written(crossed)} is left "
        f"({'; '.join(stated) or 'their independence is not stated'})"
    )
