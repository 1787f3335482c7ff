"""Tokens that differ from each other: behind a recurrent layer, or behind a causal mask."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.signal import Gradient, Part, Signal
from varprop.networks.spatial import Space, relative, space_of
from varprop.networks.spatial_kinds import variances
from varprop.networks.spatial_moments import means, profile_of, profiles
from varprop.networks.units import mixed, moments

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


def weighted_places(signal: Signal, arithmetic: Arithmetic, v: Value, bias: Value) -> Space | None:
    """Return how Σ_j w_j x_j + b differs between tokens: v is fan_in·Var(w)."""
    if signal.shape.tokens is None or arithmetic.symbolic:
        return None
    found = profiles(signal, arithmetic)
    if found is None:
        return None
    second, cross = found
    return profile_of(v * second + bias, None if cross is None else v * cross + bias)


def inverse_places(signal: Signal, arithmetic: Arithmetic, square: Value) -> Array | None:
    """Return the variance of all tokens over that of each, None where they are alike."""
    found = None if arithmetic.symbolic else profiles(signal, arithmetic)
    if found is None:
        return None
    each = found[0] - square
    return None if each.min() <= 0 else (signal.second - square) / each


def alike_places(
    signal: Signal, arithmetic: Arithmetic, *, centred: bool
) -> tuple[Signal, Array] | None:
    """Return a signal whose positions are all as the average one, and its variance over that of each.

    Exact for units such as rectified ones, whose law is the same at every position but for its scale.
    """
    found, mean = profiles(signal, arithmetic), means(signal, arithmetic)
    if found is None or mean is None or signal.parts is None:
        return None
    parts = tuple(
        replace(
            p,
            space=None if p.space is None else space_of(None, None, p.space.excess, p.space.phases),
        )
        for p in signal.parts
    )
    each, shares = [moments(part, arithmetic) for part in parts], [part.share for part in parts]
    names = ("second", "mean", "cross")
    sizes: list[Any] = [mixed(shares, [getattr(one, name) for one in each]) for name in names]
    second, middle, cross = sizes
    flat = replace(signal, second=second, mean=middle, cross=cross, parts=parts, space=None)
    taken = (float(middle) ** 2, mean * mean) if centred else (0.0, 0.0)
    spread = found[0] - taken[1]
    return None if spread.min() <= 0 else (flat, (float(second) - taken[0]) / spread)


def at_places(gradient: Gradient, factors: Array) -> Gradient:
    """Return the gradient times a factor for each position."""
    profile = factors if gradient.profile is None else gradient.profile * factors
    return replace(gradient.scaled(float(profile.mean())), profile=relative(profile))


def at_last(signal: Signal, arithmetic: Arithmetic) -> Signal:
    """Return the signal at the last position alone."""
    found = profiles(signal, arithmetic)
    if found is None:
        return signal
    second, cross = found
    value, parts = float(second.flat[-1]), signal.parts
    if parts is not None:
        parts = tuple(_last(part) for part in parts)
    return replace(
        signal,
        second=value,
        mean=signal.mean * (value / signal.second) ** 0.5 if signal.second else signal.mean,
        cross=None if cross is None else float(cross.flat[-1]),
        parts=parts,
        space=None,
    )


def _last(part: Part) -> Part:
    if part.space is None:
        return part
    shared = None if part.covariance is None else part.covariance
    both = None if shared is None else float(part.space.profile(0.0, shared).flat[-1])
    variance = float(variances(part).flat[-1])
    return replace(part, variance=variance, covariance=both, space=None)


def joined_places(
    shares: list[Value], signals: list[Signal], arithmetic: Arithmetic
) -> Space | None:
    """Return how a mixture of units differs between positions, where some of it does."""
    found = [profiles(signal, arithmetic) for signal in signals]
    if all(one is None for one in found):
        return None
    whole = [
        (s.second, s.cross) if one is None else one for s, one in zip(signals, found, strict=True)
    ]
    second: Any = mixed(shares, [w[0] for w in whole])
    return profile_of(second, mixed(shares, [w[1] for w in whole]))


def each_normalised(out: Signal, signal: Signal, arithmetic: Arithmetic, square: Value) -> Signal:
    """Return a norm's output where tokens differ: each is divided by a standard deviation of its own."""
    found = profiles(signal, arithmetic)
    if found is None:
        return out
    import numpy as np

    each = found[0] - square
    inverse = 1 / np.sqrt(each)
    between = None
    if signal.between is not None and len(each) > 1:
        pairs = (inverse.sum() ** 2 - (inverse**2).sum()) / (len(each) * (len(each) - 1))
        between = (signal.between - square) * float(pairs)
    crossed = None if found[1] is None else (found[1] - square) / each
    cross = None if crossed is None else float(crossed.mean())
    flat = profile_of(np.ones(each.shape), crossed)
    parts = out.parts
    if parts is None or not (len(parts) == 1 and parts[0].is_gaussian):
        space = _level(signal.space, flat)
        return replace(out, cross=cross, between=between, space=space)
    space = _level(parts[0].space, flat)
    part = replace(parts[0], covariance=cross, between=between, space=space)
    return replace(out, cross=cross, between=between, parts=(part,), space=space)


def _level(before: Space | None, flat: Space | None) -> Space | None:
    """Return the profiles of positions with one variance, and what pairs of them had in common before."""
    found, profile = before or Space(), flat or Space()
    return space_of(profile.own, profile.shared, found.excess, found.phases)


def at_end(tokens: int) -> Array | None:
    """Return the profile of a gradient that one token has alone."""
    import numpy as np

    found = np.zeros(tokens)
    found[-1] = 1.0
    return relative(found)
