"""Moments of one unit, x = φ(g), at the average position."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sympy import Expr, Float, sympify

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.arithmetic import Arithmetic, Value, slope_pair
from varprop.networks.signal import Part
from varprop.notation import h
from varprop.propagation.feed import moments_of


@frozen
class Found:
    """E[x²], E[x] and E[x x̃] of one part, for two inputs and for two tokens."""

    second: Value
    mean: Value
    cross: Value | None
    between: Value | None


Pair = tuple[Value, Value | None]
"""E[φ'(g)²] and E[φ'(u)φ'(v)]."""


def law_moment(part: Part, phi: Expr, name: str, arithmetic: Arithmetic) -> Value:
    """Return the moment of that name of φ(g) by the part's own law.

    With formulas, φ must be positively homogeneous, so that a power of the variance is all that is
    left; raises BadInput else.
    """
    factor, phi = _apart(phi)
    if factor != 1:
        power = 1 if name == "mean" else 2
        return factor**power * law_moment(part, phi, name, arithmetic)
    if part.law is None:
        return arithmetic.moment(phi, name, part.variance, part.mean)
    integrand = moments_of(phi).integrand(name)
    return _scaled(part, integrand, arithmetic, part.law.expectation)


def _apart(phi: Expr) -> tuple[Value, Expr]:
    """Return a computed factor and the rest, whose closed forms and series are shared by all factors."""
    if not phi.is_Mul:
        return 1, phi
    factor, rest = phi.as_coeff_Mul()
    return (float(factor), rest) if factor.is_Float else (1, phi)


def _scaled(
    part: Part, function: Expr, arithmetic: Arithmetic, rule: Callable[[Expr, float, float], float]
) -> Value:
    """Return rule(f, mean, std) for numbers; for formulas a number times a power of std."""
    if not arithmetic.symbolic:
        return rule(function, float(part.mean), float(part.variance) ** 0.5)
    root = arithmetic.sqrt(part.variance)
    degree, ratio = _degree(function), sympify(part.mean / root).simplify()
    if degree is None or not ratio.is_number:
        raise BadInput(
            f"{part.phi} of a maximum over a window has no formula: give numbers instead of symbols, "
            "or take relu."
        )
    return collapsed(sympify(rule(function, float(ratio), 1.0)) * root**degree)


def collapsed(value: Value) -> Value:
    """Return a number that is in part a float as one float, so that formulas don't grow around it."""
    found = sympify(value)
    return found.evalf(17) if found.is_number and found.has(Float) else found


def _degree(function: Expr) -> int | None:
    """Return the n with f(2h) = 2^n f(h) for 0, 1 and 2, None for others."""
    for n in (0, 1, 2):
        if all(
            abs(function.subs(h, 2 * x) - 2**n * function.subs(h, x)).evalf() < 1e-12
            for x in (sympify("1/3"), sympify("-7/5"))
        ):
            return n
    return None


def moments(part: Part, arithmetic: Arithmetic) -> Found:
    """Return the moments of φ(g), and of what dropped units hold."""
    return Found(
        second_moment(part, arithmetic),
        mean_of(part, arithmetic),
        cross_moment(part, arithmetic),
        thinned(part, pair_moment(part, part.between, arithmetic), arithmetic),
    )


def second_moment(part: Part, arithmetic: Arithmetic) -> Value:
    """Return E[x²]."""
    second = law_moment(part, part.phi, "second_moment", arithmetic)
    if not part.lost:
        return second
    return (1 - part.dropped) * second + sum(chance * value * value for chance, value in part.lost)


def mean_of(part: Part, arithmetic: Arithmetic) -> Value:
    """Return E[x]."""
    mean = law_moment(part, part.phi, "mean", arithmetic)
    return mean if not part.lost else (1 - part.dropped) * mean + _held(part)


def cross_moment(part: Part, arithmetic: Arithmetic) -> Value | None:
    """Return E[x x̃] of two inputs, None where it isn't followed."""
    cross = pair_moment(part, part.covariance, arithmetic)
    if arithmetic.symbolic and cross is not None:
        cross = collapsed(cross)
    return thinned(part, cross, arithmetic)


def _held(part: Part) -> Value:
    """Return what dropped units add to the mean."""
    return sum(chance * value for chance, value in part.lost)


def thinned(part: Part, both: Value | None, arithmetic: Arithmetic) -> Value | None:
    """Return E[x x̃] with each of two units dropped by itself, from that of two kept ones."""
    if both is None or not part.lost:
        return both
    kept, held = 1 - part.dropped, _held(part)
    if held == 0:
        return kept * kept * both
    mean = law_moment(part, part.phi, "mean", arithmetic)
    return kept * kept * both + 2 * kept * mean * held + held * held


def pair_moment(part: Part, covariance: Value | None, arithmetic: Arithmetic) -> Value | None:
    """Return E[φ(u)φ(v)] of two kept units."""
    if covariance is None:
        return None
    if part.phi == h:
        return covariance + part.mean * part.mean
    factor, phi = _apart(part.phi)
    if factor != 1:
        found = pair_moment(replace(part, phi=phi), covariance, arithmetic)
        return None if found is None else factor * factor * found
    if part.law is not None:
        return _law_pair(part, part.phi, covariance, arithmetic)
    return arithmetic.pair(shifted(part), part.variance, covariance)


def _law_pair(part: Part, phi: Expr, covariance: Value, arithmetic: Arithmetic) -> Value | None:
    """Return E[φ(g)φ(g̃)] by the part's own law; not followed where the correlation is a symbol."""
    correlation = covariance / part.variance
    if arithmetic.symbolic:
        correlation = sympify(correlation).simplify()
        if not correlation.is_number:
            return None
    if part.law is None:
        return None
    pair, rho = part.law.pair, float(correlation)

    def rule(_: Expr, mean: float, std: float) -> float:
        return pair(phi, mean, std, rho)

    return _scaled(part, phi * phi, arithmetic, rule)


def shifted(part: Part) -> Expr:
    """Return φ as a function of a centred Gaussian."""
    return part.phi if part.mean == 0 else part.phi.xreplace({h: h + sympify(part.mean)})


def slopes(part: Part, arithmetic: Arithmetic) -> Pair:
    """Return E[(dx/dg)²] and E[dx/dg·dx̃/dg̃]: those of φ' where the unit isn't dropped, 0 else."""
    kept = 1 - part.dropped
    if part.phi == h:
        return kept, kept * kept
    second = kept * law_moment(part, part.phi, "derivative_second_moment", arithmetic)
    if part.covariance is None:
        return second, None
    return second, kept_slopes(part, part.covariance, arithmetic)


def kept_slopes(part: Part, covariance: Value, arithmetic: Arithmetic) -> Value | None:
    """Return E[dx/dg·dx̃/dg̃] of two units with this covariance."""
    kept = 1 - part.dropped
    if part.phi == h:
        return kept * kept
    factor, phi = _apart(part.phi)
    square = (factor * kept) ** 2
    if phi == h:
        return square
    alone = replace(part, phi=phi)
    if part.law is None:
        return square * slope_pair(arithmetic, shifted(alone), part.variance, covariance)
    found = _law_pair(alone, moments_of(phi).derivative, covariance, arithmetic)
    return None if found is None else square * found


def mixed(shares: list[Value], values: list[Value | None]) -> Value | None:
    """Return Σ share·value for shares that add up to 1, None where a value is unknown."""
    if isinstance(values[0], Expr) and all(value == values[0] for value in values):
        return values[0]
    total: Value = 0
    for share, value in zip(shares, values, strict=True):
        if value is None:
            return None
        total = total + share * value
    return total
