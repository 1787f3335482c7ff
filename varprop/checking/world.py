"""What a claim takes for granted: random variables, their laws and ties, definitions, conditions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sympy import Expr, Function, Symbol

from varprop.checking.laws import Law
from varprop.checking.network_facts import NetworkFacts
from varprop.rewriting.nodes import Cov, Mean, Var

Pair = frozenset[str]


class Std(Function):
    """√Var(…), inert."""

    nargs = 1


class Corr(Function):
    """Cov(x, y)/(Std(x)·Std(y)), inert."""

    nargs = 2


class Total(Function):
    """Total(term, index, low, high): a sum over terms that differ in the index of their variables."""

    nargs = 4


OPERATORS: dict[str, Any] = {
    "E": Mean,
    "Mean": Mean,
    "Var": Var,
    "V": Var,
    "Cov": Cov,
    "Std": Std,
    "Corr": Corr,
}


@dataclass(frozen=True)
class Variable:
    """One random variable or family of identically distributed ones (``indexed``).

    ``moments`` are given raw moments by power, ``variance`` a given Var; ``iid`` and
    ``uncorrelated`` speak of different members of the family; ``drawn``: declared by a law.
    """

    name: str
    law: Law | None = None
    indexed: bool = False
    iid: bool = False
    uncorrelated: bool = False
    symmetric: bool = False
    gaussian: bool = False
    positive: bool = False
    identical: bool = True
    mean: Expr | None = None
    variance: Expr | None = None
    moments: dict[int, Expr] = field(default_factory=dict)

    @property
    def symbol(self) -> Symbol:
        """The variable itself, or any member of the family."""
        return Symbol(self.name, real=True)


@dataclass(frozen=True)
class World:
    """Everything declared; extended by copies."""

    variables: dict[str, Variable] = field(default_factory=dict)
    definitions: dict[str, Expr] = field(default_factory=dict)
    values: dict[str, Expr] = field(default_factory=dict)
    independent: frozenset[Pair] = frozenset()
    tied: frozenset[Pair] = frozenset()
    uncorrelated: frozenset[Pair] = frozenset()
    covariances: dict[Pair, Expr] = field(default_factory=dict)
    correlations: dict[Pair, Expr] = field(default_factory=dict)
    products: dict[Pair, Expr] = field(default_factory=dict)
    equal_laws: frozenset[Pair] = frozenset()
    positive: frozenset[str] = frozenset()
    real: frozenset[str] = frozenset()
    conditions: tuple[Expr, ...] = ()
    network: NetworkFacts | None = None
    limits: tuple[tuple[str, Expr], ...] = ()
    wide: bool = False
    counts: frozenset[str] = frozenset()
    scales: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def with_variable(self, name: str, **changes: object) -> World:
        """Return the world with a variable declared or changed."""
        known = self.variables.get(name, Variable(name))
        return replace(self, variables={**self.variables, name: replace(known, **changes)})  # type: ignore[arg-type]

    def family_of(self, name: str) -> tuple[str, str] | None:
        """Return (family, index) of a name such as w_3 or w_i; (w, "") for w itself."""
        if name in self.variables:
            return name, ""
        base, separator, index = name.rpartition("_")
        if separator and base in self.variables and (index.isdigit() or len(index) <= 2):
            return base, index
        if base and base.endswith("_member") and base[:-7] in self.variables:
            return base[:-7], index
        return None

    def defined(self, name: str) -> Expr | None:
        """Return what a name is defined as; x_j = relu(h_j) defines x_i and x as well."""
        if name in self.definitions:
            return self.definitions[name]
        base, _, index = name.partition("_")
        for key, value in self.definitions.items():
            other, separator, running = key.partition("_")
            if separator and other == base and len(running) == 1 and running.isalpha():
                suffix = f"_{running}"
                names = {
                    s: Symbol(
                        s.name.removesuffix(suffix) + (f"_{index}" if index else ""), real=True
                    )
                    for s in value.free_symbols
                    if s.name.endswith(suffix)
                }
                return value.xreplace(names)
        return None

    def random_in(self, expression: Expr) -> set[Symbol]:
        """Return the random variables of an expression."""
        return {s for s in expression.free_symbols if self.family_of(s.name) is not None}

    def variable(self, symbol: Symbol) -> Variable:
        """Return what is known of a random symbol."""
        found = self.family_of(symbol.name)
        assert found is not None
        return self.variables[found[0]]

    def are_independent(self, a: Symbol, b: Symbol) -> bool:
        """Whether two different random symbols are known to be independent."""
        first, second = self.family_of(a.name), self.family_of(b.name)
        if a == b or first is None or second is None:
            return False
        if first[0] == second[0]:
            return self.variables[first[0]].iid and first[1] != second[1]
        pair = frozenset((first[0], second[0]))
        if pair in self.independent:
            return True
        drawn = any(self.variables[name].law is not None for name in pair)
        said = pair in self.tied | self.uncorrelated or pair in self.covariances
        return drawn and not said and pair not in self.correlations and pair not in self.products

    def are_uncorrelated(self, a: Symbol, b: Symbol) -> bool:
        """Whether E[ab] = E[a]E[b] is known."""
        if self.are_independent(a, b):
            return True
        first, second = self.family_of(a.name), self.family_of(b.name)
        if first is None or second is None or a == b:
            return False
        if first[0] == second[0]:
            return self.variables[first[0]].uncorrelated and first[1] != second[1]
        return frozenset((first[0], second[0])) in self.uncorrelated
