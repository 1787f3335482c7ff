"""Gradients of different positions that resemble each other, as behind a global average.

A global average hands every position the same δ. Weight layers keep that: two positions d apart meet
the same weights, so that E[δ(p)δ(p + d)]/E[δ²] stays what it was, while an activation takes the share
E[φ'(g(p))φ'(g(p + d))]/E[φ'²] of it. Where windows overlap, or a softmax adds up the gradients of many
tokens, a position adds gradients that are alike, and their sum is far larger than that of independent ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from varprop.frozen import frozen
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.lag_maps import normalised, over_lags, pair_counts
from varprop.networks.lags import Lag
from varprop.networks.phases import combined_phases
from varprop.networks.signal import Gradient, Part
from varprop.networks.spatial import Window
from varprop.networks.units import kept_slopes, mixed, slopes

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

COUNTED = 32
"""Positions in a direction up to which a convolution's pairs are counted one by one."""

Near = Any
"""An array over the lags −(n − 1) … n − 1 of every direction; for tokens one number, their average."""


@frozen
class PlacedGradient(Gradient):
    """A gradient of which ``near`` is E[δ(p)δ(p + d)]/E[δ²], averaged over p; None where it is 0.

    ``near_of_two`` is E[δ(p)δ̃(p + d)]/E[δδ̃] of two inputs, None where it is the same; ``bent`` says that
    an activation's slopes were met last.
    """

    near: Near | None = None
    near_of_two: Near | None = None
    bent: bool = False

    def scaled(self, factor: Value, cross: Value | None = None) -> Gradient:
        """Return both multiplied, positions as alike as before."""
        return placed(
            super().scaled(factor, cross), self.near, two=self.near_of_two, bent=self.bent
        )


def near_of(gradient: Gradient) -> Near | None:
    """Return how alike the gradients of different positions are, None where they are independent."""
    return gradient.near if isinstance(gradient, PlacedGradient) else None


def near_of_two(gradient: Gradient) -> Near | None:
    """Return how alike the gradients of different positions of two inputs are."""
    if isinstance(gradient, PlacedGradient) and gradient.near_of_two is not None:
        return gradient.near_of_two
    return near_of(gradient)


def placed(
    gradient: Gradient, near: Near | None, *, two: Near | None = None, bent: bool = False
) -> Gradient:
    """Return the gradient with that likeness of its positions, ``two`` where that of two inputs differs."""
    kept = (
        gradient.second,
        gradient.cross,
        gradient.profile,
        gradient.by,
        gradient.mirrored,
        gradient.crossed,
    )
    return Gradient(*kept) if near is None else PlacedGradient(*kept, near, two, bent)


def total(gradients: list[Gradient]) -> Gradient:
    """Return the sum of independent gradients, as behind several branches of one input."""
    found = gradients[0]
    for one in gradients[1:]:
        found = _sum(found, one)
    return found


def _sum(one: Gradient, other: Gradient) -> Gradient:
    a, b = near_of(one), near_of(other)
    found = one.joined(other)
    if (a is None and b is None) or not found.second:
        return placed(found, None)
    whole = float(one.second) + float(other.second)
    near = (float(one.second) * _or_zero(a) + float(other.second) * _or_zero(b)) / whole
    return placed(found, near)


def _or_zero(near: Near | None) -> Any:
    return 0.0 if near is None else near


def everywhere_alike(space: tuple[int, ...]) -> Array:
    """Return the likeness of positions that all have the same gradient."""
    import numpy as np

    return np.ones(tuple(2 * n - 1 for n in space))


