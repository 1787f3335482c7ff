"""What the letters of a definition stand for: laws, outputs of activations, unknown signals."""

from __future__ import annotations

from functools import cached_property

from sympy import Expr, S, Symbol

from varprop import notation
from varprop.frozen import frozen
from varprop.moments import GaussianExpectation
from varprop.propagation.feed import Activated
from varprop.refereeing.laws import RandomLaw
from varprop.rewriting.facts import Known
from varprop.rewriting.nodes import Mean

FREE = "any law"
PLURAL = {"w": "weights", "x": "inputs", "b": "biases", "delta": "gradients", "D": "slopes"}
"""How the field calls a family; another letter speaks for itself."""


@frozen
class Family:
    """One letter of a definition: what is known of it, and the activation that it is the output of.

    ``feed`` is None for a law or an unknown signal; ``slope`` says that the letter stands for φ'(h)
    and not for φ(h); ``q`` is the variance of h.
    """

    known: Known
    feed: Activated | None = None
    slope: bool = False
    q: Expr = notation.q
    origin: str = ""

    @property
    def name(self) -> str:
        """The letter."""
        return self.known.name

    @property
    def symbol(self) -> Symbol:
        """The letter as one variable."""
        return Symbol(self.name)

    def moment(self, power: int) -> Expr:
        """E[x] or E[x²] of the activation's output, closed where a route knows it."""
        assert self.feed is not None
        found = self.feed.moments.best(self._moment_name(power))
        return found.subs(notation.q, self.q)

    def held(self, power: int) -> Expr:
        """The same moment as an expectation over h ~ N(0, var=q), not closed."""
        assert self.feed is not None
        found = self.feed.moments.expectation(self._moment_name(power))
        return found.subs(notation.q, self.q)

    def _moment_name(self, power: int) -> str:
        name = {1: "mean", 2: "second_moment"}[power]
        return f"derivative_{name}" if self.slope else name

    @cached_property
    def true_mean(self) -> Expr | None:
        """E[x] as it is, whatever was assumed; None where nothing is known."""
        if self.feed is None:
            return self.known.mean
        if not self.slope and self.feed.is_centred():
            return S.Zero
        return self.moment(1)

    @property
    def words(self) -> str:
        """What the letter stands for: relu(h), or the law."""
        return self.origin


def output_of(name: str, feed: Activated, q: Expr, *, single: bool, slope: bool = False) -> Family:
    """Return the family x = φ(h), or D = φ'(h), for h ~ N(0, var=q)."""
    words = feed.derivative_words if slope else feed.words
    known = Known(name, _called(name, single), single=single)
    family = Family(known, feed, slope, q, words)
    mean = family.true_mean
    return Family(_with_mean(known, mean), feed, slope, q, words)


def drawn_from(name: str, law: RandomLaw, *, single: bool) -> Family:
    """Return a family of independent variables of one law."""
    words = _called(name, single)
    known = Known(name, words, mean=law.mean, iid=True, variance=law.variance, single=single)
    return Family(known, origin=str(law))


def unknown(name: str, *, single: bool) -> Family:
    """Return a family of which nothing is known: its members may depend on each other."""
    return Family(Known(name, _called(name, single), single=single), origin="nothing stated")


def _with_mean(known: Known, mean: Expr | None) -> Known:
    return Known(known.name, known.words, mean=mean, single=known.single)


def _called(name: str, single: bool) -> str:
    return name if single else PLURAL.get(name, f"the {name}")


def is_held(expression: Expr) -> bool:
    """Whether an expectation in this expression has no closed form."""
    return bool(expression.has(GaussianExpectation))


def moment_node(family: Family, power: int) -> Expr:
    """E[x] or E[x²] of a family, by name."""
    return Mean(family.symbol**power)
