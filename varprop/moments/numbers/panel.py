"""One panel of one integral: the rule's value, its estimated error, its rounding."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from varprop.moments.numbers.combine import Integrand
from varprop.moments.numbers.number import UNIT
from varprop.moments.numbers.rule import GAUSS, KRONROD, LADDER, NODES


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Panel:
    """One panel's integral, its estimated error, its ∫|f|, its rounding, and its parent's ∫|f|."""

    low: float
    high: float
    value: float
    error: float
    absolute: float
    rounding: float
    depth: int = 0
    parent: float = math.inf

    @property
    def finite(self) -> bool:
        """Tell whether every value was finite."""
        return math.isfinite(self.rounding) and math.isfinite(self.absolute)


@dataclass(frozen=True)
class Weighted:
    """The integrand times the normal density."""

    function: Callable[[float], tuple[float, ...]]
    kind: Integrand
    q: float
    mean: float

    def at(self, h: float) -> tuple[float, float, float]:
        """Return the integrand times exp(−z²/2), its error, and z²."""
        z2 = (h - self.mean) ** 2 / self.q
        root = math.exp(-0.5 * z2 / self.kind.power)
        columns = [root * part for part in (*self.function(h), *self.kind.shift)]
        return *self.kind.combine(h, *columns), z2

    def panel(self, low: float, high: float, depth: int = 0, parent: float = math.inf) -> Panel:
        """Apply the rule to one panel."""
        middle, half = (low + high) / 2, (high - low) / 2
        front = half / math.sqrt(2 * math.pi * self.q)
        values, noise = [], 0.0
        for node, weight in zip(NODES, KRONROD, strict=True):
            y, error, z2 = self.at(middle + half * node)
            values.append(y)
            noise += weight * (error + abs(y) * (20 + 3 * z2))
        moved = sum(abs(y - x) for x, y in pairwise(values))
        # The nodes are rounded too: that moves the sum by at most (shift of a node)·(variation).
        jitter = 2.0 * max(abs(low), abs(high)) * moved / half
        kronrod = math.fsum(w * y for w, y in zip(KRONROD, values, strict=True))
        absolute = sum(w * abs(y) for w, y in zip(KRONROD, values, strict=True))
        error = estimate(kronrod, values)
        rounding = UNIT * front * (noise + jitter)
        return Panel(
            low, high, front * kronrod, front * error, front * absolute, rounding, depth, parent
        )

    def glance(self, low: float, high: float) -> Panel:
        """Bound a panel by three of its points; only for where they are negligible."""
        largest = 0.0
        for share in (0.04, 0.5, 0.96):
            y = abs(self.at(low + share * (high - low))[0])
            largest = max(largest, y) if y == y else math.inf
        bound = largest * (high - low) / math.sqrt(2 * math.pi * self.q)
        return Panel(low, high, 0.0, bound, bound, 0.0)

    def halves(self, panel: Panel) -> tuple[Panel, Panel]:
        """Apply the rule to both halves."""
        middle = (panel.low + panel.high) / 2
        depth, parent = panel.depth + 1, panel.absolute
        return (
            self.panel(panel.low, middle, depth, parent),
            self.panel(middle, panel.high, depth, parent),
        )


def estimate(kronrod: float, values: list[float]) -> float:
    """Return QUADPACK's estimate of the rule's error on [-1, 1]."""
    gauss = math.fsum(w * y for w, y in zip(GAUSS, values, strict=True))
    difference = abs(kronrod - gauss)
    average = kronrod / 2
    spread = sum(w * abs(y - average) for w, y in zip(KRONROD, values, strict=True))
    if not spread:
        return difference
    return spread * min(1.0, (LADDER * difference / spread) ** 1.5)
