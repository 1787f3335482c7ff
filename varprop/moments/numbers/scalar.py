"""One moment at one variance in pure Python: adaptive Gauss-Kronrod panels, an honest bound."""

from __future__ import annotations

from math import exp, inf, nextafter, pi, sqrt

from sympy import Expr, Symbol

from varprop.errors import BadInput, Undecided
from varprop.moments.numbers.combine import MOMENTS, NAMES, Integrand, centred, stretched
from varprop.moments.numbers.number import NO_DIGIT, SMALLEST, UNIT, Number, check_variance
from varprop.moments.numbers.panel import Integral
from varprop.moments.numbers.panels import integrate
from varprop.moments.numbers.prepared import Prepared, prepared


def expectation(f: Expr, h: Symbol, q: float, mean: float = 0.0) -> Number:
    """Return E[f(h)] for h ~ N(mean, var=q) with an absolute error bound.

    Raises Divergent when it is infinite, BadInput when q is not positive or f has free symbols.
    """
    check_variance(q)
    integrand = prepared(f, h)
    parity = integrand.parity[0] if mean == 0 else None
    return _plain_moment(integrand, "mean", q, mean, parity)


def moment(phi: Expr, h: Symbol, q: float, name: str) -> Number:
    """Return the named moment of φ under h ~ N(0, var=q) with an absolute error bound.

    ``name`` is one of mean, second_moment, fourth_moment, derivative_mean,
    derivative_second_moment, variance, length_slope (dE[φ²]/dq).
    """
    check_variance(q)
    if name == "variance":
        return _variance(prepared(phi, h), q)
    if name == "length_slope":
        return _length_slope(prepared(phi, h, slope=True), q)
    if name not in MOMENTS:
        raise BadInput(f"no moment {name!r}; there are {', '.join(NAMES)}.")
    rule = MOMENTS[name]
    integrand = prepared(phi, h, slope=rule.slope, value=not rule.slope)
    parity = integrand.parity[-1]
    if parity == "odd" and rule.power > 1:
        parity = "even"
    return _plain_moment(integrand, name, q, 0.0, parity)


def _plain_moment(
    integrand: Prepared, name: str, q: float, mean: float, parity: str | None
) -> Number:
    rule = MOMENTS[name]
    kind = rule.kind
    found = integrate(integrand, kind, q, mean, half=parity is not None)
    return _balanced(found) if parity == "odd" else number(found)


def _balanced(found: Integral) -> Number:
    """Return 0 for an odd integrand whose half-line settles; tan has two infinite halves."""
    if found.bound > max(NO_DIGIT * found.absolute, SMALLEST):
        raise Undecided(
            "the two halves of an odd integrand do not settle: the expectation may not exist."
        )
    return Number(0.0, 0.0)


def number(found: Integral) -> Number:
    """Return an integral as a Number: 0 below the smallest, a logarithm beyond double range."""
    if found.log_value is not None:
        return Number(None, found.bound, overflow=True, log_value=found.log_value)
    if abs(found.value) + found.bound < SMALLEST:
        return Number(0.0, SMALLEST)
    return Number(found.value, found.bound)


def _variance(integrand: Prepared, q: float) -> Number:
    """E[(φ − m)²]; an error of m enters squared, because the first order cancels."""
    parity = integrand.parity[0]
    mean = _plain_moment(integrand, "mean", q, 0.0, parity)
    if mean.value is None:
        return _wide_variance(integrand, q)
    kind = Integrand(centred, (0, 2, 0), (mean.value, 0.0))
    found = integrate(integrand, kind, q, 0.0, half=parity is not None)
    return number(found.widened(mean.bound * mean.bound))


def _wide_variance(integrand: Prepared, q: float) -> Number:
    from varprop.moments.numbers.wide import variance

    return number(variance(integrand, q))


def _length_slope(integrand: Prepared, q: float) -> Number:
    """(E[2hφφ'] + Σ k·Δ(φ²)(k)·pdf(k)) / (2q), the sum over the jumps of φ²."""
    parity = integrand.parity[0]
    smooth = integrate(integrand, Integrand(stretched, (1, 1, 1)), q, 0.0, half=parity is not None)
    if smooth.log_value is not None:
        return number(smooth.scaled(1 / q))
    jump, error = jumps(integrand, q)
    return number(smooth.scaled(1 / q).shifted(jump / (2 * q), error / (2 * q)))


def jumps(integrand: Prepared, q: float) -> tuple[float, float]:
    """Return Σ k·Δ(φ²)(k)·pdf(k) over the kinks k, and its error."""
    total = error = 0.0
    for kink in integrand.shape.kinks:
        k = kink.value
        weight = k * exp(-k * k / (2 * q)) / sqrt(2 * pi * q)
        below, above = (integrand.scalar(nextafter(k, side))[:2] for side in (-inf, inf))
        step = above[0] ** 2 - below[0] ** 2
        noise = 2 * UNIT * (abs(above[0]) * above[1] + abs(below[0]) * below[1])
        noise += 8 * UNIT * (above[0] ** 2 + below[0] ** 2)
        if abs(step) > noise:
            total += step * weight
        error += abs(weight) * (noise + abs(step) * UNIT * (8 + 2 * k * k / q))
    return total, error
