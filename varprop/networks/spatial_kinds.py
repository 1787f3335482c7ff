"""Few kinds of positions: behind transposed convolutions some have more terms than others, or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from varprop.networks.signal import Part

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

MOST = 9
"""Kinds of positions up to which each is told apart."""

UNEVEN = 0.3
"""Smallest over largest variance below which few kinds of positions are told apart."""

SAME = 1e-10
"""Share of the largest variance within which two positions are of one kind."""


def kinds_of(part: Part) -> tuple[Array, Array] | None:
    """Return the places of few kinds of positions, and the kind of every position; None where it isn't so.

    Behind a transposed convolution of a stride above its kernel some positions have no terms at all:
    moments as functions of Var g aren't smooth there.
    """
    import numpy as np

    v = variances(part)
    uneven = float(v.min()) < UNEVEN * float(v.max())
    if part.space is None or not (uneven or part.space.phases):
        return None
    common = part.space.profile(0.0, float(part.covariance or 0.0))
    pairs = (v + 1j * common).ravel() / (float(v.max()) or 1.0)
    kind = np.full(len(pairs), -1)
    first: list[int] = []
    while len(first) < MOST and kind.min() < 0:
        first.append(int(kind.argmin()))
        kind[(kind < 0) & (abs(pairs - pairs[first[-1]]) <= SAME)] = len(first) - 1
    return (np.array(first), kind.reshape(v.shape)) if kind.min() >= 0 else None


def variances(part: Part) -> Array:
    """Return Var g at every position."""
    assert part.space is not None
    shared = 0.0 if part.covariance is None else part.covariance
    return part.space.profile(part.variance - shared, shared)


def each_kind(part: Part, place: int, rule: Callable[[Part], float], nothing: float) -> float:
    """Return a rule at one place's own variance and covariance; ``nothing`` where g is 0."""
    assert part.space is not None
    v = float(variances(part).ravel()[place])
    if v <= 0:
        return nothing
    common = part.space.profile(0.0, float(part.covariance or 0.0)).ravel()
    held = float(common[0 if common.size == 1 else place])
    return rule(replace(part, variance=v, covariance=held, between=None, space=None))
