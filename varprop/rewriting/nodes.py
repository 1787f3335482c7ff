"""Inert nodes Mean, Var and Cov: they hold an expression of random variables until a rule acts."""

from __future__ import annotations

from sympy import Expr, Function, Indexed, KroneckerDelta, Mul, Sum, Symbol


class Mean(Function):
    """The expectation E[X]; inert."""

    nargs = 1


class Var(Function):
    """The variance Var(X) = E[X²] - E[X]²; inert."""

    nargs = 1


class Cov(Function):
    """The covariance Cov(X, Y) = E[XY] - E[X]E[Y]; inert."""

    nargs = 2


class Applied(Function):
    """An activation applied to its argument, named: Applied(Symbol("relu"), h) prints as relu(h)."""

    nargs = 2


NODES = (Mean, Var, Cov)


def sum_over(term: Expr, index: Symbol, count: Expr) -> Sum:
    """Return the sum of ``term`` over ``index`` = 1 … ``count``."""
    return Sum(term, (index, 1, count))


def rename(term: Expr, old: Symbol, new: Symbol) -> Expr:
    """Return ``term`` with the index ``old`` renamed; ``new`` must not occur in it."""
    if term.has(new):
        raise ValueError(f"index {new} is already used in {term}")
    return term.xreplace({old: new})


def off_diagonal(first: Symbol, second: Symbol) -> Expr:
    """Return the factor that is 1 where two indices differ and 0 where they are equal."""
    return 1 - KroneckerDelta(first, second)


def distinct_pairs(summand: Expr) -> frozenset[frozenset[Symbol]]:
    """Return the index pairs that a factor ``1 - δ`` of this summand declares to be different."""
    pairs = set()
    for factor in Mul.make_args(summand):
        for delta in factor.atoms(KroneckerDelta):
            if factor == 1 - delta:
                pairs.add(frozenset(delta.args))
    return frozenset(pairs)


def base_of(atom: Expr) -> Symbol:
    """Return the symbol that names a random atom: x of x[j], x of x."""
    if isinstance(atom, Indexed):
        return Symbol(str(atom.base.label))
    return Symbol(str(atom))
