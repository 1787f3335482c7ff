"""A small world in which every mean is a finite sum: all outcomes of laws with the stated moments."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping

from sympy import Expr, Indexed, IndexedBase, KroneckerDelta, S, Sum, Symbol, lambdify

from varprop.errors import Undecided
from varprop.moments.expectation import Expectation
from varprop.refereeing.variables import Family, moment_node
from varprop.rewriting.facts import Known
from varprop.rewriting.nodes import Cov, Mean, Var

TERMS = 2
CHANCE = 0.3
"""Outcomes are skewed: with equal chances odd moments vanish, and some wrong rules go unnoticed."""

MOST_DRAWS = 14
"""Two-point draws whose outcomes are enumerated together, at most."""

TIED = 0.5
"""The chance with which the members of a family that isn't iid are one and the same draw."""

Outcome = tuple[dict[Expr, float], float]


def two_points(mean: float, variance: float) -> list[tuple[float, float]]:
    """Return two values and their chances with that mean and that variance."""
    if variance < 0:
        raise Undecided(
            f"no law has the stated moments: with mean {mean:.6g} its variance would be {variance:.6g}."
        )
    spread = math.sqrt(variance)
    high = mean + spread * math.sqrt((1 - CHANCE) / CHANCE)
    low = mean - spread * math.sqrt(CHANCE / (1 - CHANCE))
    return [(high, CHANCE), (low, 1 - CHANCE)]


class World:
    """Numbers for every symbol, and all outcomes of the random letters.

    Members of a family are drawn together: independently where the family is iid, else dependent.
    The moments of φ(h) come from quadrature, so that a closed form is tested and not used.
    """

    def __init__(
        self,
        known: Mapping[str, Known],
        families: tuple[Family, ...],
        numbers: dict[Symbol, Expr],
        members: int = TERMS,
    ) -> None:
        self.numbers = numbers
        self.members = max(members, TERMS)
        indexed = sum(not known[f.name].single for f in families)
        if self.members * indexed + len(families) - indexed > MOST_DRAWS:
            raise Undecided(
                f"{len(families)} letters with {self.members} members each have too many outcomes "
                "to enumerate: test a smaller example."
            )
        self.families = families
        parts = [list(self._members(f, known[f.name], k)) for k, f in enumerate(families)]
        self.outcomes: list[Outcome] = [
            (
                {k: v for values, _ in parts_ for k, v in values.items()},
                math.prod(p for _, p in parts_),
            )
            for parts_ in itertools.product(*parts)
        ]

    def moments(self, family: Family, known: Known, place: int) -> tuple[float, float]:
        """Return mean and variance of a family as stated, as computed, or some odd numbers."""
        if family.feed is not None:
            mean = self.number(known.mean) if known.mean is not None else self.true_value(family, 1)
            return mean, self.true_value(family, 2) - mean**2
        mean = 0.37 + 0.21 * place if known.mean is None else self.number(known.mean)
        spread = 1.1 + 0.3 * place if known.variance is None else self.number(known.variance)
        return mean, spread

    def true_value(self, family: Family, power: int) -> float:
        """E[x] or E[x²] of an activation's output by quadrature."""
        return self.number(family.held(power))

    def _members(self, family: Family, known: Known, place: int) -> Iterator[Outcome]:
        mean, variance = self.moments(family, known, place)
        points = two_points(mean, variance)
        if known.single:
            for value, chance in points:
                yield {Symbol(family.name): value}, chance
            return
        tied = 0.0 if known.iid else TIED
        for drawn in itertools.product(points, repeat=self.members):
            values = [value for value, _ in drawn]
            chance = (1 - tied) * math.prod(p for _, p in drawn)
            if len(set(values)) == 1:
                chance += tied * drawn[0][1]
            named = {_member(family.name, k): v for k, v in enumerate(values, start=1)}
            yield {**named, Symbol(family.name): values[0]}, chance

    def number(self, expression: Expr) -> float:
        """Return the value of an expression in this world.

        Raises Undecided where a symbol has no number or a quadrature does not settle.
        """
        found = _expanded(expression.xreplace(self.numbers))
        nodes = {node: S(self._enumerate(node)) for node in found.atoms(Mean, Var, Cov)}
        found = found.xreplace(nodes)
        held = {node: node.evalf() for node in found.atoms(Expectation)}
        value = found.xreplace(held).evalf()
        if not value.is_number or value.has(Expectation) or not value.is_finite:
            raise Undecided(f"{expression} has no number in the test's finite world.")
        return float(value)

    def _enumerate(self, node: Expr) -> float:
        if isinstance(node, Cov):
            left, right = node.args
            return self._mean(left * right) - self._mean(left) * self._mean(right)
        if isinstance(node, Var):
            return self._mean(node.args[0] ** 2) - self._mean(node.args[0]) ** 2
        return self._mean(node.args[0])

    def _mean(self, expression: Expr) -> float:
        letters = list(self.outcomes[0][0])
        names = [Symbol(f"u{k}") for k in range(len(letters))]
        function = lambdify(
            names, expression.xreplace(dict(zip(letters, names, strict=True))), "math"
        )
        return math.fsum(
            chance * function(*(values[letter] for letter in letters))
            for values, chance in self.outcomes
        )


def _member(name: str, index: int) -> Indexed:
    return IndexedBase(Symbol(name))[index]


def _expanded(expression: Expr) -> Expr:
    """Write sums out, the indicator of different indices included."""
    while expression.has(Sum):
        expression = expression.replace(lambda e: isinstance(e, Sum), lambda e: e.doit(deep=False))
    return expression.replace(
        lambda e: isinstance(e, KroneckerDelta), lambda e: S(int(e.args[0] == e.args[1]))
    )


def given_numbers(symbols: set[Symbol], terms: set[Symbol]) -> dict[Symbol, Expr]:
    """Return a number for every symbol: few terms, and unremarkable values for the rest."""
    rest = sorted(symbols - terms, key=str)
    values: dict[Symbol, Expr] = {s: S(83 + 29 * k) / 100 for k, s in enumerate(rest)}
    return values | dict.fromkeys(terms, S(TERMS))


def moment_numbers(world: World, families: tuple[Family, ...]) -> dict[Expr, Expr]:
    """Return E[x] and E[x²] of every activation's output by quadrature, keyed by name."""
    return {
        moment_node(family, power): S(world.true_value(family, power))
        for family in families
        if family.feed is not None
        for power in (1, 2)
    }