def apart(near: Near) -> float:
    """Return the average over pairs of different positions."""
    if isinstance(near, float):
        return near
    pairs = pair_counts(near.shape)
    pairs[tuple(n // 2 for n in near.shape)] = 0
    return float((near * pairs).sum() / pairs.sum()) if pairs.sum() else 0.0


def through_weights(
    near: Near | None, window: Window, into: tuple[int, ...], out: tuple[int, ...]
) -> Near | None:
    """Return the likeness before a convolution with fresh weights: at multiples of the stride alone.

    On small maps pairs at the border are counted, on large ones they are left to the profile.
    """
    if near is None or (into == out and set(window.stride) == {1}):
        return near
    if max(into) <= COUNTED:
        return normalised(over_lags(near, window, into, out, same=True))[1]
    return _at_multiples(near, window.stride, into)


def _at_multiples(near: Array, stride: tuple[int, ...], into: tuple[int, ...]) -> Array:
    import numpy as np

    lags = tuple(2 * n - 1 for n in into)
    found = np.zeros(lags)
    from_, to = [], []
    for n, s, count in zip(into, stride, near.shape, strict=True):
        reach = min((n - 1) // s, count // 2)
        from_.append(slice(count // 2 - reach, count // 2 + reach + 1))
        to.append(slice(n - 1 - s * reach, n + s * reach, s))
    found[tuple(to)] = near[tuple(from_)]
    return found


def through_spread(near: Near | None, window: Window, into: tuple[int, ...]) -> Near | None:
    """Return the likeness before a transposed convolution: every s-th lag is seen."""
    if near is None:
        return None
    import numpy as np

    found = near
    for axis, n in enumerate(into):
        middle, s = found.shape[axis] // 2, window.stride[axis]
        at = middle + s * np.arange(-(n - 1), n)
        inside = (at >= 0) & (at < found.shape[axis])
        found = np.take(found, np.clip(at, 0, found.shape[axis] - 1), axis=axis)
        found = found * inside.reshape(-1, *(1,) * (found.ndim - 1 - axis))
    return np.asarray(found)


def through_slopes(
    near: Near | None, before: tuple[Part, ...], after: tuple[Part, ...], arithmetic: Arithmetic
) -> Near | None:
    """Return the likeness before an activation that made ``after`` of ``before``."""
    if near is None:
        return None
    over, under = (slopes_alike(near, parts, arithmetic) for parts in (after, before))
    if over is None or under is None:
        return None
    import numpy as np

    found = np.asarray(near * over / np.where(under == 0, 1.0, under))
    return float(found) if isinstance(near, float) else found


def slopes_alike(near: Near, parts: tuple[Part, ...], arithmetic: Arithmetic) -> Any:
    """Return E[φ'(g(p))φ'(g(p + d))]/E[φ'²] at every lag, 1 at lag 0; None where φ' is 0."""
    own = mixed([p.share for p in parts], [slopes(p, arithmetic)[0] for p in parts])
    if not own:
        return None
    return by_covariance(near, parts, lambda each: _both(parts, each, arithmetic) / float(own))


def by_covariance(
    near: Near, parts: tuple[Part, ...], ratio: Callable[[list[float]], float]
) -> Any:
    """Return a ratio that depends on the covariance of each part's g, at every lag; 1 at lag 0."""
    import numpy as np

    if isinstance(near, float):
        return ratio([0.0 if p.between is None else float(p.between) for p in parts])
    found = np.full(near.shape, ratio([_beside(p, None, 1.0) for p in parts]))
    _by_phase(
        found,
        parts,
        lambda shares: ratio([_beside(p, None, u) for p, u in zip(parts, shares, strict=True)]),
    )
    middle = tuple(n // 2 for n in near.shape)
    for lag in {lag for p in parts if p.space is not None for lag in p.space.excess}:
        at = tuple(m + d for m, d in zip(middle, lag, strict=True))
        if all(0 <= x < n for x, n in zip(at, near.shape, strict=True)):
            found[at] = ratio([_beside(p, lag, _in_phase(p, lag)) for p in parts])
    found[middle] = 1.0
    return found


def _beside(part: Part, lag: Lag | None, share: float) -> float:
    """Return the covariance of g at two positions that share that much of C; None: far apart."""
    common = 0.0 if part.covariance is None else float(part.covariance)
    if part.space is None:
        return common
    return share * common + (float(part.variance) - common) * float(part.space.excess.at(lag))


def _in_phase(part: Part, lag: Lag) -> float:
    apart = None if part.space is None else part.space.phases
    return 1.0 if apart is None else float(apart.at(lag))


def _by_phase(found: Array, parts: tuple[Part, ...], ratio: Callable[[list[float]], float]) -> None:
    """Write the ratio at all lags where positions differ in phase and so share less."""
    each = [None if p.space is None else p.space.phases for p in parts]
    apart = combined_phases(each, lambda shares: ratio([float(u) for u in shares]))
    if apart is None:
        return
    for lag, value in apart.shares.items():
        starts = zip(found.shape, lag, apart.period, strict=True)
        found[tuple(slice((n // 2 + d) % p, None, p) for n, d, p in starts)] = value


def _both(parts: tuple[Part, ...], covariances: list[float], arithmetic: Arithmetic) -> float:
    found = 0.0
    for part, covariance in zip(parts, covariances, strict=True):
        found += float(part.share) * _pair(part, covariance, arithmetic)
    return found


def _pair(part: Part, covariance: float, arithmetic: Arithmetic) -> float:
    """Return E[dx/dg·dx̃/dg̃] of two units with this covariance."""
    found = kept_slopes(replace(part, space=None), covariance, arithmetic)
    return 0.0 if found is None else float(found)


def thinned_near(near: Near | None, p: Value) -> Near | None:
    """Return the likeness before a dropout, whose masks are independent between positions."""
    if near is None:
        return None
    found = near * (1 - p)
    if isinstance(near, float):
        return float(found)
    found[tuple(n // 2 for n in near.shape)] = 1.0
    return found


def among(near: Near | None, space: tuple[Any, ...]) -> Near | None:
    """Return the likeness of positions whose tokens are as alike as that."""
    if near is None:
        return None
    found = near * everywhere_alike(tuple(int(n) for n in space))
    found[tuple(n // 2 for n in found.shape)] = 1.0
    return found
