"""What feeds a layer's weights: an activation's output or data; its moments and where they come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from functools import cache

from sympy import Eq, Expr, Rational, S, Symbol

from varprop import notation
from varprop.catalogue.activations import applied, is_name
from varprop.derivation import Kind, Step
from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.moments import GaussianExpectation, Moments, closed_form_steps
from varprop.moments.numeric import quadrature
from varprop.propagation.growing import GrowingMoments, is_made_of_exponentials
from varprop.rewriting.nodes import Mean

PROBES = (Rational(1, 2), Rational(2))
"""Variances at which a mean that is always 0 must vanish."""

WIDE = "wide layer: h is Gaussian"


@cache
def moments_of(phi: Expr) -> Moments:
    """Return the moments of φ, one object per activation."""
    return GrowingMoments(phi) if is_made_of_exponentials(phi, notation.h) else Moments(phi)


class Feed(ABC):
    """The quantity x that a layer's weights multiply."""

    @property
    @abstractmethod
    def words(self) -> str:
        """Say what x is, e.g. ``relu(h)`` or ``the input data``."""

    @abstractmethod
    def second_moment(self) -> Expr:
        """E[x²], in the symbol q where it depends on the pre-activation variance."""

    @abstractmethod
    def mean(self) -> Expr:
        """E[x]."""

    def is_centred(self) -> bool:
        """Whether E[x] = 0 at every q."""
        return bool(self.mean() == 0)

    @abstractmethod
    def steps(self, signal: Symbol) -> tuple[Step, ...]:
        """The lines that turn E[signal²] into :meth:`second_moment`."""


class Differentiable(Feed):
    """A feed x = φ(h) that gradients pass through."""

    @property
    @abstractmethod
    def derivative_words(self) -> str:
        """Say what dx/dh is, e.g. ``relu'(h)``."""

    @abstractmethod
    def derivative_second_moment(self) -> Expr:
        """E[φ'(h)²] with the almost-everywhere derivative, as back-propagation takes it."""

    @abstractmethod
    def derivative_steps(self, signal: Symbol) -> tuple[Step, ...]:
        """The lines that turn E[signal²] into :meth:`derivative_second_moment`."""


@frozen
class Activated(Differentiable):
    """x = φ(h) with h ~ N(0, var=q)."""

    name: str
    phi: Expr

    @property
    def words(self) -> str:
        """Say what x is."""
        return "h" if self.phi == notation.h else applied(self.name, "h")

    @property
    def derivative_words(self) -> str:
        """Say what dx/dh is."""
        if self.phi == notation.h:
            return "1"
        return f"{self.name if is_name(self.name) else 'φ'}'(h)"

    @property
    def moments(self) -> Moments:
        """The Gaussian moments of φ."""
        return moments_of(self.phi)

    def second_moment(self) -> Expr:
        """E[φ(h)²], closed where a route knows it."""
        return self.moments.best("second_moment")

    def mean(self) -> Expr:
        """E[φ(h)]."""
        return self.moments.best("mean")

    def is_centred(self) -> bool:
        """Whether φ is odd, so that E[φ(h)] = 0 at every q."""
        flipped = self.phi.xreplace({notation.h: -notation.h})
        return bool(flipped == -self.phi) or self._vanishes()

    def _vanishes(self) -> bool:
        if self.phi.free_symbols - {notation.h}:
            return bool(self.mean() == 0)
        held = self.moments.expectation("mean")
        for q in PROBES:
            number = quadrature(held.xreplace({notation.q: q}))
            if number is None or abs(number[0]) > number[1]:
                return False
        return True

    def derivative_second_moment(self) -> Expr:
        """E[φ'(h)²], closed where a route knows it."""
        return self.moments.best("derivative_second_moment")

    def steps(self, signal: Symbol) -> tuple[Step, ...]:
        """E[x²] = E[φ(h)²] by the Gaussian limit, then its closed form where there is one."""
        held = self.moments.expectation("second_moment")
        return expectation_steps(Mean(signal**2), held, f"{signal} = {self.words}")

    def derivative_steps(self, signal: Symbol) -> tuple[Step, ...]:
        """E[D²] = E[φ'(h)²] likewise."""
        held = self.moments.expectation("derivative_second_moment")
        return expectation_steps(Mean(signal**2), held, f"{signal} = {self.derivative_words}")


