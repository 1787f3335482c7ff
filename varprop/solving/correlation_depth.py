"""The variance over the data, D = q(1 − c), of two inputs through many layers.

    D' = σ_w²·½ E[(φ(u) − φ(v))²],   u, v ~ N(0, q) of correlation c:

the bias drops out and nothing cancels as c → 1. The expectation comes from Hermite's series where φ
is smooth on the scale √q, else from quadrature in the plane, interpolated in the angle between the
inputs where many layers share one q (all of them, for φ homogeneous of degree 1).
Source: Poole et al. 2016, section 3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from varprop.moments import Moments
from varprop.moments.numbers.prepared import prepared
from varprop.solving.angle_curve import AngleCurve, fitted, interpolated, nodes
from varprop.solving.correlation_loss import squared_distance
from varprop.solving.hermite_series import (
    half_squared_difference,
    mean_product,
    squared_coefficients,
)
from varprop.solving.stability import linear_factor

if TYPE_CHECKING:
    import numpy as np

CHUNK = 512
SAME_Q = 1e-14
FEW = 40
"""Visits to one octave of q before its own interpolant is worth its quadratures."""

OCTAVE = math.log(2.0)


@dataclass(frozen=True)
class Pair:
    """Two inputs at one layer: E[u v] and D = q − E[u v], the smaller of them free of cancellation."""

    product: float
    apart: float

    @property
    def correlation(self) -> float:
        """E[u v]/q."""
        whole = self.product + self.apart
        return self.product / whole if abs(self.product) < self.apart else 1 - self.apart / whole

    @property
    def known(self) -> bool:
        """Whether both are finite and q is positive."""
        return 0 < self.product + self.apart < math.inf


LOST = Pair(math.nan, math.nan)


@dataclass(frozen=True)
class Layer:
    """What a layer adds: its σ_w² and σ_b², and what comes out, q and E[φ²]."""

    sigma_w2: float
    sigma_b2: float
    q: float
    second_moment: float


def pairs(
    moments: Moments, layers: Sequence[Layer], product: float, apart: float
) -> tuple[Pair, ...]:
    """Return the pair after each layer, for inputs x of E[x_a x_b] = ``product``, ``apart`` = E[x²] − it."""
    halves = _Halves(moments)
    first = layers[0]
    here = Pair(first.sigma_w2 * product + first.sigma_b2, first.sigma_w2 * apart)
    found = [here]
    rows = _coefficients(moments, layers)
    for (below, layer), squares in zip(pairwise(layers), rows, strict=False):
        if not (here.known and 0 < below.q < math.inf and layer.q < math.inf):
            here = LOST
        elif squares is not None:
            here = _by_series(here, squares, layer)
        else:
            here = halves.next(here, below, layer)
        found.append(here)
    return tuple(found)


def _by_series(here: Pair, squares: np.ndarray, layer: Layer) -> Pair:
    if here.correlation <= 0.5:
        product = layer.sigma_w2 * mean_product(squares, here.correlation) + layer.sigma_b2
        return Pair(product, layer.q - product)
    distance = here.apart / (here.product + here.apart)
    apart = layer.sigma_w2 * half_squared_difference(squares, distance)
    return Pair(layer.q - apart, apart)


def _coefficients(moments: Moments, layers: Sequence[Layer]) -> Iterator[np.ndarray | None]:
    """Yield Hermite's squared coefficients layer by layer, None where the series has not converged."""
    homogeneous = linear_factor(moments) is not None
    for start in range(0, len(layers), CHUNK):
        chunk = [(layer.q, layer.second_moment) for layer in layers[start : start + CHUNK]]
        inside = dict.fromkeys(p for p in chunk if 0 < p[0] < math.inf and p[1] < math.inf)
        known: dict[tuple[float, float], np.ndarray] = {}
        if inside and not homogeneous:
            table = squared_coefficients(moments.phi, moments.h, *zip(*inside, strict=True))
            known = {
                pair: row for pair, row in zip(inside, table, strict=True) if not math.isnan(row[0])
            }
        yield from (known.get(pair) for pair in chunk)


class _Halves:
    """½ E[(φ(u) − φ(v))²] as a function of q and D, interpolated where layers are many."""

    def __init__(self, moments: Moments) -> None:
        from varprop.solving.correlation import CorrelationMap

        self.moments = moments
        self.power = 1 if CorrelationMap(moments, 1.0, 0.0, 1.0).jumps else 2
        self.homogeneous = linear_factor(moments) is not None
        self.odd = prepared(moments.phi, moments.h).parity[0] == "odd"
        self._curves: dict[float, AngleCurve] = {}
        self._visits: dict[int, int] = {}
        self._orders: dict[int, int] = {}
        self._before = math.nan

    def next(self, here: Pair, below: Layer, layer: Layer) -> Pair:
        """Return the pair after a layer; odd φ keep uncorrelated inputs uncorrelated."""
        if here.product == 0 and self.odd:
            return Pair(layer.sigma_b2, layer.q - layer.sigma_b2)
        apart = layer.sigma_w2 * self(below.q, here.apart)
        return Pair(layer.q - apart, apart)

    def __call__(self, q: float, apart: float) -> float:
        if apart <= 0:
            return 0.0
        angle = 2 * math.asin(min(1.0, math.sqrt(apart / (2 * q))))
        size = (2 * math.sin(angle / 2)) ** self.power
        if self.homogeneous:
            return q * size * self._curve(1.0)(angle)
        if abs(q - self._before) <= SAME_Q * q:
            return size * self._curve(self._before)(angle)
        self._before = q
        return size * self._drifting(q, angle)

    def _drifting(self, q: float, angle: float) -> float:
        """Return the ratio where q changes from layer to layer."""
        octave = math.floor(math.log(q) / OCTAVE)
        self._visits[octave] = self._visits.get(octave, 0) + 1
        if self._visits[octave] <= FEW or self._orders.get(octave, 1) == 0:
            return self._ratio(q, angle)

        def at(t: float) -> float:
            return self._curve(math.exp((octave + (t + 1) / 2) * OCTAVE))(angle)

        if octave not in self._orders:
            found = fitted(at)
            self._orders[octave] = 0 if found is None else len(found) - 1
            return self._ratio(q, angle)
        values = [at(t) for t in nodes(self._orders[octave])]
        return interpolated(values, 2 * (math.log(q) / OCTAVE - octave) - 1)

    def _curve(self, q: float) -> AngleCurve:
        if q not in self._curves:
            self._curves[q] = AngleCurve(lambda angle: self._ratio(q, angle))
        return self._curves[q]

    def _ratio(self, q: float, angle: float) -> float:
        """Return the expectation over (2 sin θ/2)^p, which is smooth in θ."""
        if angle >= SMALL_ANGLE:
            return self._ratio_at(q, angle)
        t = angle / SMALL_ANGLE
        one, two, three = (self._ratio_at(q, k * SMALL_ANGLE) for k in (1, 2, 3))
        return one * (t - 2) * (t - 3) / 2 - two * (t - 1) * (t - 3) + three * (t - 1) * (t - 2) / 2

    def _ratio_at(self, q: float, angle: float) -> float:
        half = math.sin(angle / 2)
        whole = squared_distance(self.moments, q, 2 * half**2)
        return whole / 2 / (2 * half) ** self.power


SMALL_ANGLE = 1e-4
"""Below, φ(s+d) − φ(s−d) of doubles loses its digits; a parabola through 1, 2, 3 times it goes on."""
