"""Where an integrand with unlimited exponents has its mass: sample outwards, climb, descend."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from varprop.errors import Divergent, Undecided, VarpropError
from varprop.moments.numbers.combine import Integrand
from varprop.moments.numbers.functions_mp import context
from varprop.moments.numbers.prepared import Prepared

DIGITS = 40
DEPTH = 60.0
"""Panels reach out until the integrand's logarithm is this far below its peak, 10⁻²⁶ of it."""

STEP = 1.25
REACH = 75
"""The integrand is sampled at ±STEP^k/4 standard deviations for k < REACH (about 4·10⁶)."""

NOTHING = -2000.0
"""A logarithm that leaves any moment below 1e-300, whatever a closer look at the peak may find."""

RUNAWAY = 1e15
"""A logarithm above this is followed no further: exp(exp(h)) has left every computer by then."""

PANEL = 2.0
GOLDEN = (math.sqrt(5) - 1) / 2


class Logarithmic:
    """``kind`` times the density as an mpmath number at z standard deviations.

    ``depth`` says how far below its peak the integrand's logarithm still counts.
    """

    def __init__(
        self, integrand: Prepared, kind: Integrand, q: Any, mean: Any, digits: int = DIGITS,
        depth: float = DEPTH,
    ) -> None:  # fmt: skip
        self.ctx = context(digits)
        self.integrand, self.kind, self.depth = integrand, kind, depth
        self.values = integrand.plain(digits)
        self.mean, self.sigma = self.ctx.mpf(mean), self.ctx.sqrt(self.ctx.mpf(q))
        self.front = 1 / self.ctx.sqrt(2 * self.ctx.pi)
        self.kinks = sorted((k - self.mean) / self.sigma for k in integrand.kinks(digits))

    def __call__(self, z: Any) -> Any:
        """Return the integrand times the standard deviation."""
        h = self.mean + z * self.sigma
        spread = [part for value in self.values(h) for part in (value, self.ctx.zero)]
        return (
            self.kind.combine(h, *spread, *self.kind.shift)[0]
            * self.ctx.exp(-z * z / 2)
            * self.front
        )

    def log(self, z: float) -> float:
        """Return ln |integrand| at z, −inf where it vanishes."""
        value = abs(self(self.ctx.mpf(z)))
        return float(self.ctx.log(value)) if value else -math.inf


def highest_beyond(function: Logarithmic, reach: float) -> float:
    """Return the largest logarithm of the integrand found more than ``reach`` deviations out.

    Raises Divergent when it does not fall off, Undecided when it does so out of reach.
    """
    samples = [*_sampled(function, 1.0), *_sampled(function, -1.0)]
    return max((height for z, height in samples if abs(z) >= reach), default=-math.inf)


def intervals(function: Logarithmic) -> list[tuple[Any, Any]]:
    """Return the first panels, in standard deviations: all places that hold mass.

    Raises Divergent when the integrand does not fall off, Undecided when it does so out of reach.
    """
    samples = sorted({*_sampled(function, 1.0), *_sampled(function, -1.0), *_near_kinks(function)})
    triples = zip(samples, samples[1:], samples[2:], strict=False)
    if max(height for _, height in samples) < NOTHING and function.depth == DEPTH:
        return []
    peaks = [_climbed(function, *triple) for triple in triples]
    found = [peak for peak in peaks if peak is not None]
    best = max((height for _, height in found), default=-math.inf)
    if best == -math.inf:
        return []
    spans = [_descended(function, z, best) for z, height in found if height > best - function.depth]
    return list(_panels(spans, function.kinks))


def _sampled(function: Logarithmic, side: float) -> Iterator[tuple[float, float]]:
    heights: list[float] = []
    for k in range(REACH):
        z = side * STEP**k / 4
        heights.append(function.log(z))
        yield z, heights[-1]
        if heights[-1] > RUNAWAY:
            raise _unbounded(function, side, f"grows beyond e^{RUNAWAY:.0e}")
    fall = heights[-2] - heights[-1]
    if heights[-1] == -math.inf or fall > 2 * function.depth:
        return
    if fall <= math.log(STEP):
        raise _unbounded(function, side, "does not fall off at infinity")
    raise Undecided("the integrand falls off too slowly to tell its expectation.")


def _unbounded(function: Logarithmic, side: float, words: str) -> VarpropError:
    """Return the refusal of an integrand that grows as far as one looks.

    Where a rule proves exponential growth at most, the mass is finite and lies further out.
    """
    if None in function.integrand.growths(int(side)):
        return Divergent(f"the expectation is infinite: the integrand {words}.")
    return Undecided(f"the mass lies too far out to be followed: the integrand {words}.")


def _near_kinks(function: Logarithmic) -> Iterator[tuple[float, float]]:
    for kink in map(float, function.kinks):
        for k in range(-3, 12):
            for side in (1.0, -1.0):
                z = kink + side * 2.0**-k
                yield z, function.log(z)
    yield 1e-9, function.log(1e-9)


def _climbed(
    function: Logarithmic,
    left: tuple[float, float],
    middle: tuple[float, float],
    right: tuple[float, float],
) -> tuple[float, float] | None:
    """Return the peak between three neighbours when the middle one is the highest."""
    if middle[1] < max(left[1], right[1]) or middle[1] == -math.inf:
        return None
    low, high = left[0], right[0]
    best = middle
    while high - low > 0.25:
        a, b = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        at_a, at_b = function.log(a), function.log(b)
        best = max(best, (a, at_a), (b, at_b), key=lambda point: point[1])
        low, high = (low, b) if at_a > at_b else (a, high)
    return best


def _descended(function: Logarithmic, peak: float, best: float) -> tuple[float, float]:
    ends = []
    for side in (-1.0, 1.0):
        z = peak + side * PANEL
        while function.log(z) > best - function.depth or any(
            0 < side * (float(kink) - z) < 4 * PANEL for kink in function.kinks
        ):
            z += side * PANEL
        ends.append(z)
    return ends[0], ends[1]


def _panels(spans: list[tuple[float, float]], kinks: list[Any]) -> Iterator[tuple[Any, Any]]:
    merged: list[list[float]] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], high)
        else:
            merged.append([low, high])
    for low, high in merged:
        count = max(1, math.ceil((high - low) / PANEL))
        ends = {low + (high - low) * k / count for k in range(count + 1)}
        points = sorted({*ends, *(kink for kink in kinks if low < kink < high)})
        yield from pairwise(points)
