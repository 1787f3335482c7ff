"""Moments of one unit, x = φ(g): at the average position, and at every position."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Expr, S, sympify

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.moments import Moments
from varprop.networks.arithmetic import Arithmetic, Value, slope_pair
from varprop.networks.densities import smoothed, standard_normal
from varprop.networks.shape import Shape
from varprop.networks.signal import Part, Signal, times
from varprop.networks.spatial import Lag, Space, relative, space_of
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

NODES = 9
"""Variances at which a moment is computed to be interpolated over the positions' ones."""

RATIO_NODES = 3

_NOWHERE = Shape(S.One)


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
    if part.law is None:
        return arithmetic.moment(phi, name, part.variance, part.mean)
    integrand = Moments(phi).integrand(name)
    if not arithmetic.symbolic:
        return part.law.expectation(integrand, float(part.mean), float(part.variance) ** 0.5)
    root = arithmetic.sqrt(part.variance)
    degree, ratio = _degree(integrand), sympify(part.mean / root).simplify()
    if degree is None or not ratio.is_number:
        raise BadInput(
            f"{phi} of a maximum over a window has no formula: give numbers instead of symbols, or "
            "take relu."
        )
    return sympify(part.law.expectation(integrand, float(ratio), 1.0)) * root**degree


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
    """Return the moments of φ(g) with g dropped to 0 in a share p of the units."""
    p = part.dropped
    kept = 1 - p
    full = replace(part, variance=part.variance / (kept * kept)) if p != 0 else part
    second, mean = (law_moment(full, part.phi, n, arithmetic) for n in ("second_moment", "mean"))
    cross = _pair(part, part.covariance, arithmetic)
    between = _pair(part, part.between, arithmetic)
    if p == 0:
        return Found(second, mean, cross, between)
    zero = arithmetic.value(part.phi.subs(h, 0))

    def thinned(both: Value | None) -> Value | None:
        if both is None:
            return None
        return kept * kept * both + 2 * p * kept * zero * mean + p * p * zero * zero

    return Found(
        kept * second + p * zero * zero, kept * mean + p * zero, thinned(cross), thinned(between)
    )


def _pair(part: Part, covariance: Value | None, arithmetic: Arithmetic) -> Value | None:
    """Return E[φ(u)φ(v)] of two kept units."""
    if covariance is None:
        return None
    if part.phi == h:
        return covariance / (1 - part.dropped) ** 2 + part.mean * part.mean
    if part.law is not None:
        return _law_pair(part, part.phi, covariance, arithmetic)
    square = (1 - part.dropped) ** 2
    return arithmetic.pair(shifted(part), part.variance / square, covariance / square)


def _law_pair(part: Part, phi: Expr, covariance: Value, arithmetic: Arithmetic) -> Value | None:
    """Return E[φ(g)φ(g̃)] by the part's own law; not followed with formulas or below 0."""
    if part.law is None or arithmetic.symbolic or covariance < 0:
        return None
    mean, std = float(part.mean), float(part.variance) ** 0.5
    return part.law.pair(phi, mean, std, float(covariance / part.variance))


def flattened(part: Part, noise: float, arithmetic: Arithmetic) -> Part:
    """Return x = φ(g) as a unit of its own, whose law is right once N(0, noise) is added."""
    law = part.law or standard_normal()
    atoms, masses = law.atoms(part.phi, float(part.mean), float(part.variance) ** 0.5)
    mean, variance, smooth = smoothed(atoms, masses, float(noise))
    found = averaged(part, arithmetic)
    square = mean * mean
    alone = Signal(_NOWHERE, found.second, mean, found.cross, found.between, (replace(part, share=1),), 1, "")
    return Part(
        part.share,
        variance - noise,
        None if found.cross is None else found.cross - square,
        None if found.between is None else found.between - square,
        mean=mean,
        space=space_after(alone, arithmetic),
        law=smooth,
    )


def shifted(part: Part) -> Expr:
    """Return φ as a function of a centred Gaussian."""
    return part.phi if part.mean == 0 else part.phi.xreplace({h: h + sympify(part.mean)})


def slopes(part: Part, arithmetic: Arithmetic) -> Pair:
    """Return E[φ'(g)²] and E[φ'(u)φ'(v)] where g isn't dropped."""
    if part.phi == h:
        return 1, 1
    square = (1 - part.dropped) * (1 - part.dropped)
    full = replace(part, variance=part.variance / square)
    second = law_moment(full, part.phi, "derivative_second_moment", arithmetic)
    if part.covariance is None:
        return second, None
    if part.law is not None:
        return second, _law_pair(part, Moments(part.phi).derivative, part.covariance, arithmetic)
    return second, slope_pair(arithmetic, shifted(part), full.variance, part.covariance / square)


def mixed(shares: list[Value], values: list[Value | None]) -> Value | None:
    """Return Σ share·value, None where a value is unknown."""
    total: Value = 0
    for share, value in zip(shares, values, strict=True):
        if value is None:
            return None
        total = total + share * value
    return total


def averaged(part: Part, arithmetic: Arithmetic) -> Found:
    """Return the moments averaged over positions."""
    found = moments(part, arithmetic)
    if part.space is None or not part.space.varies:
        return found
    second, cross = seconds(part, arithmetic, found)
    mean = along(part, lambda p: moments(p, arithmetic).mean)
    return Found(
        float(second.mean()),
        float(mean.mean()),
        None if cross is None else float(cross.mean()),
        found.between,
    )


