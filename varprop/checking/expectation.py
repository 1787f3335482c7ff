"""Expectations of polynomials and functions of declared variables, by linearity and independence.

Whatever a given leaves open becomes a symbol with a telling name, ``Mean(x)`` or ``Var(x)``, that
takes part in the algebra like any number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import sympy
from sympy import Abs, Add, Expr, Heaviside, Max, Min, Mul, Pow, S, Symbol, expand, sign, sqrt

from varprop.checking.gaussian_forms import gaussian_group
from varprop.checking.laws import Normal
from varprop.checking.partitions import partitions, renamed
from varprop.checking.world import Corr, Cov, Mean, Std, Total, Var, Variable, World
from varprop.errors import Undecided

HELD = (Mean, Var, Cov, Std, Corr)
MOST_TERMS = 6


@dataclass
class Engine:
    """One evaluation in one world; ``open`` maps each unknown symbol to what it stands for."""

    world: World
    open: dict[Symbol, Expr] = field(default_factory=dict)
    used_wide: bool = False

    def evaluate(self, expression: Expr) -> Expr:
        """Return the expression with every operator worked out as far as the world allows."""
        if isinstance(expression, HELD):
            return self._operator(expression)
        if not expression.args or not expression.has(*HELD):
            return expression
        return expression.func(*(self.evaluate(argument) for argument in expression.args))

    def _operator(self, node: Expr) -> Expr:
        inner = [self.evaluate(argument) for argument in node.args]
        if isinstance(node, Mean):
            return self.mean(inner[0])
        if isinstance(node, Var):
            return self.variance(inner[0])
        if isinstance(node, Std):
            return sqrt(self.variance(inner[0]))
        covariance = self.covariance(*inner)
        if isinstance(node, Cov):
            return covariance
        spread = self.variance(inner[0]) * self.variance(inner[1])
        if spread == 0:
            raise Undecided("a constant has no correlation with anything.")
        return covariance / sqrt(spread)

    def variance(self, x: Expr) -> Expr:
        """Return E[x²] − E[x]²."""
        if isinstance(x, Symbol) and self.world.family_of(x.name):
            own = self._own_variance(x)
            if own is not None:
                return own
        return expand(self.mean(x**2) - self.mean(x) ** 2)

    def covariance(self, x: Expr, y: Expr) -> Expr:
        """Return E[xy] − E[x]E[y]."""
        return expand(self.mean(x * y) - self.mean(x) * self.mean(y))

    def mean(self, expression: Expr) -> Expr:
        """Return E[expression]."""
        opened = expand(expression, power_base=False, power_exp=False, log=False)
        return Add(*(self._term(term) for term in Add.make_args(opened)))

    def _term(self, term: Expr) -> Expr:
        constant, random, totals = [], [], []
        for factor in Mul.make_args(term):
            count = _total_power(factor)
            if count:
                base = factor if isinstance(factor, Total) else factor.base
                totals += [base] * count
            elif self.is_random(factor):
                random.append(factor)
            else:
                constant.append(factor)
        if totals:
            return Mul(*constant) * self._totals(totals, random)
        return Mul(*constant) * self._product(random)

    def is_random(self, expression: Expr) -> bool:
        """Whether an expression holds a random variable or a sum of them."""
        return bool(self.world.random_in(expression)) or expression.has(Total)

    def _totals(self, totals: list[Expr], others: list[Expr]) -> Expr:
        """Split E[Σ…·Σ…·rest] by which of the running indices are equal."""
        rest = Mul(*others)
        if len({t.args[2:] for t in totals}) > 1 or rest.has(Total) or len(totals) > MOST_TERMS:
            return self._unknown(Mul(*totals, rest))
        low, high = totals[0].args[2:]
        fixed = self._fixed(rest, totals)
        result = S.Zero
        for blocks, places in partitions(len(totals), fixed):
            fresh = sum(1 for place in places if place is None)
            count, terms, number = S.One, [rest], 0
            for used in range(fresh):
                count *= high - low + 1 - len(fixed) - used
            for block, place in zip(blocks, places, strict=True):
                number += place is None
                index = f"f{number}" if place is None else place
                terms += [renamed(totals[k], index, self.world) for k in block]
            result += count * self.mean(Mul(*terms))
        return result

    def _fixed(self, rest: Expr, totals: list[Expr]) -> tuple[str, ...]:
        """Return the indices of members that stand beside the sums."""
        families = {self._family(s)[0] for t in totals for s in self.world.random_in(t.args[0])}
        return tuple(
            sorted(
                {
                    self._family(s)[1]
                    for s in self.world.random_in(rest)
                    if self._family(s)[1] and self._family(s)[0] in families
                }
            )
        )

    def _family(self, symbol: Symbol) -> tuple[str, str]:
        found = self.world.family_of(symbol.name)
        assert found is not None
        return found

    def _product(self, factors: list[Expr]) -> Expr:
        return Mul(*(self._group(group) for group in self._groups(factors)))

    def _groups(self, factors: list[Expr]) -> list[list[Expr]]:
        """Sort factors into groups that are independent of each other."""
        groups: list[list[Expr]] = []
        for factor in factors:
            tied = [g for g in groups if not all(self._apart(f, factor) for f in g)]
            groups = [g for g in groups if g not in tied]
            groups.append([f for g in tied for f in g] + [factor])
        return groups

    def _apart(self, left: Expr, right: Expr) -> bool:
        if left.has(Total) or right.has(Total):
            return False
        return all(
            self.world.are_independent(a, b)
            for a in self.world.random_in(left)
            for b in self.world.random_in(right)
        )

    def _group(self, factors: list[Expr]) -> Expr:
        g = Mul(*factors)
        atoms = sorted(self.world.random_in(g), key=str)
        if not g.has(Total) and len(atoms) == 1:
            return self._one(g, atoms[0])
        found = gaussian_group(self, g, atoms)
        if found is not None:
            return found
        if len(atoms) == 2 and not g.has(Total):
            pair = self._pair(g, *atoms)
            if pair is not None:
                return pair
            summed = self._listed(g, atoms)
            if summed is not None:
                return summed
        return self._unknown(g)

    def _listed(self, g: Expr, atoms: list[Symbol]) -> Expr | None:
        """Sum over a variable of finitely many values that is independent of the rest."""
        from varprop.checking.laws import Catalogued, Discrete

        for atom in atoms:
            law = self.world.variable(atom).law
            finite = isinstance(law, Discrete) or (
                isinstance(law, Catalogued) and law.entry.atoms and law.entry.random
            )
            others = [other for other in atoms if other != atom]
            if finite and law is not None and all(self._apart(atom, o) for o in others):
                held = law.expectation(g, atom)
                return None if held is None else self.mean(held)
        return None

    def _pair(self, g: Expr, a: Symbol, b: Symbol) -> Expr | None:
        """Return E[ab] where it is known that a and b are uncorrelated or how they are not."""
        if g != a * b:
            return None
        means = self._one(a, a) * self._one(b, b)
        if self.world.are_uncorrelated(a, b):
            return means
        names = frozenset((self._family(a)[0], self._family(b)[0]))
        same = self._family(a)[1] == self._family(b)[1]
        if len(names) != 2 or not same:
            return None
        if names in self.world.products:
            return self.world.products[names]
        if names in self.world.covariances:
            return self.world.covariances[names] + means
        if names in self.world.correlations:
            spread = self.variance(a) * self.variance(b)
            return self.world.correlations[names] * sqrt(spread) + means
        return self._symbol(f"Cov({min(names)}, {max(names)})", Cov(a, b)) + means

    def _one(self, g: Expr, x: Symbol) -> Expr:
        known = self.world.variable(x)
        power = _power_of(g, x)
        if known.law is not None:
            if power is not None:
                moment = known.law.moment(power)
                if moment is not None:
                    return moment
            held = known.law.expectation(g, x)
            return self._unknown(g) if held is None else held
        if power is not None:
            return self._moment(known, power)
        if known.symmetric:
            return self._even(g, x)
        return self._unknown(_positive_part(g, x) if known.positive else g)

    def _even(self, g: Expr, x: Symbol) -> Expr:
        """Use the symmetry of x: E[g(x)] = E[(g(x) + g(−x))/2]."""
        magnitude = sympy.Dummy("magnitude", positive=True)
        even = (g.xreplace({x: magnitude}) + g.xreplace({x: -magnitude})) / 2
        opened = expand(sympy.simplify(even))
        total = S.Zero
        for term in Add.make_args(opened):
            constant, rest = term.as_independent(magnitude, as_Add=False)
            power = _power_of(rest, magnitude)
            if power is not None and power % 2 == 0:
                total += constant * self._moment(self.world.variable(x), power)
            else:
                total += constant * (
                    self._unknown(rest.xreplace({magnitude: Abs(x)})) if rest != 1 else 1
                )
        return total

    def _own_variance(self, x: Symbol) -> Expr | None:
        known = self.world.variable(x)
        if known.law is not None:
            return None
        if known.variance is not None:
            return known.variance
        if 2 in known.moments:
            return None
        return self._symbol(f"Var({self._name(known)})", Var(known.symbol), positive=True)

    def _name(self, known: Variable) -> str:
        """Return one name for all variables of the same unknown law."""
        twins = [pair for pair in self.world.equal_laws if known.name in pair]
        return min({known.name, *(name for pair in twins for name in pair)})

    def _moment(self, known: Variable, power: int) -> Expr:
        if power == 0:
            return S.One
        if power % 2 and known.symmetric:
            return S.Zero
        if power == 1:
            if known.mean is not None:
                return known.mean
            return self._symbol(f"Mean({self._name(known)})", Mean(known.symbol))
        if power in known.moments:
            return known.moments[power]
        if power == 2:
            variance = self._own_variance(known.symbol)
            assert variance is not None
            return variance + self._moment(known, 1) ** 2
        name = f"Mean({self._name(known)}**{power})"
        return self._symbol(name, Mean(known.symbol**power), positive=power % 2 == 0)

    def _unknown(self, g: Expr) -> Expr:
        if isinstance(g, Heaviside):
            return self._symbol(f"P({g.args[0]} > 0)", Mean(g), nonnegative=True)
        canonical = self._canonical(g)
        positive = bool(canonical.is_nonnegative)
        return self._symbol(f"Mean({canonical})", Mean(canonical), nonnegative=positive)

    def _canonical(self, g: Expr) -> Expr:
        """Name members by the order in which they appear, as all families are exchangeable."""
        if g.has(Total):
            return g
        indices: dict[str, str] = {}
        names: dict[Expr, Expr] = {}
        for symbol in sorted(self.world.random_in(g), key=str):
            base, index = self._family(symbol)
            if index:
                indices.setdefault(index, f"{len(indices) + 1}")
                names[symbol] = Symbol(f"{base}_{indices[index]}", real=True)
        if len(indices) == 1:
            names = {s: Symbol(self._family(s)[0], real=True) for s in names}
        return g.xreplace(names)

    def _symbol(self, name: str, meaning: Expr, **signs: bool) -> Symbol:
        kept = {key: value for key, value in signs.items() if value}
        symbol = Symbol(name, real=True, **kept)
        self.open[symbol] = meaning
        return symbol

    def normal_total(self, total: Expr) -> Normal | None:
        """Return the law of a sum: exact for normal terms, the limit of many terms if that is given."""
        term = total.args[0]
        atoms = self.world.random_in(term)
        laws = [self.world.variable(a).law for a in atoms]
        linear = all(sympy.diff(term, a).free_symbols.isdisjoint(atoms) for a in atoms)
        exact = linear and len(atoms) == 1 and all(isinstance(law, Normal) for law in laws)
        if not exact and not self.world.wide:
            return None
        self.used_wide = self.used_wide or not exact
        mean, variance = self.mean(total), self.variance(total)
        return Normal(mean, sympy.simplify(variance), "N")


def _total_power(factor: Expr) -> int:
    if isinstance(factor, Total):
        return 1
    if isinstance(factor, Pow) and isinstance(factor.base, Total) and factor.exp.is_Integer:
        return int(factor.exp) if factor.exp > 0 else 0
    return 0


def _power_of(g: Expr, x: Symbol) -> int | None:
    if g == x:
        return 1
    if isinstance(g, Pow) and g.base == x and g.exp.is_Integer and g.exp > 0:
        return int(g.exp)
    return 0 if g == 1 else None


def _positive_part(g: Expr, x: Symbol) -> Expr:
    """Simplify g for an x that is never negative."""
    p = sympy.Dummy("p", positive=True)
    return g.xreplace({x: p}).xreplace({p: x})


def random_parts(expression: Expr) -> Iterator[Expr]:
    """Yield the functions in an expression that are no polynomials."""
    for node in sympy.preorder_traversal(expression):
        if isinstance(node, (Max, Min, Abs, Heaviside, sympy.Function, sign, sympy.Piecewise)):
            yield node
