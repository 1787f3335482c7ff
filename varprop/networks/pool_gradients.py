"""Gradients of pooling windows that overlap: which windows a position, and two of them, get them from."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING

from varprop.networks.arithmetic import Arithmetic
from varprop.networks.gradient_places import Near, slopes_alike
from varprop.networks.lag_maps import normalised, over_lags, pair_counts
from varprop.networks.signal import Part
from varprop.networks.spatial import Window

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

Places = tuple[int, ...]


def overlapping(window: Window) -> bool:
    """Whether two windows share positions."""
    return any(s < k for s, k in zip(window.stride, window.kernel, strict=True))


def nowhere_alike(space: Places) -> Array:
    """Return the likeness of independent positions: 1 at lag 0 alone."""
    import numpy as np

    found = np.zeros(tuple(2 * n - 1 for n in space))
    found[tuple(n - 1 for n in space)] = 1.0
    return found


def before_mean(
    near: Near | None, window: Window, into: Places, out: Places
) -> tuple[float, Near | None]:
    """Return E[δ²] before a mean over windows, over that of independent windows; and its likeness."""
    alone = nowhere_alike(out)
    total = over_lags(alone if near is None else near, window, into, out, same=False)
    if near is None:
        return 1.0, _or_none(normalised(total)[1])
    free = over_lags(alone, window, into, out, same=True)
    middle = tuple(n - 1 for n in into)
    own, found = normalised(total)
    return (own / float(free[middle]) if free[middle] else 1.0), _or_none(found)


def before_maximum(
    near: Near | None,
    window: Window,
    into: Places,
    out: Places,
    before: tuple[Part, ...],
    after: tuple[Part, ...],
    arithmetic: Arithmetic,
) -> tuple[float, Near | None]:
    """Return the same for the largest of windows of exchangeable values, each at one position.

    The activation before the pool will multiply the likeness by its own E[φ'φ'], which is divided
    out; ``after`` are the windows' largest, whose slopes count.
    """
    import numpy as np

    if near is None and not overlapping(window):
        return 1.0, None
    alike = nowhere_alike(out) if near is None else near
    slopes = slopes_alike(alike, after, arithmetic)
    weighted = alike if slopes is None else alike * slopes
    count = prod(window.kernel)
    total = over_lags(weighted, window, into, out, same=False) / count**2
    own = 0.0
    pairs, middle = pair_counts(alike.shape), tuple(n - 1 for n in into)
    for lag in product(*(_meeting(window, axis, n) for axis, n in enumerate(out))):
        at = tuple(n - 1 + d for n, d in zip(out, lag, strict=True))
        away, chance = _joint(window, lag)
        kept = _inside(away, middle)
        places = tuple((away[kept] + middle).T)
        np.add.at(total, places, (chance[kept] - 1 / count**2) * weighted[at] * pairs[at])
        own += float(chance[(away == 0).all(axis=1)].sum() * alike[at] * pairs[at])
    total[middle] = own
    usual = slopes_alike(alike if total.shape == alike.shape else total, before, arithmetic)
    found = normalised(total)[1]
    if usual is not None:
        found = np.where(usual != 0, found / np.where(usual == 0, 1.0, usual), 0.0)
    return own / prod(out), _or_none(found)


def _meeting(window: Window, axis: int, count: int) -> range:
    """Return the lags of windows that share positions along one direction."""
    reach = min((window.kernel[axis] - 1) // window.stride[axis], count - 1)
    return range(-reach, reach + 1)


def _inside(away: Array, middle: Places) -> Array:
    import numpy as np

    return np.asarray((np.abs(away) <= np.array(middle)).all(axis=1))


def _joint(window: Window, lag: Places) -> tuple[Array, Array]:
    """Return, for every pair of taps of two windows ``lag`` apart, how far apart they are and the
    chance that both are their window's largest.

    Of u values in the union, one of those in common is the largest of both windows with 1/u. One
    outside is the largest of all and one in common the largest of its own k with 1/(u k); what is left
    of 1 falls to pairs that both lie outside.
    """
    import numpy as np

    taps = np.array(list(np.ndindex(*window.kernel)))
    step = np.array(lag) * np.array(window.stride)
    size = np.array(window.kernel)
    first = ((taps - step >= 0) & (taps - step < size)).all(axis=1)
    second = ((taps + step >= 0) & (taps + step < size)).all(axis=1)
    k, common = len(taps), int(first.sum())
    union, outside = 2 * k - common, k - common
    away = (taps[None] + step - taps[:, None]).reshape(-1, taps.shape[1])
    same = (away == 0).all(axis=1).reshape(k, k)
    one = first[:, None] != second[None]
    none = ~first[:, None] & ~second[None]
    left = 1.0 - common / union - 2 * outside * common / (union * k)
    chance = np.where(same, 1 / union, np.where(one, 1 / (union * k), 0.0))
    if outside:
        chance = np.where(none, left / outside**2, chance)
    return away, chance.ravel()


def _or_none(near: Array) -> Near | None:
    """Return the likeness, None where different positions are independent."""
    import numpy as np

    return near if float(np.abs(near).sum()) > 1.0 + 1e-12 else None
