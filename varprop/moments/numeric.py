"""Numbers for held expectations without free symbols: floats with a bound, or many digits."""

from __future__ import annotations

import mpmath
import sympy
from sympy import Expr

from varprop.errors import Undecided
from varprop.moments.expectation import (
    BivariateExpectation,
    Expectation,
    GaussianExpectation,
    UniformExpectation,
)
from varprop.moments.quick import quick
from varprop.moments.roots import at_most

Enclosed = tuple[float, float]


def quadrature(held: Expectation) -> Enclosed | None:
    """Return (value, error bound) by quadrature; None beyond double range.

    Raises Divergent where the integral is infinite.
    """
    if isinstance(held, GaussianExpectation):
        f, h, q, mean = held.args
        if q == 0:
            return float(f.xreplace({h: mean})), 0.0
        found = quick(f, h, float(q), float(mean))
        if found is not None:
            return found
        from varprop.moments.numbers.scalar import expectation

        number = expectation(f, h, float(q), float(mean))
        return None if number.value is None else (number.value, number.bound)
    if isinstance(held, BivariateExpectation):
        from varprop.moments.plane import on_plane

        return on_plane(held)
    assert isinstance(held, UniformExpectation)
    value = uniform_digits(held, 20)
    return float(value), 1e-15 * abs(float(value))


def evaluate(held: Expectation, precision: int) -> Expr:
    """Return the expectation as a Float with ``precision`` right bits.

    A closed form is evaluated; without one, quadrature. Raises Divergent, Undecided.
    """
    from varprop.moments.closed import closed_form

    digits = mpmath.libmp.prec_to_dps(precision)
    closed = closed_form(held)
    if closed is not None:
        return closed.evalf(digits) if not closed.is_number else sympy.N(closed, digits)
    if isinstance(held, GaussianExpectation):
        from varprop.moments.numbers.digits import digits as gaussian_digits

        f, h, q, mean = held.args
        return gaussian_digits(f, h, q, digits, mean)
    if isinstance(held, UniformExpectation):
        return sympy.Float(uniform_digits(held, digits + 5), digits)
    from varprop.moments.plane_digits import plane_digits

    return plane_digits(held, digits)


def uniform_digits(held: UniformExpectation, digits: int) -> mpmath.mpf:
    """Return a uniform expectation by mpmath on the pieces of its integrand."""
    f, h, low, high = held.args
    inside = [k for k in _kinks(f, h) if not (at_most(k, low) or at_most(high, k))]
    function = sympy.lambdify(h, f, "mpmath")
    with mpmath.workdps(digits + 10):
        ends = [mpmath.mpf(sympy.N(x, digits + 10)) for x in (low, *inside, high)]
        total, error = mpmath.quad(function, ends, error=True)
        if error > mpmath.mpf(10) ** (-digits) * max(abs(total), 1):
            raise Undecided(f"quadrature of {held} reached only ± {mpmath.nstr(error, 2)}.")
        return total / (ends[-1] - ends[0])


def _kinks(f: Expr, h: sympy.Symbol) -> tuple[Expr, ...]:
    from varprop.moments.pieces import kinks

    return kinks(f, h)
