"""Expectations of polynomials and functions of declared variables, by linearity and independence.

Whatever a given leaves open becomes a symbol with a telling name, ``Mean(x)`` or ``Var(x)``, that
takes part in the algebra like any number.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sympy
from sympy import Add, Expr, Heaviside, Mul, S, Symbol, expand, sqrt

from varprop.checking.gaussian_forms import gaussian_group
from varprop.checking.symmetry import by_reflection, expect_even, power_of, symmetric_total
from varprop.checking.totals import expect_totals, total_power
from varprop.checking.world import Corr, Cov, Mean, Std, Total, Var, Variable, World
from varprop.errors import Undecided

HELD = (Mean, Var, Cov, Std, Corr)


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
            count = total_power(factor)
            if count:
                base = factor if isinstance(factor, Total) else factor.base
                totals += [base] * count
            elif self.is_random(factor):
                random.append(factor)
            else:
                constant.append(factor)
        if totals:
            return Mul(*constant) * expect_totals(self, totals, random)
        return Mul(*constant) * self._product(random)

    def is_random(self, expression: Expr) -> bool:
        """Whether an expression holds a random variable or a sum of them."""
        return bool(self.world.random_in(expression)) or expression.has(Total)

    def family(self, symbol: Symbol) -> tuple[str, str]:
        """Return the family and the index of a random symbol."""
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
        total = next(iter(g.atoms(Total)), None)
        alone = total is not None and not self.is_random(g.xreplace({total: S.One}))
        if total is not None and alone and symmetric_total(self, total):
            return expect_even(self, g, total, lambda k: self.mean(total**k))
        mirrored = by_reflection(self, g, atoms)
        if mirrored is not None:
            return mirrored
        if len(atoms) == 2 and not g.has(Total):
            pair = self._pair(g, *atoms)
            if pair is not None:
                return pair
            summed = self._listed(g, atoms)
            if summed is not None:
                return summed
        return self.unknown(g)

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
        names = frozenset((self.family(a)[0], self.family(b)[0]))
        same = self.family(a)[1] == self.family(b)[1]
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
        power = power_of(g, x)
        if known.law is not None:
            if power is not None:
                moment = known.law.moment(power)
                if moment is not None:
                    return moment
            held = known.law.expectation(g, x)
            if held is None and known.law.symmetric:
                return expect_even(self, g, x, known.law.moment)
            return self.unknown(g) if held is None else held
        if power is not None:
            return self.moment(known, power)
        if known.symmetric:
            return expect_even(self, g, x, lambda k: self.moment(known, k))
        return self.unknown(_positive_part(g, x) if known.positive else g)

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

    def moment(self, known: Variable, power: int) -> Expr:
        """Return E[x^power] as far as it is given."""
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
            return variance + self.moment(known, 1) ** 2
        name = f"Mean({self._name(known)}**{power})"
        return self._symbol(name, Mean(known.symbol**power), positive=power % 2 == 0)

    def unknown(self, g: Expr) -> Expr:
        """Return the symbol of an expectation that nothing given determines."""
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
            base, index = self.family(symbol)
            if index:
                indices.setdefault(index, f"{len(indices) + 1}")
                names[symbol] = Symbol(f"{base}_{indices[index]}", real=True)
        if len(indices) == 1:
            names = {s: Symbol(self.family(s)[0], real=True) for s in names}
        return g.xreplace(names)

    def _symbol(self, name: str, meaning: Expr, **signs: bool) -> Symbol:
        kept = {key: value for key, value in signs.items() if value}
        symbol = Symbol(name, real=True, **kept)
        self.open[symbol] = meaning
        return symbol


def _positive_part(g: Expr, x: Symbol) -> Expr:
    """Simplify g for an x that is never negative."""
    p = sympy.Dummy("p", positive=True)
    return g.xreplace({x: p}).xreplace({p: x})
