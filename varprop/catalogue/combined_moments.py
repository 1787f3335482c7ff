"""Moments of activations of several independent pre-activations, from moments of one.

Each class answers the questions of ``moments.Moments`` (``number``, ``closed``). Derivative moments
are per pre-activation: E‖J‖²/inputs with J the Jacobian of one unit's outputs, so the backward
condition v = 1/(fan_out·d2) holds with fan_out counting pre-activations.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import sympy
from sympy import Expr

from varprop.catalogue.activations import activation
from varprop.catalogue.combined import CombinedEntry, ConcatenatedRelu, GatedPair, Maxout
from varprop.catalogue.number_arithmetic import minus, plus, scaled, times
from varprop.errors import BadInput
from varprop.moments import GaussianExpectation, Moments, closed_form
from varprop.notation import h, q

if TYPE_CHECKING:
    from varprop.moments.numbers.number import Number

POWERS = {"mean": 1, "second_moment": 2, "fourth_moment": 4}


class CombinedMoments(ABC):
    """What every combined activation can be asked; None where a question has no one answer."""

    @abstractmethod
    def number(self, name: str, q: float) -> Number | None:
        """Return the moment at variance ``q`` with its bound; None for E[φ']."""

    @abstractmethod
    def closed(self, name: str) -> Expr | None:
        """Return the moment in closed form in ``notation.q``, None where none is known."""


@dataclass(frozen=True)
class ProductMoments(CombinedMoments):
    """x = a(h)·b(g): every moment is a product, because h and g are independent.

    E‖∇x‖² = E[a'²]E[b²] + E[a²]E[b'²] is shared by two pre-activations.
    """

    entry: GatedPair

    @cached_property
    def factors(self) -> tuple[Moments, Moments]:
        """The moments of a and of b."""
        return Moments(activation(self.entry.value).phi), Moments(activation(self.entry.gate).phi)

    def number(self, name: str, q: float) -> Number | None:
        """Return the moment at variance ``q``; the variance is built without cancellation."""
        a, b = self.factors
        if name in POWERS:
            return times(a.number(name, q), b.number(name, q))
        if name == "variance":
            mean_a, var_a, var_b = a.number("mean", q), a.number(name, q), b.number(name, q)
            square_b = b.number("second_moment", q)
            return plus(times(var_a, square_b), times(times(mean_a, mean_a), var_b))
        if name in ("derivative_second_moment", "length_slope"):
            squares = a.number("second_moment", q), b.number("second_moment", q)
            total = plus(times(a.number(name, q), squares[1]), times(squares[0], b.number(name, q)))
            return scaled(total, 0.5) if name == "derivative_second_moment" else total
        _check_known(name)
        return None

    def closed(self, name: str) -> Expr | None:
        """Return the product of the factors' closed forms, None where one has none."""
        a, b = self.factors
        if name in POWERS:
            return _product(a.closed(name), b.closed(name))
        if name == "derivative_second_moment":
            left = _product(a.closed(name), b.closed("second_moment"))
            right = _product(a.closed("second_moment"), b.closed(name))
            return None if left is None or right is None else (left + right) / 2
        return _derived(self, name)


@dataclass(frozen=True)
class MaxoutMoments(CombinedMoments):
    """x = max of k: E[xᵖ] = q^(p/2)·E[k zᵖ Φ(z)^(k−1)], z ~ N(0, 1); one slope is 1, the rest 0."""

    entry: Maxout

    def _standard(self, power: int) -> Expr:
        z, k = h, self.entry.inputs
        below = (1 + sympy.erf(z / sympy.sqrt(2))) / 2
        return GaussianExpectation(k * z**power * below ** (k - 1), z, sympy.Integer(1))

    def number(self, name: str, q: float) -> Number | None:
        """Return the moment at variance ``q``, scaled from q = 1."""
        from varprop.moments.numbers.number import Number
        from varprop.moments.numbers.scalar import expectation

        if name == "derivative_second_moment":
            return Number(1 / self.entry.inputs, 0.0)
        if name == "variance":
            mean = self.number("mean", q)
            square = self.number("second_moment", q)
            return minus(square, times(mean, mean)) if mean and square else None
        power = POWERS.get("second_moment" if name == "length_slope" else name)
        if power is None:
            _check_known(name)
            return None
        number = expectation(self._standard(power).args[0], h, 1.0)
        return scaled(number, 1.0 if name == "length_slope" else q ** (power / 2))

    def closed(self, name: str) -> Expr | None:
        """Return the moment in closed form where the standard integral has one."""
        if name == "derivative_second_moment":
            return sympy.Rational(1, self.entry.inputs)
        if name in POWERS:
            standard = closed_form(self._standard(POWERS[name]))
            half = sympy.Rational(POWERS[name], 2)
            return None if standard is None else standard * q**half
        return _derived(self, name)


@dataclass(frozen=True)
class ConcatenatedMoments(CombinedMoments):
    """x = (relu(h), relu(−h)): moments of each output are relu's, and the two slopes add to 1."""

    entry: ConcatenatedRelu

    @cached_property
    def relu(self) -> Moments:
        """The moments of one output."""
        return Moments(activation("relu").phi)

    def number(self, name: str, q: float) -> Number | None:
        """Return relu's moment, or the slopes of both outputs together."""
        if name == "derivative_mean":
            return None
        number = self.relu.number(name, q)
        return scaled(number, 2.0) if name == "derivative_second_moment" else number

    def closed(self, name: str) -> Expr | None:
        """Return relu's closed form, or the slopes of both outputs together."""
        if name == "derivative_mean":
            return None
        closed = self.relu.closed(name)
        return 2 * closed if name == "derivative_second_moment" and closed is not None else closed


def combined_moments(entry: CombinedEntry) -> CombinedMoments:
    """Return the moments of a combined activation."""
    match entry:
        case GatedPair():
            return ProductMoments(entry)
        case Maxout():
            return MaxoutMoments(entry)
        case ConcatenatedRelu():
            return ConcatenatedMoments(entry)
    raise BadInput(f"{entry.name} is no combined activation")


def _product(left: Expr | None, right: Expr | None) -> Expr | None:
    if 0 in (left, right):
        return sympy.Integer(0)
    return None if left is None or right is None else left * right


def _derived(moments: CombinedMoments, name: str) -> Expr | None:
    """Variance and dE[x²]/dq follow from the mean and the second moment."""
    square, mean = moments.closed("second_moment"), moments.closed("mean")
    if name == "variance":
        return None if square is None or mean is None else square - mean**2
    if name == "length_slope":
        return None if square is None else square.diff(q)
    _check_known(name)
    return None


def _check_known(name: str) -> None:
    """Accept derivative_mean, which has no single answer here: it is one per pre-activation."""
    if name != "derivative_mean":
        raise BadInput(f"no moment {name!r}")
