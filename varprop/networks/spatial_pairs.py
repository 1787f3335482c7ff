"""What two positions have in common: neighbours, and positions far apart by their phase."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import prod

from sympy import Rational, S

from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.densities import smoothed, standard_normal
from varprop.networks.lags import NO_LAGS, Lag, Lags, by_lag, over
from varprop.networks.phases import Phases, combined_phases, phases, products_of_means
from varprop.networks.shape import Shape
from varprop.networks.signal import Part, Signal
from varprop.networks.spatial import Space, Window, space_of
from varprop.networks.spatial_moments import at_positions, means, profile_of, profiles, varying
from varprop.networks.units import mean_of, mixed, pair_moment, thinned

_NOWHERE = Shape(S.One)


def flattened(part: Part, noise: float, arithmetic: Arithmetic) -> Part:
    """Return x = φ(g) as a unit of its own, whose law is right once N(0, noise) is added."""
    law = part.law or standard_normal()
    atoms, masses = law.atoms(part.phi, float(part.mean), float(part.variance) ** 0.5)
    mean, variance, smooth = smoothed(atoms, masses, float(noise))
    found, *places = at_positions(part, arithmetic)
    square = mean * mean
    alone = Signal(
        _NOWHERE, found.second, mean, found.cross, found.between, (replace(part, share=1),), 1, ""
    )
    flat = profile_of(*places) if varying((part,)) else None
    uneven = (None, None) if flat is None else (flat.own, flat.shared)
    return Part(
        part.share,
        variance - noise,
        None if found.cross is None else found.cross - square,
        None if found.between is None else found.between - square,
        mean=mean,
        space=space_of(*uneven, neighbours(alone, arithmetic), in_phase(alone, arithmetic)[0]),
        law=smooth,
    )


def neighbours(signal: Signal, arithmetic: Arithmetic) -> Lags:
    """Return excess(d) of x itself: (E[x(p) x(p + d)] − E[x x̃])/(E[x²] − E[x x̃])."""
    if signal.parts is None:
        return NO_LAGS if signal.space is None else signal.space.excess
    each = [NO_LAGS if p.space is None else p.space.excess for p in signal.parts]
    if all(one.empty for one in each) or signal.cross is None:
        return NO_LAGS
    known: dict[tuple[Value, ...], Value] = {}
    uneven = varying(signal.parts)

    def rule(lag: Lag | None) -> Value:
        assert signal.parts is not None
        found = tuple(_beside(p, lag) for p in signal.parts)
        if all(e == 1 for e, _ in found):
            return 1
        if found not in known:
            near, far = _all_near(signal.parts, found, arithmetic), signal.cross
            if uneven or any(u != 1 for _, u in found):
                far = _all_near(signal.parts, tuple((0, u) for _, u in found), arithmetic)
            known[found] = over(near - far, signal.second - signal.cross)
        return known[found]

    return by_lag(each, rule)


def in_phase(signal: Signal, arithmetic: Arithmetic) -> tuple[Phases | None, Phases | None]:
    """Return the share of E[x x̃] that far positions have in common, by phase.

    The second is that of what lies beyond the product of their means, where these are followed.
    """
    if signal.parts is None:
        found = None if signal.space is None else signal.space.phases
        return found, found
    each = [None if p.space is None else p.space.phases for p in signal.parts]
    if not any(each) or signal.cross is None or signal.cross == 0:
        return None, None
    parts = signal.parts
    near = combined_phases(each, lambda us: _all_near(parts, tuple((0, u) for u in us), arithmetic))
    if near is None:
        return None, None
    own = near.at((0,) * len(near.period))
    mean = None if arithmetic.symbolic else means(signal, arithmetic)
    if mean is None:
        found = near.mapped(lambda both: both / own)
        return found, found
    level: Value = mixed([p.share for p in parts], [mean_of(p, arithmetic) for p in parts])
    flat = level * level
    beyond = near.mapped(lambda both: (both - flat) / (own - flat) if own != flat else 1.0)
    both = products_of_means(mean, near.period)
    zero, cross = both[(0,) * len(near.period)], float(signal.cross)
    shares = {
        r: (m + (1.0 if beyond is None else float(beyond.at(r))) * (cross - zero)) / cross
        for r, m in both.items()
    }
    return phases(near.period, shares), beyond


def near_in(window: Window, signal: Signal, arithmetic: Arithmetic) -> tuple[Value, Value]:
    """Return E[x(p) x(p')] over pairs of different taps: E[x x̃] of these taps, and what is beyond it."""
    excess, apart = neighbours(signal, arithmetic), in_phase(signal, arithmetic)[0]
    taps, to = prod(window.kernel), arithmetic.value
    beyond, shared = to(0), to(0)
    for away in product(*(range(1 - k, k) for k in window.kernel)):
        if any(away):
            count = prod(k - abs(a) for k, a in zip(window.kernel, away, strict=True))
            held = to(Rational(count, taps * (taps - 1)))
            lag = tuple(d * a for d, a in zip(window.dilation, away, strict=True))
            shared = shared + held * (1 if apart is None else apart.at(lag))
            beyond = beyond + held * excess.at(lag)
    return (signal.second - signal.cross) * beyond, signal.cross * shared


def _beside(part: Part, lag: Lag | None) -> tuple[Value, Value]:
    """Return the excess at that lag, and the share of C; None stands for all other lags."""
    if part.space is None:
        return 0, 1
    excess, apart = part.space.excess.at(lag), part.space.phases
    if lag is None:
        return excess, 1 if apart is None else apart.average()
    return excess, 1 if apart is None else apart.at(lag)


def _all_near(
    parts: tuple[Part, ...], each: tuple[tuple[Value, Value], ...], arithmetic: Arithmetic
) -> Value:
    near = [_near(p, e, u, arithmetic) for p, (e, u) in zip(parts, each, strict=True)]
    return mixed([p.share for p in parts], near)


def _near(part: Part, excess: Value, share: Value, arithmetic: Arithmetic) -> Value | None:
    """Return E[x(p) x(p + d)] where the units have this excess and share of C."""
    covariance = part.covariance * share + (part.variance - part.covariance) * excess
    return thinned(part, pair_moment(part, covariance, arithmetic), arithmetic)


def space_after(signal: Signal, arithmetic: Arithmetic) -> Space | None:
    """Return how x itself differs between positions, for a signal that loses the law of a unit."""
    found = profiles(signal, arithmetic)
    flat = None if found is None else profile_of(*found)
    excess, apart = neighbours(signal, arithmetic), in_phase(signal, arithmetic)[0]
    own, shared = (None, None) if flat is None else (flat.own, flat.shared)
    return space_of(own, shared, excess, apart)