def seconds(part: Part, arithmetic: Arithmetic, found: Found) -> tuple[Array, Array | None]:
    """Return E[x²] and E[x x̃] at every position."""
    second = along(part, lambda p: moments(p, arithmetic).second)
    if found.cross is None:
        return second, None
    ratio = over_correlations(part, lambda p: _ratio(moments(p, arithmetic)))
    return second, second * ratio


def _ratio(found: Found) -> float:
    return 0.0 if not found.second else float(times(found.cross, 1 / found.second) or 0.0)


def along(part: Part, rule: Callable[[Part], Value]) -> Array:
    """Return a moment at every position; computed at nine variances and interpolated."""
    import numpy as np
    from numpy.polynomial import chebyshev

    v = _variances(part)
    lowest, highest = float(v.min()), float(v.max())
    alone = replace(part, covariance=None, between=None, space=None)

    def at(variance: float) -> float:
        root = (variance / part.variance) ** 0.5
        mean = part.mean * root if part.law is not None else part.mean
        return float(rule(replace(alone, variance=variance, mean=mean)))

    if lowest == highest:
        return np.full(v.shape, at(lowest))
    t = np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)
    middle, half = (highest + lowest) / 2, (highest - lowest) / 2
    made = chebyshev.chebfit(t, [at(middle + half * x) for x in t], NODES - 1)
    out: Array = chebyshev.chebval((v - middle) / half, made)
    return out


def _variances(part: Part) -> Array:
    assert part.space is not None
    shared = 0.0 if part.covariance is None else part.covariance
    return part.space.profile(part.variance - shared, shared)


def over_correlations(part: Part, rule: Callable[[Part], float]) -> Array:
    """Return a ratio of moments at every position's correlation, at the average variance."""
    import numpy as np
    from numpy.polynomial import chebyshev

    assert part.space is not None
    v = _variances(part)
    rho = part.space.profile(0.0, part.covariance) / np.where(v > 0, v, 1.0)
    lowest, highest = float(rho.min()), min(1.0, float(rho.max()))
    alone = replace(part, between=None, space=None)

    def at(correlation: float) -> float:
        return rule(replace(alone, covariance=correlation * part.variance))

    if part.law is not None or part.mean != 0 or highest - lowest < 1e-9:
        return np.full(v.shape, at(part.covariance / part.variance))
    t = np.cos(np.pi * (np.arange(RATIO_NODES) + 0.5) / RATIO_NODES)
    middle, half = (highest + lowest) / 2, (highest - lowest) / 2
    made = chebyshev.chebfit(t, [at(middle + half * x) for x in t], RATIO_NODES - 1)
    out: Array = chebyshev.chebval((rho - middle) / half, made)
    return out


def profiles(signal: Signal, arithmetic: Arithmetic) -> tuple[Array, Array | None] | None:
    """Return E[x²] and E[x x̃] at every position, None where all are alike."""
    import numpy as np

    if signal.parts is None:
        space = signal.space
        if space is None or not space.varies:
            return None
        if signal.cross is None:
            return space.profile(signal.second, 0.0), None
        own = signal.second - signal.cross
        return space.profile(own, signal.cross), space.profile(0.0, signal.cross)
    if not any(p.space is not None and p.space.varies for p in signal.parts):
        return None
    total: Array = np.zeros(())
    cross: Array | None = np.zeros(())
    for part in signal.parts:
        found = moments(part, arithmetic)
        if part.space is not None and part.space.varies:
            one, other = seconds(part, arithmetic, found)
        else:
            one, other = found.second, found.cross
        total = total + part.share * one
        cross = None if cross is None or other is None else cross + part.share * other
    return total, cross


def neighbours(signal: Signal, arithmetic: Arithmetic) -> dict[Lag, Value]:
    """Return excess(d) of x itself: (E[x(p) x(p + d)] − E[x x̃])/(E[x²] − E[x x̃]) where not 0."""
    if signal.parts is None:
        return {} if signal.space is None else dict(signal.space.excess)
    lags = {lag for p in signal.parts if p.space is not None for lag in p.space.excess}
    if not lags or signal.cross is None:
        return {}
    found: dict[Lag, Value] = {}
    for lag in lags:
        near: Value = 0
        for part in signal.parts:
            near = near + part.share * _near(part, lag, arithmetic)
        found[lag] = (near - signal.cross) / (signal.second - signal.cross)
    return found


def _near(part: Part, lag: Lag, arithmetic: Arithmetic) -> Value:
    e = 0 if part.space is None else part.space.excess.get(lag, 0)
    covariance = part.covariance + (part.variance - part.covariance) * e
    near = replace(part, covariance=covariance, between=None)
    return moments(near, arithmetic).cross


def space_after(signal: Signal, arithmetic: Arithmetic) -> Space | None:
    """Return how x itself differs between positions, for a signal that loses the law of a unit."""
    found = profiles(signal, arithmetic)
    excess = neighbours(signal, arithmetic)
    if found is None:
        return space_of(excess=excess)
    second, cross = found
    if cross is None:
        return space_of(relative(second), None, excess)
    return space_of(relative(second - cross), relative(cross), excess)
