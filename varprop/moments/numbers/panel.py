"""One panel of one integral: the rule's value, its estimated error, its rounding."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import mul, sub

from varprop.frozen import frozen
from varprop.moments.numbers.combine import Integrand
from varprop.moments.numbers.number import UNIT
from varprop.moments.numbers.rule import GAUSS, KRONROD, LADDER, NODES

GLANCED = (0.04, 0.5, 0.96)
ENDLESS_RATIO = 1 - 1e-3


@frozen
class Integral:
    """A value, its absolute error bound, ∫|f|·density; beyond double range the logarithm."""

    value: float
    bound: float
    absolute: float
    log_value: float | None = None

    def widened(self, extra: float) -> Integral:
        """Return the same value with a larger bound."""
        return self if self.log_value is not None else replace(self, bound=self.bound + extra)

    def scaled(self, factor: float) -> Integral:
        """Return ``factor`` times this integral."""
        if self.log_value is not None:
            return replace(self, log_value=self.log_value + math.log(abs(factor)))
        value = self.value * factor
        bound = (self.bound + 3 * UNIT * abs(self.value)) * abs(factor)
        return Integral(value, bound, self.absolute * abs(factor))

    def shifted(self, value: float, error: float) -> Integral:
        """Return this integral plus a number that has an error of its own."""
        total = self.value + value
        return replace(self, value=total, bound=self.bound + error + UNIT * abs(total))


@frozen
class Panel:
    """One panel's integral, its estimated error, its ∫|f|, its rounding, its depth, and for how many
    generations ∫|f| has not fallen."""

    low: float
    high: float
    value: float
    error: float
    absolute: float
    rounding: float
    depth: int = 0
    steady: int = 0

    @property
    def finite(self) -> bool:
        """Tell whether every value was finite."""
        return math.isfinite(self.rounding) and math.isfinite(self.absolute)


@frozen
class Weighted:
    """The integrand times the normal density."""

    function: Callable[[float], tuple[float, ...]]
    kind: Integrand
    q: float
    mean: float

    def at(self, h: float) -> tuple[float, float]:
        """Return the integrand times exp(−z²/2), and its error."""
        (y,), noise = self.sampled([h], [1.0])
        return y, noise

    def sampled(
        self, points: Sequence[float], weights: Sequence[float]
    ) -> tuple[list[float], float]:
        """Return the weighted integrand at points, and the weighted sum of its rounding errors."""
        function, combine, shift, mean = (
            self.function,
            self.kind.combine,
            self.kind.shift,
            self.mean,
        )
        inverse, rate, exp = 1 / self.q, -0.5 / self.kind.power, math.exp
        values, noise = [], 0.0
        for h, weight in zip(points, weights, strict=True):
            z2 = (h - mean) * (h - mean) * inverse
            root = exp(rate * z2)
            y, error = combine(h, *[root * part for part in function(h) + shift])
            values.append(y)
            noise += weight * (error + abs(y) * (20 + 3 * z2))
        return values, noise

    def panel(self, low: float, high: float, parent: Panel | None = None) -> Panel:
        """Apply the rule to one panel."""
        middle, half = (low + high) / 2, (high - low) / 2
        front = half / math.sqrt(2 * math.pi * self.q)
        values, noise = self.sampled([middle + half * node for node in NODES], KRONROD)
        if not all(map(math.isfinite, values)):
            return Panel(low, high, math.nan, math.inf, math.inf, math.inf)
        sizes = list(map(abs, values))
        # The nodes are rounded too: that moves the sum by at most (shift of a node)·(variation).
        moved = sum(map(abs, map(sub, values[1:], values[:-1])))
        jitter = 2.0 * max(abs(low), abs(high)) * moved / half
        kronrod = math.fsum(map(mul, KRONROD, values))
        absolute = front * sum(map(mul, KRONROD, sizes))
        depth = 0 if parent is None else parent.depth + 1
        steady = 0
        if parent is not None and absolute >= ENDLESS_RATIO * parent.absolute:
            steady = parent.steady + 1
        error, rounding = front * estimate(kronrod, values), UNIT * front * (noise + jitter)
        return Panel(low, high, front * kronrod, error, absolute, rounding, depth, steady)

    def again(self, panel: Panel) -> Panel:
        """Apply the rule to the same panel once more."""
        found = self.panel(panel.low, panel.high)
        return replace(found, depth=panel.depth, steady=panel.steady)

    def glance(self, low: float, high: float) -> Panel:
        """Bound a panel by three of its points; only for where they are negligible."""
        points = [low + share * (high - low) for share in GLANCED]
        values, _ = self.sampled(points, GLANCED)
        largest = max(map(abs, values)) if all(map(math.isfinite, values)) else math.inf
        bound = largest * (high - low) / math.sqrt(2 * math.pi * self.q)
        return Panel(low, high, 0.0, bound, bound, 0.0)

    def halves(self, panel: Panel) -> tuple[Panel, Panel]:
        """Apply the rule to both halves."""
        middle = (panel.low + panel.high) / 2
        return self.panel(panel.low, middle, panel), self.panel(middle, panel.high, panel)


def estimate(kronrod: float, values: list[float]) -> float:
    """Return QUADPACK's estimate of the rule's error on [-1, 1]."""
    difference = abs(kronrod - math.fsum(map(mul, GAUSS, values)))
    average = kronrod / 2
    spread = sum(map(mul, KRONROD, [abs(y - average) for y in values]))
    if not spread:
        return difference
    return spread * min(1.0, (LADDER * difference / spread) ** 1.5)
