"""Random variables and their moments, for deriving by hand: Normal, Uniform, E, Var, Cov, P."""

from __future__ import annotations

from typing import Any

import sympy
from sympy import Add, Expr, Mul, Symbol, sympify

from varprop.answer.inputs import Number, variance
from varprop.errors import BadInput
from varprop.expression_text import exact
from varprop.moments import BivariateExpectation, GaussianExpectation
from varprop.moments.expectation import UniformExpectation


class RandomVariable(sympy.Symbol):
    """A symbol that knows its law: two of one name and one law are the same variable."""

    law: tuple[Expr, ...]

    def __new__(cls, name: str, *law: Expr) -> RandomVariable:
        """Return the variable."""
        made: RandomVariable = sympy.Symbol.__xnew__(cls, name, real=True)
        made.law = law
        return made

    def _hashable_content(self) -> tuple[object, ...]:
        return (*super()._hashable_content(), self.law)

    def __getnewargs_ex__(self) -> tuple[tuple[object, ...], dict[str, object]]:
        return ((self.name, *self.law), {})


class GaussianVariable(RandomVariable):
    """A Gaussian random variable, with its variance and its mean."""

    @property
    def variance(self) -> Expr:
        """Var(h)."""
        return self.law[0]

    @property
    def mean(self) -> Expr:
        """E[h]."""
        return self.law[1]


class UniformVariable(RandomVariable):
    """A variable that is uniform between two ends."""

    @property
    def low(self) -> Expr:
        """The lower end."""
        return self.law[0]

    @property
    def high(self) -> Expr:
        """The upper end."""
        return self.law[1]

    @property
    def variance(self) -> Expr:
        """(high − low)²/12."""
        return (self.high - self.low) ** 2 / 12

    @property
    def mean(self) -> Expr:
        """The middle."""
        return (self.low + self.high) / 2


def Normal(
    name: str, *, var: Number | None = None, std: Number | None = None, mean: Number = 0
) -> GaussianVariable:
    """Return a Gaussian random variable; ``var=`` or ``std=`` must say which is meant.

    >>> E(Normal("h", var="q") ** 2).doit()
    q
    """
    if (var is None) == (std is None):
        raise BadInput(f'say which is meant: Normal("{name}", var=…) or Normal("{name}", std=…).')
    size = variance(var, "var") if var is not None else exact(std or 0, "std") ** 2
    return GaussianVariable(name, size, exact(mean, "mean"))


def Uniform(name: str, low: Number, high: Number) -> UniformVariable:
    """Return a variable that is uniform on (low, high). Raises BadInput where low ≥ high.

    >>> Var(Uniform("w", -1, 1)).doit()
    1/3
    """
    ends = exact(low, "low"), exact(high, "high")
    if (ends[1] - ends[0]).is_nonpositive:
        raise BadInput(f'Uniform("{name}", low, high) needs low < high, not {low} and {high}.')
    return UniformVariable(name, *ends)


def E(expression: Expr | float) -> Expr:
    """Return the held expectation of an expression of random variables; ``.doit()`` closes it.

    Different variables are independent. Unlike SymPy's own ``E`` this one holds until asked.
    Raises BadInput where one term mixes variables of kinds or numbers that no route takes.

    >>> h = Normal("h", var="q")
    >>> E(sympy.Max(0, h) ** 2).doit()
    q/2
    >>> E(h * Uniform("u", 0, 1) * Uniform("v", 0, 2)).doit()
    0
    """
    inner = sympify(expression)
    found = _variables(inner)
    if len(found) <= 1 or _is_gaussian_pair(found):
        return _held(inner, found)
    groups = _groups(inner)
    if len(groups) > 1:
        return Mul(*(E(group) for group in groups))
    expanded = inner.expand()
    if isinstance(expanded, Add):
        return Add(*(E(term) for term in expanded.args))
    raise BadInput(
        f"E takes one random variable in a term, or two Gaussian ones of mean 0, "
        f"not {', '.join(map(str, found))} tied together in {inner}."
    )


def Var(expression: Expr) -> Expr:
    """Return E[x²] − E[x]², held.

    >>> Var(sympy.Max(0, Normal("h", var="q"))).doit()
    -q/(2*pi) + q/2
    """
    return E(sympify(expression) ** 2) - E(expression) ** 2


def Cov(first: Expr, second: Expr) -> Expr:
    """Return E[xy] − E[x]·E[y], held.

    >>> h = Normal("h", var="q")
    >>> Cov(h, h**3).doit()
    3*q**2
    """
    return E(sympify(first) * sympify(second)) - E(first) * E(second)


def P(condition: Any) -> Expr:
    """Return the probability of a condition on random variables, held.

    Raises BadInput for what isn't a condition: write ``P(h > 1)``.

    >>> P(Normal("h", var="q") > 0).doit()
    1/2
    """
    found = sympify(condition)
    if found in (sympy.true, sympy.false):
        return sympy.Integer(bool(found))
    if not isinstance(found, sympy.logic.boolalg.Boolean) or found.is_Symbol:
        raise BadInput(f"P takes a condition such as h > 1, not {condition}.")
    if isinstance(found, (sympy.Eq, sympy.Ne)):
        return sympy.Integer(isinstance(found, sympy.Ne))
    return E(sympy.Piecewise((1, found), (0, True)))


def _variables(expression: Expr) -> list[RandomVariable]:
    return sorted(expression.atoms(RandomVariable), key=str)


def _is_gaussian_pair(found: list[RandomVariable]) -> bool:
    return len(found) == 2 and all(isinstance(v, GaussianVariable) and v.mean == 0 for v in found)


def _held(inner: Expr, found: list[RandomVariable]) -> Expr:
    bound = {variable: Symbol(variable.name, real=True) for variable in found}
    inner = inner.xreplace(bound)
    if not found:
        return inner
    names = [bound[variable] for variable in found]
    if len(found) == 2:
        u, v = names
        first, second = (variable.law[0] for variable in found)
        return BivariateExpectation(inner, u, v, first, second, sympy.Integer(0))
    held = GaussianExpectation if isinstance(found[0], GaussianVariable) else UniformExpectation
    return held(inner, names[0], *found[0].law)


def _groups(expression: Expr) -> list[Expr]:
    """Split a product into factors that share no variable."""
    groups: list[Expr] = []
    for factor in Mul.make_args(expression):
        tied = [g for g in groups if set(_variables(g)) & set(_variables(factor))]
        groups = [g for g in groups if g not in tied] + [Mul(*tied, factor)]
    return groups
