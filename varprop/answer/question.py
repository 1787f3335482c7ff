"""One question of ``solve``, validated: the layer, its feed and the condition on it."""

from __future__ import annotations

from sympy import Expr, Float, Integer, Rational, Symbol

from varprop import notation
from varprop.catalogue.activations import Activation
from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.moments import derivative, kinks
from varprop.moments.expectation import Expectation
from varprop.moments.numbers.number import settled
from varprop.moments.numeric import quadrature
from varprop.propagation.feed import Activated, Differentiable, Feed, Linearised
from varprop.result import (
    Fans,
)
from varprop.solving.conditions import Condition, Terms

UNUSED = Symbol("unused")
SHORT_DECIMALS = 6
"""Digits of a decimal that people type, which a computed number hardly has by chance."""

LARGEST_DENOMINATOR = 64


@frozen
class SolveQuestion:
    """One layer and the condition on it, validated.

    ``feed`` is what the weights multiply; ``activation`` also serves the slopes. Fans are formulas
    (a symbol where the width is open); their numbers are None then. ``q`` is where the expectations
    are taken, ``bias_variance`` is σ_b².
    """

    activation: Activation
    feed: Feed
    condition: Condition
    fans: Fans
    q: Rational
    bias_variance: Expr

    def terms(self, *, both: bool = False) -> Terms:
        """The condition's terms as formulas in notation.q; ``both`` directions or those it uses.

        A term that isn't used stays a name, since closing an expectation takes a while.
        """
        backward = both or self.condition.uses("backward")
        forward = both or self.condition.uses("forward") or not backward
        slope: Expr = UNUSED
        if not isinstance(self.feed, Differentiable):
            slope = Integer(1)
        elif backward:
            slope = self.feed.derivative_second_moment()
        return Terms(
            self.fans.fan_in,
            self.fans.fan_out,
            self.feed.second_moment() if forward else UNUSED,
            slope,
            self.bias_variance,
            notation.q,
        )

    def numbers(self) -> Terms:
        """All terms as numbers; an open width stays a symbol, and so does an open parameter."""
        fans = self.fans
        return Terms(
            fans.fan_in if fans.fan_in_value is None else Integer(fans.fan_in_value),
            fans.fan_out if fans.fan_out_value is None else Integer(fans.fan_out_value),
            self._number("second_moment"),
            self._number("derivative_second_moment"),
            self.bias_variance,
            self.q,
        )

    def _number(self, name: str) -> Expr:
        feed = self.feed
        if not isinstance(feed, Activated) or feed.phi.free_symbols - {notation.h}:
            formula = getattr(self.terms(both=True), name)
            return formula.subs(notation.q, self.q)
        number = feed.moments.number(name, float(self.q))
        if number.value is None:
            raise BadInput(
                f"E[{feed.words}²] at q = {self.q} is beyond double range; try a smaller --q."
            )
        slope = name == "derivative_second_moment"
        words = f"E[{feed.derivative_words if slope else feed.words}²] at q = {self.q}"
        settled(number, words)
        return rational(number.value, number.bound)


def rational(value: float, bound: float) -> Expr:
    """Return a number as a Float, or as the short fraction or decimal that it equals within its bound."""
    exactly, text = Rational(value), Rational(f"{value:.{SHORT_DECIMALS}g}")
    near = [exactly.limit_denominator(LARGEST_DENOMINATOR), text]
    if 0 < abs(value) < 1:
        near.insert(1, 1 / (1 / exactly).limit_denominator(LARGEST_DENOMINATOR))
    fitting = (x for x in near if abs(float(x) - value) <= bound and _is_short(x, value))
    return next(fitting, Float(value, 17))


def _is_short(found: Rational, value: float) -> bool:
    """Whether numerator and denominator have few digits but for zeros at their end; 0 stands for 0 alone."""
    longest = max(len(str(abs(n)).rstrip("0")) for n in (found.p, found.q))
    return longest <= SHORT_DECIMALS and (found == 0) == (value == 0)


def question_feed(activation: Activation, *, linearised: bool = False) -> Differentiable:
    """Return φ(h), or φ'(0)·h where the small-signal argument is asked for.

    Raises BadInput when φ'(0) does not exist or is 0.
    """
    if not linearised:
        return Activated(activation.name, activation.phi)
    if any(kink == 0 for kink in kinks(activation.phi, notation.h)):
        raise BadInput(
            f"--linearised needs φ'(0), but {activation.name} has a kink at 0. Leave --linearised out."
        )
    slope = derivative(activation.phi, notation.h).subs(notation.h, 0)
    if slope == 0:
        raise BadInput(
            f"--linearised needs φ'(0) ≠ 0, but {activation.name}'(0) = 0. Leave --linearised out."
        )
    return Linearised(activation.name, slope)


def as_float(value: Expr) -> float | None:
    """Return the number, None while symbols are left.

    Expectations whose variance is another's are evaluated from the inside outwards, by quadrature.
    """
    if value.free_symbols:
        return None
    held = value.atoms(Expectation)
    if any(law.has(Expectation) for one in held for law in one.law):
        value = value.replace(lambda e: isinstance(e, Expectation), _by_quadrature)
    return float(value if value.is_number else value.evalf(17))


def _by_quadrature(held: Expectation) -> Expr:
    found = quadrature(held)
    if found is None:
        raise BadInput(f"{held} is beyond double range. Take a smaller --q, or another activation.")
    return Float(found[0], 17)
