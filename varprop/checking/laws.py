"""Laws of random variables in claims: raw moments, expectations of functions, samples."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sympy import Expr, Integer, Rational, S, Symbol, binomial, expand, factorial2, simplify

from varprop.catalogue.laws import WeightLaw
from varprop.expression_text import parse_expression, parse_scalar
from varprop.moments import GaussianExpectation, UniformExpectation
from varprop.notation import h as argument

if TYPE_CHECKING:
    import numpy as np

Values = Mapping[Expr, float]


class Law(ABC):
    """The law of one random variable; parameters are expressions in positive symbols."""

    words: str

    @property
    def symmetric(self) -> bool:
        """Whether the law is known to be symmetric about 0."""
        return False

    @abstractmethod
    def moment(self, power: int) -> Expr | None:
        """Return E[x^power]; None where it isn't known in closed form."""

    @abstractmethod
    def expectation(self, f: Expr, x: Symbol) -> Expr | None:
        """Return E[f(x)], closed or held; None where there is neither."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], values: Values) -> Any:
        """Draw values; ``values`` gives the parameters numbers."""

    @property
    def scales(self) -> tuple[Symbol, ...]:
        """The symbols that fix how large the variable is."""
        return ()

    @property
    def symbols(self) -> set[Symbol]:
        """Every symbol in the law's parameters."""
        parts = [value for value in vars(self).values() if isinstance(value, Expr)]
        return set().union(*(part.free_symbols for part in parts))

    def number(self, expr: Expr, values: Values) -> float:
        """Return a parameter as a number."""
        return float(expr.subs(values).evalf())


@dataclass(frozen=True)
class Normal(Law):
    """N(mean, var=variance)."""

    mean: Expr
    variance: Expr
    words: str

    @property
    def symmetric(self) -> bool:
        """A normal law is symmetric about its mean."""
        return bool(self.mean == 0)

    @property
    def scales(self) -> tuple[Symbol, ...]:
        """The symbols of the variance."""
        return tuple(self.variance.free_symbols)

    def moment(self, power: int) -> Expr:
        """Sum over even powers of the centred variable."""
        return sum(
            (
                binomial(power, k) * self.mean ** (power - k) * self.variance ** (k // 2)
                * factorial2(k - 1)
                for k in range(0, power + 1, 2)
            ),
            S.Zero,
        )  # fmt: skip

    def expectation(self, f: Expr, x: Symbol) -> Expr:
        """Return the Gaussian expectation, closed where a route is known."""
        return GaussianExpectation(f, x, self.variance, self.mean).doit()

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], values: Values) -> Any:
        """Draw normal variates."""
        spread = math.sqrt(self.number(self.variance, values))
        return self.number(self.mean, values) + spread * rng.standard_normal(shape)


@dataclass(frozen=True)
class Uniform(Law):
    """U(low, high)."""

    low: Expr
    high: Expr
    words: str

    @property
    def symmetric(self) -> bool:
        """Whether the interval is centred."""
        return bool(simplify(self.low + self.high) == 0)

    @property
    def scales(self) -> tuple[Symbol, ...]:
        """The symbols of both ends."""
        return tuple(self.low.free_symbols | self.high.free_symbols)

    def moment(self, power: int) -> Expr:
        """Return (high^(k+1) − low^(k+1))/((k+1)(high − low))."""
        terms = (self.high**k * self.low ** (power - k) for k in range(power + 1))
        return sum(terms, S.Zero) / (power + 1)

    def expectation(self, f: Expr, x: Symbol) -> Expr:
        """Return the uniform expectation, closed where a route is known."""
        return UniformExpectation(f, x, self.low, self.high).doit()

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], values: Values) -> Any:
        """Draw uniform variates."""
        low, high = self.number(self.low, values), self.number(self.high, values)
        return low + (high - low) * rng.random(shape)