@frozen
class Linearised(Differentiable):
    """x = φ'(0)·h, the small-signal form of an activation (Glorot's argument)."""

    name: str
    slope: Expr

    @property
    def words(self) -> str:
        """Say what x is."""
        return f"{self.name}(h) near 0"

    @property
    def derivative_words(self) -> str:
        """Say what dx/dh is."""
        return f"{self.name}'(0)"

    def second_moment(self) -> Expr:
        """φ'(0)²·q."""
        return self.slope**2 * notation.q

    def mean(self) -> Expr:
        """0: the constant φ(0) is left out of the small-signal argument."""
        return S.Zero

    def derivative_second_moment(self) -> Expr:
        """φ'(0)²."""
        return self.slope**2

    def steps(self, signal: Symbol) -> tuple[Step, ...]:
        """E[x²] = φ'(0)²·q for small signals."""
        return (self._small(signal, self.second_moment()),)

    def derivative_steps(self, signal: Symbol) -> tuple[Step, ...]:
        """E[D²] = φ'(0)² for small signals."""
        return (self._small(signal, self.derivative_second_moment()),)

    def _small(self, signal: Symbol, value: Expr) -> Step:
        return Step(
            Eq(Mean(signal**2), value, evaluate=False),
            "linearise",
            Kind.LIMIT,
            f"{self.name}(h) − {self.name}(0) ≈ {self.name}'(0)·h with {self.name}'(0) = {self.slope}",
            ("small signal: the activation is linear around 0",),
            "Glorot & Bengio 2010, section 4.2.1",
        )


@frozen
class Data(Feed):
    """x is data with the given mean and second moment (numbers or expressions)."""

    data_mean: Expr
    data_second_moment: Expr
    origin: str = "normalised data"

    def __post_init__(self) -> None:
        second, mean = self.data_second_moment, self.data_mean
        if second.is_number and (not second.is_finite or second <= 0):
            raise BadInput(f"the input's second moment must be positive and finite, not {second}.")
        if second.is_number and mean.is_number and second < mean**2:
            raise BadInput(
                f"an input with mean {mean} can't have second moment {second}: its variance would be "
                "negative."
            )

    @property
    def words(self) -> str:
        """Say what x is."""
        return "the input data"

    def second_moment(self) -> Expr:
        """E[x₀²] as measured or given."""
        return self.data_second_moment

    def mean(self) -> Expr:
        """E[x₀] as measured or given."""
        return self.data_mean

    def steps(self, signal: Symbol) -> tuple[Step, ...]:
        """E[x²] = Var(x) + E[x]² of the data."""
        return (
            Step(
                Eq(Mean(signal**2), self.data_second_moment, evaluate=False),
                "data",
                Kind.GIVEN,
                f"{self.origin}: mean {self.data_mean}",
            ),
        )


def expectation_steps(left: Expr, held: Expr, reason: str) -> tuple[Step, ...]:
    """Return left = held by the Gaussian limit, and the held expectation's closed form.

    ``held`` is a GaussianExpectation, or a constant when its integrand does not depend on h.
    """
    if not held.args or not held.args[0].has(notation.h):
        value = held.args[0] if isinstance(held, GaussianExpectation) else held
        return (Step(Eq(left, value, evaluate=False), "constant", Kind.ALGEBRA, reason, key=False),)
    limit = Step(
        Eq(left, held, evaluate=False),
        "Gaussian limit",
        Kind.LIMIT,
        f"{reason}, h ~ N(0, var=q)",
        (WIDE,),
        "Neal 1996, chapter 2",
        key=False,
    )
    lines = closed_form_steps(held)
    if not lines:
        return (replace(limit, key=True),)
    inner = tuple(replace(line, key=False) for line in lines[:-1])
    last = replace(lines[-1], because=f"{reason}, h ~ N(0, var=q)", key=True)
    return (limit, *inner, last)
