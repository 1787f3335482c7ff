"""What positions of different phases share, behind transposed convolutions of a stride above 1.

Two positions meet the same weights only if their distance is a multiple of the stride. What far
positions have in common is then a function of their distance modulo a period,

    Cov(g(p), g(p + d)) = C·share(d mod period) + (V − C)·excess(d),

for one input, and C·share(d mod period) for two of them; share(0) = 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import gcd, lcm, prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.spatial import Window

Value = Any
Lag = tuple[int, ...]


@dataclass(frozen=True)
class Phases:
    """``shares`` lists share(d) for every d modulo ``period``."""

    period: Lag
    shares: Mapping[Lag, Value]

    def at(self, lag: Lag) -> Value:
        """Return the share of C that two positions this far apart have in common."""
        return self.shares[tuple(d % p for d, p in zip(lag, self.period, strict=True))]

    def mapped(self, rule: Callable[[Value], Value]) -> Phases | None:
        """Return the phases with that rule applied to every share, once to equal ones."""
        known: dict[Value, Value] = {}
        for share in self.shares.values():
            if share not in known:
                known[share] = rule(share)
        return phases(self.period, {lag: known[share] for lag, share in self.shares.items()})

    def average(self) -> Value:
        """Return the average share over all pairs of positions of a large map."""
        total: Value = sum(self.shares.values())
        return total / len(self.shares)

    def over_window(self, window: Window, lag: Lag | None = None) -> Value:
        """Return the average share over the taps of one window and those of one this far from it."""
        away = lag or (0,) * len(self.period)
        each = zip(window.kernel, self.period, window.stride, away, strict=True)
        counts = [_met(k, p, (s * d) % p) for k, p, s, d in each]
        total: Value = 0
        for at, share in self.shares.items():
            times = prod(c[d] for c, d in zip(counts, at, strict=True))
            if times:
                total = total + share * times
        return total / prod(window.kernel) ** 2

    def less(self, common: Value, removed: Value) -> Phases | None:
        """Return the phases where that much is taken off every covariance, C = ``common`` before."""
        left = common - removed
        return None if left == 0 else self.mapped(lambda u: (common * u - removed) / left)


def phases(period: Lag, shares: Mapping[Lag, Value]) -> Phases | None:
    """Return the phases, None where all positions share the same."""
    return None if all(share == 1 for share in shares.values()) else Phases(period, shares)


@lru_cache(maxsize=1024)
def _met(count: int, period: int, shift: int) -> tuple[int, ...]:
    """Return how many ordered pairs of taps have each distance modulo the period."""
    found = [0] * period
    for d in range(-(count - 1), count):
        found[(d + shift) % period] += count - abs(d)
    return tuple(found)


def strided_phases(before: Phases | None, stride: Lag) -> Phases | None:
    """Return the phases where only every s-th position is kept."""
    if before is None:
        return None
    period = tuple(p // gcd(p, s) for p, s in zip(before.period, stride, strict=True))
    places = product(*(range(p) for p in period))
    return phases(
        period, {r: before.at(tuple(d * s for d, s in zip(r, stride, strict=True))) for r in places}
    )


def spread_phases(before: Phases | None, stride: Lag) -> Phases | None:
    """Return the phases where positions are put s apart, and those between share nothing with them."""
    if prod(stride) == 1:
        return before
    inner = (1,) * len(stride) if before is None else before.period
    period = tuple(p * s for p, s in zip(inner, stride, strict=True))
    shares: dict[Lag, Value] = {}
    for r in product(*(range(p) for p in period)):
        met = all(d % s == 0 for d, s in zip(r, stride, strict=True))
        at = tuple(d // s for d, s in zip(r, stride, strict=True))
        shares[r] = 0 if not met else 1 if before is None else before.at(at)
    return phases(period, shares)


def pooled_phases(before: Phases | None, window: Window) -> Phases | None:
    """Return the phases of windows' means."""
    if before is None:
        return None
    period = tuple(p // gcd(p, s) for p, s in zip(before.period, window.stride, strict=True))
    found = {r: before.over_window(window, r) for r in product(*(range(p) for p in period))}
    own = found[(0,) * len(period)]
    return None if own == 0 else phases(period, {r: u / own for r, u in found.items()})


def combined_phases(
    each: Sequence[Phases | None], rule: Callable[[list[Value]], Value]
) -> Phases | None:
    """Return the phases whose share is a function of that of several; 1 of those without phases."""
    known = [one for one in each if one is not None]
    if not known:
        return None
    period = tuple(lcm(*(one.period[a] for one in known)) for a in range(len(known[0].period)))
    made: dict[tuple[Value, ...], Value] = {}
    shares: dict[Lag, Value] = {}
    for r in product(*(range(p) for p in period)):
        at = tuple(1 if one is None else one.at(r) for one in each)
        if at not in made:
            made[at] = rule(list(at))
        shares[r] = made[at]
    return phases(period, shares)


def products_of_means(mean: Array, period: Lag) -> dict[Lag, float]:
    """Return E[x(p)]E[x(p + d)] averaged over p for every d modulo the period."""
    import numpy as np

    places = np.full(period, float(mean.mean()))
    for r in np.ndindex(*period):
        held = mean[tuple(slice(d, None, p) for d, p in zip(r, period, strict=True))]
        if held.size:
            places[r] = held.mean()
    axes = tuple(range(len(period)))
    return {
        tuple(r): float((places * np.roll(places, tuple(-d for d in r), axes)).mean())
        for r in np.ndindex(*period)
    }


def pairs_in_phase(window: Window, values: Array, out: Lag, share: Phases) -> Array:
    """Return, for each window, the sum over its ordered pairs of positions of what they share.

    That is the smaller of the two values along every direction, times the share of their distance.
    """
    import numpy as np

    if not values.any():
        return np.zeros(out)
    own, met = _along(window, values, out, share.period)
    total = _weighted(share, [m.sum(axis=1) for m in met])
    alone = _outer([o.sum(axis=0) for o in own])
    held = window.gather(values, out)
    return np.asarray(held * np.where(alone > 0, total / np.where(alone > 0, alone, 1) - 1, 0))


def shared_with_all(values: Array, share: Phases) -> Array:
    """Return the average over all positions of what each one shares with them, its own value included."""
    import numpy as np

    from varprop.networks.spatial import Window

    zeros, ones = (0,) * values.ndim, (1,) * values.ndim
    own, met = _along(Window(values.shape, ones, zeros, ones), values, ones, share.period)
    total = _weighted(share, [m[:, :, 0] for m in met])
    alone = _outer([o[:, 0] for o in own])
    return np.asarray(values * total / np.where(alone > 0, alone, 1) / values.size)


def _along(window: Window, values: Array, out: Lag, period: Lag) -> tuple[list[Array], list[Array]]:
    """Return each direction's own profile (tap, window), and its smaller values by distance and tap."""
    import numpy as np

    own, met = [], []
    for axis, n in enumerate(out):
        others = tuple(a for a in range(values.ndim) if a != axis)
        profile = values.mean(axis=others) / values.mean()
        k, s, p = window.kernel[axis], window.stride[axis], window.padding[axis]
        padded = np.pad(profile, (p, p))
        seen = np.stack([padded[t : t + s * (n - 1) + 1 : s] for t in range(k)])
        least = np.minimum(seen[:, None], seen)
        away = (np.arange(k) - np.arange(k)[:, None]) % period[axis]
        by = [(least * (away == r)[:, :, None]).sum(axis=1) for r in range(period[axis])]
        own.append(seen)
        met.append(np.stack(by))
    return own, met


def _weighted(share: Phases, each: list[Array]) -> Array:
    total: Any = 0.0
    for r, u in share.shares.items():
        if u != 0:
            total = total + float(u) * _outer([m[d] for m, d in zip(each, r, strict=True)])
    return total


def _outer(each: list[Array]) -> Array:
    import numpy as np

    found = np.ones(())
    for one in each:
        found = np.multiply.outer(found, one)
    return np.asarray(found)
