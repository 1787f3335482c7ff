"""Moments of exponentials; those of exp(h²) are finite below a q of their own, infinite from there.

Quadrature fights the integrand's tail at every q, while the closed form is a few elementary
functions; it is evaluated with a running error, and digits are added where it cancels.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sympy import (
    And,
    Expr,
    Function,
    Max,
    Min,
    Piecewise,
    Pow,
    StrictLessThan,
    Symbol,
    cosh,
    exp,
    oo,
    sinh,
)

from varprop.errors import Divergent, Undecided
from varprop.moments import Moments
from varprop.notation import q as variance

if TYPE_CHECKING:
    from varprop.moments.numbers.number import Number

STEEP = (exp, cosh, sinh)


def is_made_of_exponentials(phi: Expr, h: Symbol) -> bool:
    """Whether φ is a sum of products of powers of h and exponentials, or one of them is of h²."""
    steep = [call for call in phi.atoms(Function) if isinstance(call, STEEP)]
    powers = [call.args[0].as_poly(h) for call in steep]
    if any(power is not None and power.degree() >= 2 for power in powers):
        return True
    return (
        bool(steep)
        and phi.atoms(Function) == set(steep)
        and not phi.has(Max, Min, Piecewise)
        and not any(p.exp.is_negative and p.base.has(*STEEP) for p in phi.atoms(Pow))
    )


class GrowingMoments(Moments):
    """Moments read off their closed forms where these are exponentials and powers."""

    @cached_property
    def _forms(self) -> dict[str, tuple[Expr, float] | None]:
        return {}

    def below(self, name: str) -> tuple[Expr, float] | None:
        """Return the elementary closed form and the q from which the moment is infinite; None elsewhere."""
        if name not in self._forms:
            self._forms[name] = _finite_branch(self.closed(name))
        return self._forms[name]

    def closed(self, name: str) -> Expr | None:
        """Return the closed form; where E[φ²] is infinite its slope is, too."""
        found = super().closed(name)
        if name != "length_slope" or not isinstance(found, Piecewise):
            return found
        square = super().closed("second_moment")
        ends = isinstance(square, Piecewise) and square.args[-1][0] == oo
        return Piecewise(*found.args[:-1], (oo, True)) if ends else found

    def number(self, name: str, q: float) -> Number:
        """Return the moment at q; raises Divergent where it is infinite.

        Where the closed form vanishes no digit of it is certain: there quadrature has the bound.
        """
        form = self.below(name)
        if form is None:
            return super().number(name, q)
        from varprop.moments.numbers.closed import evaluate

        self._check(name, q, form[1])
        try:
            return evaluate(form[0], variance, q)
        except Undecided:
            return super().number(name, q)

    def numbers(self, name: str, q: Any) -> tuple[Any, Any]:
        """Return values and error bounds at an array of variances; raises Divergent."""
        form = self.below(name)
        if form is None:
            return super().numbers(name, q)
        import numpy as np

        from varprop.moments.numbers.closed import evaluate_many

        self._check(name, float(np.max(q, initial=0.0)), form[1])
        try:
            return evaluate_many(form[0], variance, q)
        except Undecided:
            return super().numbers(name, q)

    def _check(self, name: str, q: float, limit: float) -> None:
        if q >= limit:
            raise Divergent(f"{name.replace('_', ' ')} is infinite from q = {limit:.6g} on.")


def _finite_branch(closed: Expr | None) -> tuple[Expr, float] | None:
    if closed is None or any(
        not isinstance(f, (*STEEP, Piecewise)) for f in closed.atoms(Function)
    ):
        return None
    if not isinstance(closed, Piecewise):
        return None if closed.has(Piecewise) or not closed.has(variance) else (closed, math.inf)
    value, condition = closed.args[0]
    conditions = condition.args if isinstance(condition, And) else (condition,)
    ends = len(closed.args) == 2 and closed.args[1][0] == oo and not value.has(Piecewise)
    if not ends or not all(isinstance(c, StrictLessThan) and c.lhs == variance for c in conditions):
        return None
    return value, min(float(c.rhs) for c in conditions)
