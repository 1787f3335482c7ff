"""Moments of an activation as fast functions of q: exact where linear in q, else interpolated.

Between q and 2q a moment is interpolated in ln q by Chebyshev's points, each computed by quadrature;
the interpolant is compared with quadrature between its points and refused when it is off.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from sympy import Expr, sqrt

from varprop import notation
from varprop.errors import Undecided
from varprop.moments import Moments

OCTAVE = math.log(2.0)
POINTS = 14
TOLERANCE = 1e-11
FEW = 4
"""Values of q met in an octave before it is worth its quadratures."""

SMALLEST, LARGEST = 1e-290, 1e290
CLEAR = 1e6


@dataclass
class Curve:
    """One moment as a function of q; values are kept per octave and made when first needed.

    ``scale`` returns what an error is relative to where the moment itself may vanish.
    """

    moments: Moments
    name: str
    scale: Callable[[float], float] | None = None
    _octaves: dict[int, tuple[float, ...]] = field(default_factory=dict)
    _visits: dict[int, dict[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look once whether the moment is constant or proportional to q or √q."""
        closed = self.moments.closed(self.name)
        self._constant = _number(closed)
        self._slope = _number(None if closed is None else closed / notation.q)
        self._root = _number(None if closed is None else closed / sqrt(notation.q))

    def __call__(self, q: float) -> float:
        """Return the moment at q; infinite where it leaves double range."""
        if self._constant is not None:
            return self._constant
        if self._slope is not None:
            return self._slope * q
        if self._root is not None:
            return self._root * math.sqrt(q)
        if not SMALLEST < q < LARGEST:
            return self._exact(q)
        octave = math.floor(math.log(q) / OCTAVE)
        values = self._octaves.get(octave)
        if values is None:
            seen = self._visits.setdefault(octave, {})
            if q in seen:
                return seen[q]
            if len(seen) < FEW:
                return seen.setdefault(q, self._exact(q))
            values = self._octaves[octave] = self._sample(octave)
        return _interpolate(values, 2 * (math.log(q) / OCTAVE - octave) - 1)

    @cached_property
    def _at_zero(self) -> float:
        """The limit q → 0: a signal below double range counts as none."""
        limit = self._exact(SMALLEST)
        return 0.0 if abs(limit) < math.sqrt(SMALLEST) * CLEAR else limit

    def _exact(self, q: float) -> float:
        if q < SMALLEST or math.isinf(q):
            return self._at_zero if q < SMALLEST else math.inf
        number = self.moments.number(self.name, q)
        return math.inf if number.value is None else number.value

    def _sample(self, octave: int) -> tuple[float, ...]:
        values = tuple(self._exact(math.exp((octave + (t + 1) / 2) * OCTAVE)) for t in NODES)
        for between in (-0.37, 0.71):
            true = self._exact(math.exp((octave + (between + 1) / 2) * OCTAVE))
            size = max(map(abs, values))
            if self.scale is not None:
                size = max(size, self.scale(math.exp(octave * OCTAVE)))
            if abs(_interpolate(values, between) - true) > TOLERANCE * size:
                raise Undecided(
                    f"{self.name} changes too fast near q = {math.exp(octave * OCTAVE):.3g} to be "
                    "followed through many layers."
                )
        return values


NODES = tuple(math.cos(math.pi * k / (POINTS - 1)) for k in range(POINTS))


def _interpolate(values: tuple[float, ...], t: float) -> float:
    """Return the polynomial through the values at Chebyshev's points (barycentric formula)."""
    over = under = 0.0
    for k, (node, value) in enumerate(zip(NODES, values, strict=True)):
        if t == node:
            return value
        weight = (-1) ** k * (0.5 if k in (0, POINTS - 1) else 1.0) / (t - node)
        over += weight * value
        under += weight
    return over / under


def _number(expression: Expr | None) -> float | None:
    if expression is None or expression.free_symbols:
        return None
    return float(expression.evalf(17))