@dataclass(frozen=True)
class Discrete(Law):
    """Finitely many values with their probabilities."""

    atoms: tuple[tuple[Expr, Expr], ...]
    words: str

    @property
    def symmetric(self) -> bool:
        """Whether −value has the probability of each value."""
        table = dict(self.atoms)
        return all(table.get(-value) == chance for value, chance in self.atoms)

    @property
    def scales(self) -> tuple[Symbol, ...]:
        """The symbols of the values."""
        return tuple({s for value, _ in self.atoms for s in value.free_symbols})

    def moment(self, power: int) -> Expr:
        """Return Σ p v^power."""
        return sum((p * v**power for v, p in self.atoms), S.Zero)

    def expectation(self, f: Expr, x: Symbol) -> Expr:
        """Return Σ p f(v)."""
        return sum((p * f.xreplace({x: v}) for v, p in self.atoms), S.Zero)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], values: Values) -> Any:
        """Draw among the values."""
        import numpy as np

        points = np.array([self.number(v, values) for v, _ in self.atoms])
        chances = np.array([self.number(p, values) for _, p in self.atoms])
        return rng.choice(points, size=shape, p=chances / chances.sum())


@dataclass(frozen=True)
class Catalogued(Law):
    """A law of the catalogue at a value of its own parameter: std, scale, gain …"""

    entry: WeightLaw
    parameter: Expr
    words: str
    size: Expr = S.One

    def _filled(self, text: str) -> Expr:
        forms = {
            Symbol(f.symbol, positive=True): Rational(str(f.default)) for f in self.entry.forms
        }
        own = {Symbol(self.entry.parameter.symbol, positive=True): self.parameter}
        return parse_scalar(text).subs({**forms, **own, Symbol("m", positive=True): self.size})

    @property
    def symmetric(self) -> bool:
        """Every law of the catalogue that is drawn is symmetric."""
        return self.entry.random

    @property
    def scales(self) -> tuple[Symbol, ...]:
        """The symbols of the parameter."""
        return tuple(self.parameter.free_symbols)

    def moment(self, power: int) -> Expr | None:
        """Moments up to the fourth are stated by the catalogue."""
        if power % 2 and self.symmetric:
            return S.Zero
        if power == 0:
            return S.One
        variance = self._filled(self.entry.variance)
        if power == 2:
            return variance
        if power == 4 and self.entry.kurtosis:
            return self._filled(self.entry.kurtosis) * variance**2
        return None

    def expectation(self, f: Expr, x: Symbol) -> Expr | None:
        """Return Σ p f(v) for a law of finitely many values, else None."""
        if not self.entry.atoms:
            return None
        pairs = [(self._filled(v), self._filled(p)) for v, p in self.entry.atoms]
        return sum((p * f.xreplace({x: v}) for v, p in pairs), S.Zero)

    def density(self) -> tuple[Expr, Expr, Expr] | None:
        """Return the density in ``notation.h``, up to a factor where it is cut, and its ends."""
        if self.entry.density is None or self.entry.support is None:
            return None
        forms = {f.symbol: Rational(str(f.default)) for f in self.entry.forms}
        names = {**forms, self.entry.parameter.symbol: self.parameter}
        form = parse_expression(self.entry.density, argument="w", names=names)
        ends = {"oo": S.Infinity, "-oo": S.NegativeInfinity}
        low, high = (ends[e] if e in ends else self._filled(e) for e in self.entry.support)
        return form, low, high

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], values: Values) -> Any:
        """Draw from the catalogue's sampler, scaled to the variance."""
        drawn = self.entry.sample(
            rng, shape if self.entry.independent else (*shape[:-1], shape[-1])
        )
        spread = self._filled(self.entry.variance)
        return drawn * math.sqrt(self.number(spread, values)) if self.entry.random else drawn


@dataclass(frozen=True)
class Exponential(Law):
    """Density rate·exp(−rate·x) on x > 0."""

    rate: Expr
    words: str

    def moment(self, power: int) -> Expr:
        """Return power!/rate^power."""
        return Integer(math.factorial(power)) / self.rate**power

    def expectation(self, f: Expr, x: Symbol) -> Expr | None:
        """Return a polynomial's expectation from the moments."""
        if not f.is_polynomial(x):
            return None
        terms = expand(f).as_poly(x).terms()
        return sum((c * self.moment(k) for (k,), c in terms), S.Zero)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...], values: Values) -> Any:
        """Draw exponential variates."""
        return rng.standard_exponential(shape) / self.number(self.rate, values)


ARGUMENT = argument
"""The symbol in which densities are written."""
