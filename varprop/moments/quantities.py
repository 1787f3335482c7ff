"""The moments of an activation that initialisation needs, closed, held or as numbers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from sympy import Expr, Function, Piecewise, Rational, Symbol, cos, sin

from varprop.errors import BadInput, did_you_mean
from varprop.moments.closed import closed_form
from varprop.moments.derivatives import derivative
from varprop.moments.expectation import GaussianExpectation
from varprop.moments.quick import is_simple
from varprop.notation import h as preactivation
from varprop.notation import q as variance

if TYPE_CHECKING:
    from varprop.moments.numbers.number import Number

MOMENT_NAMES: dict[str, str] = {
    "mean": "E[φ]",
    "second_moment": "E[φ²]",
    "fourth_moment": "E[φ⁴]",
    "derivative_mean": "E[φ']",
    "derivative_second_moment": "E[φ'²]",
    "variance": "E[φ²] - E[φ]²",
    "length_slope": "d E[φ²] / dq",
}
"""Every moment and what it is; derivatives are almost-everywhere derivatives."""

POWERS: dict[str, tuple[bool, int]] = {
    "mean": (False, 1),
    "second_moment": (False, 2),
    "fourth_moment": (False, 4),
    "derivative_mean": (True, 1),
    "derivative_second_moment": (True, 2),
}
"""Of which function a moment is the mean: of φ or (True) of φ', to which power."""


class Moments:
    """The moments of φ(h) for h ~ N(0, var=q), q = notation.q.

    >>> from sympy import Max
    >>> Moments(Max(0, preactivation)).closed("second_moment")
    q/2
    """

    def __init__(self, phi: Expr, h: Symbol = preactivation) -> None:
        self.phi = phi
        self.h = h

    @cached_property
    def derivative(self) -> Expr:
        """dφ/dh where it exists."""
        return derivative(self.phi, self.h)

    def integrand(self, name: str) -> Expr:
        """Return the function whose expectation the moment is; raises BadInput."""
        if name not in POWERS:
            raise BadInput(
                f"no moment {name!r}. {did_you_mean(name, MOMENT_NAMES)}"
                f"All: {', '.join(MOMENT_NAMES)}."
            )
        of_slope, power = POWERS[name]
        return (self.derivative if of_slope else self.phi) ** power

    def expectation(self, name: str) -> Expr:
        """Return the moment as held expectations in q; raises BadInput for an unknown name."""
        if name == "variance":
            return self.expectation("second_moment") - self.expectation("mean") ** 2
        if name == "length_slope":
            return self.expectation("second_moment").diff(variance)
        return GaussianExpectation(self.integrand(name), self.h, variance)

    def closed(self, name: str) -> Expr | None:
        """Return the moment in closed form in q, or None; raises Divergent and SafetyNet."""
        if name == "variance":
            square, mean = self.closed("second_moment"), self.closed("mean")
            return None if square is None or mean is None else square - mean**2
        if name == "length_slope":
            square = self.closed("second_moment")
            return None if square is None else square.diff(variance)
        return closed_form(self.expectation(name))

    def best(self, name: str) -> Expr:
        """Return the closed form, or the held expectation where there is none."""
        value = self.closed(name)
        return self.expectation(name) if value is None else value

    def number(self, name: str, q: float) -> Number:
        """Return the moment at a variance q with an error bound, without NumPy."""
        exact = self._algebraic(name, q)
        if exact is not None:
            return exact
        wave = self._wave(name)
        if wave is not None:
            from varprop.moments.numbers.closed import evaluate

            return evaluate(wave, variance, q)
        from varprop.moments.numbers.scalar import moment

        return moment(self.phi, self.h, q, name)

    def _algebraic(self, name: str, q: float) -> Number | None:
        """Return a moment of a piecewise polynomial that is a power of q: nothing can cancel."""
        if not is_simple(self.phi) or self.phi.free_symbols - {self.h}:
            return None
        closed = self.closed(name)
        if closed is None or closed.is_Add or closed.has(Function) or not q > 0:
            return None
        from varprop.moments.numbers.number import Number

        value = closed.xreplace({variance: Rational(q)})
        number = float(value if value.is_Rational else value.evalf(20))
        if not 1e-290 < abs(number) < 1e290 and number != 0:
            return None
        return Number(number, 0.0 if value.is_Rational else 2e-16 * abs(number))

    def _wave(self, name: str) -> Expr | None:
        """Return the closed form of a function that swings: quadrature meets every turn of it."""
        if not self.phi.has(sin, cos) or self.phi.free_symbols != {self.h}:
            return None
        closed = self.closed(name)
        return None if closed is None or closed.has(Piecewise) else closed

    def numbers(self, name: str, q: Any) -> tuple[Any, Any]:
        """Return values and error bounds at an array of variances."""
        wave = self._wave(name)
        if wave is not None:
            from varprop.moments.numbers.closed import evaluate_many

            return evaluate_many(wave, variance, q)
        from varprop.moments.numbers.vector import moments

        return moments(self.phi, self.h, q, name)
