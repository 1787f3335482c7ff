"""The safety net: a closed form is compared with quadrature before anyone sees it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sympy import Expr, Rational, Symbol

from varprop.errors import SafetyNet, Undecided
from varprop.moments.expectation import BivariateExpectation, Expectation, GaussianExpectation
from varprop.moments.floats import NoFloat, value_at
from varprop.moments.numeric import quadrature

TOLERANCE = 1e-8
"""Relative to the value, or to 1 where the value is small; far above the quadrature's own error."""

CERTAIN = 1e-11
"""Relative error up to which a float will do for the closed form; beyond, it goes to ``evalf``."""

VARIANCES = (Rational(9, 25), Rational(49, 16), Rational(121, 100))
SHRINKS = (Rational(1), Rational(1, 10**6), Rational(1, 10**20))
"""Factors on the variances; the later ones are for functions beyond double range at the first."""

CORRELATIONS = (Rational(3, 5), Rational(-4, 5), Rational(1, 4))
PARAMETERS = (
    (Rational(7, 10), Rational(13, 10), Rational(2, 5), Rational(9, 10)),
    (Rational(7, 10), Rational(13, 10), Rational(2, 5), Rational(9, 10)),
    (Rational(8, 5), Rational(3, 10), Rational(6, 5), Rational(1, 2)),
)
"""Where closed forms are compared; parameters in the order of their names. Variances are squares,
which keeps √q short; two points share their parameters, so that the quadrature prepares its
integrand twice, not three times."""


def compare(expectation: Expectation, value: Expr) -> None:
    """Compare a closed form with quadrature at several points.

    Raises SafetyNet on a mismatch, and Undecided or SafetyNet where no point could be compared.
    """
    if not any(_compared(expectation, value, shrink) for shrink in SHRINKS):
        for point in points(expectation):
            quadrature(expectation.xreplace(point))
        raise SafetyNet(f"the closed form {value} of {expectation} could not be compared.")


def _compared(expectation: Expectation, value: Expr, shrink: Rational) -> int:
    """Return how many points were compared; raises SafetyNet on a mismatch."""
    conclusive = 0
    for point in points(expectation, shrink):
        closed = _number(value, point)
        if closed is None:
            continue
        held = expectation.xreplace(point)
        number = _observed(held)
        if number is None:
            continue
        observed, bound = number
        allowed = bound + TOLERANCE * max(abs(observed), min(1.0, abs(closed) + bound))
        if abs(closed - observed) > allowed:
            where = ", ".join(f"{symbol} = {x}" for symbol, x in point.items())
            raise SafetyNet(
                f"the closed form {value} of {expectation} is {closed:.12g} at {where}, but "
                f"quadrature gives {observed:.12g} ± {bound:.2g}. This is a defect of varprop: "
                "please report it."
            )
        conclusive += 1
    return conclusive


def _observed(held: Expectation) -> tuple[float, float] | None:
    """Return the quadrature; None where it has no certain digit to compare with."""
    try:
        return quadrature(held)
    except Undecided:
        return None


def points(expectation: Expectation, shrink: Rational = SHRINKS[0]) -> Iterator[dict[Symbol, Expr]]:
    """Yield values for the free symbols; an expectation without symbols has one point."""
    symbols = sorted(expectation.free_symbols, key=lambda symbol: symbol.name)
    kinds = _kinds(expectation)
    varied = False
    for row, variance, correlation in zip(PARAMETERS, VARIANCES, CORRELATIONS, strict=True):
        point: dict[Symbol, Expr] = {}
        for i, symbol in enumerate(symbols):
            point[symbol] = row[i % len(row)] + i // len(row)
            if kinds.get(symbol) == "variance":
                point[symbol] = (variance + Rational(i, 10)) * shrink
            elif kinds.get(symbol) == "correlation":
                point[symbol] = correlation
        if not symbols and varied:
            return
        varied = True
        yield point


def _kinds(expectation: Expectation) -> dict[Symbol, str]:
    """Tell which symbols are variances and which is a correlation."""
    kinds: dict[Symbol, str] = {}
    if isinstance(expectation, GaussianExpectation):
        kinds.update(dict.fromkeys(expectation.law[0].free_symbols, "variance"))
    elif isinstance(expectation, BivariateExpectation):
        q_u, q_v, c = (part.free_symbols for part in expectation.law)
        kinds.update(dict.fromkeys(q_u | q_v, "variance"))
        kinds.update(dict.fromkeys(c, "correlation"))
    return kinds


def _number(value: Expr, point: dict[Symbol, Expr]) -> float | None:
    """Return a closed form as a float; None where it says that it is infinite or undefined."""
    try:
        found, error = value_at(value, {symbol: float(x) for symbol, x in point.items()})
    except NoFloat:
        return _precise(value.xreplace(point))
    return found if error <= CERTAIN * abs(found) else _precise(value.xreplace(point))


def _precise(value: Expr) -> float | None:
    number = value.evalf(17)
    if number.is_finite is False or not number.is_number:
        return None
    result = complex(number)
    if abs(result.imag) > 1e-12 * abs(result):
        return None
    return result.real if math.isfinite(result.real) else None
