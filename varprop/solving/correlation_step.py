"""Two inputs through layers whose φ has kinks: by quadrature in the plane, at as few layers as it takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from varprop.moments import Moments
from varprop.moments.numbers.prepared import prepared
from varprop.propagation.curves import Curve
from varprop.solving.angle_curve import AngleCurve
from varprop.solving.correlation_loss import squared_distance, squared_distances
from varprop.solving.followed import Followed, Values
from varprop.solving.stability import linear_factor

SMALL_ANGLE = 1e-4
"""Below, φ(s+d) − φ(s−d) of doubles loses its digits; a parabola through 1, 2, 3 times it goes on."""

SAME_Q, KEPT = 1e-14, 2e-12
"""Relative changes over a layer that count as none."""


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


@dataclass(frozen=True)
class Layer:
    """What a layer adds: its σ_w² and σ_b², and what comes out, q and E[φ²]."""

    sigma_w2: float
    sigma_b2: float
    q: float
    second_moment: float


Step = tuple[Layer, Layer]
Moved = tuple[float, Pair]
"""κ before a step, and the pair behind it."""


class PlaneSteps:
    """Steps by ½ E[(φ(u) − φ(v))²] and κ as functions of q and of the angle between u and v."""

    def __init__(self, moments: Moments) -> None:
        from varprop.solving.correlation import CorrelationMap

        self.moments = moments
        self.power = 1 if CorrelationMap(moments, 1.0, 0.0, 1.0).jumps else 2
        self.odd = prepared(moments.phi, moments.h).parity[0] == "odd"
        self._steep = Curve(moments, "derivative_second_moment")
        self._steepness = Curve(moments, "derivative_mean")
        self._curves: tuple[AngleCurve, AngleCurve] | None = None
        if linear_factor(moments) is not None:
            self._curves = (
                AngleCurve(lambda angle: self._values(1.0, angle)[0]),
                AngleCurve(lambda angle: self._values(1.0, angle)[1]),
            )

    def follow(self, here: Pair, steps: Sequence[Step]) -> list[Moved]:
        """Return κ and the next pair for each step."""
        found: list[Moved] = []
        course = Followed()
        while len(found) < len(steps):
            start = len(found)
            if (
                found
                and _settled(steps[start - 1], found[-2:])
                and steps[start] == steps[start - 1]
            ):
                found.append(found[-1])
                continue
            block = steps[start : start + course.span]
            moved = self._stretch(here, start, block, course)
            found += moved
            here = moved[-1][1] if moved else here
        return found

    def _stretch(
        self, here: Pair, start: int, block: Sequence[Step], course: Followed
    ) -> list[Moved]:
        """Return the steps of one stretch; none where it was foretold badly."""
        if self._curves is not None or here.apart <= 0 or (self.odd and here.product == 0):
            return [self._plain(here, *block[0])]
        numbers = range(start, start + len(block))
        foretold = course.foretold(numbers[:-1])
        ahead = self._walk(here, block[:-1], foretold or [])
        at_end = ahead[-1][1] if ahead else here
        q = block[-1][0].q
        values = self._values(q, _angle(q, at_end))
        if not course.learn(numbers[-1], values):
            return []
        better = course.foretold(numbers[:-1]) if len(block) > 1 else None
        ahead = self._walk(here, block[:-1], better or [])
        at_end = ahead[-1][1] if ahead else here
        return [*ahead, *self._walk(at_end, block[-1:], [values])]

    def _walk(self, here: Pair, steps: Sequence[Step], values: Sequence[Values]) -> list[Moved]:
        found: list[Moved] = []
        for (below, layer), (ratio, kappa) in zip(steps, values, strict=False):
            here = self._moved(here, below, layer, below.q * ratio)
            found.append((kappa, here))
        return found

    def _moved(self, here: Pair, below: Layer, layer: Layer, ratio: float) -> Pair:
        size = (2 * math.sin(_angle(below.q, here) / 2)) ** self.power
        apart = layer.sigma_w2 * size * ratio
        return Pair(layer.q - apart, apart)

    def _plain(self, here: Pair, below: Layer, layer: Layer) -> Moved:
        """Take one step that needs no forecast."""
        if here.apart <= 0:
            return 1.0, Pair(layer.q, 0.0)
        if self.odd and here.product == 0:
            steep = self._steep(below.q)
            kappa = self._steepness(below.q) ** 2 / steep if steep else math.nan
            return kappa, Pair(layer.sigma_b2, layer.q - layer.sigma_b2)
        assert self._curves is not None
        ratio, kappa = (curve(_angle(below.q, here)) for curve in self._curves)
        return kappa, self._moved(here, below, layer, below.q * ratio)

    def _values(self, q: float, angle: float) -> Values:
        """Return ½ E[(φ(u) − φ(v))²]/(q·(2 sin θ/2)^p), which is smooth in θ, and κ."""
        if angle >= SMALL_ANGLE:
            return self._computed(q, angle)
        t = angle / SMALL_ANGLE
        weights = ((t - 2) * (t - 3) / 2, -(t - 1) * (t - 3), (t - 1) * (t - 2) / 2)
        near = [self._computed(q, k * SMALL_ANGLE) for k in (1, 2, 3)]
        return tuple(
            sum(w * values[k] for w, values in zip(weights, near, strict=True)) for k in (0, 1)
        )

    def _computed(self, q: float, angle: float) -> Values:
        half = math.sin(angle / 2)
        steep = self._steep(q)
        if not steep:
            whole = squared_distance(self.moments, q, 2 * half**2)
            return whole / 2 / q / (2 * half) ** self.power, math.nan
        whole, bent = squared_distances(self.moments, q, 2 * half**2)
        return whole / 2 / q / (2 * half) ** self.power, 1 - bent / 2 / steep


def _settled(step: Step, last: Sequence[Moved]) -> bool:
    """Whether a layer that keeps q has kept D, too."""
    if len(last) < 2 or abs(step[0].q - step[1].q) > SAME_Q * step[1].q:
        return False
    before, after = (pair.apart for _, pair in last)
    return abs(before - after) <= KEPT * after


def _angle(q: float, here: Pair) -> float:
    return 2 * math.asin(min(1.0, math.sqrt(here.apart / (2 * q))))
