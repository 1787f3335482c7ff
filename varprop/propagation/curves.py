"""Moments of an activation as fast functions of q: exact where linear in q, else interpolated.

Between q and 2q a moment is interpolated in ln q by Chebyshev's points, each computed by quadrature;
the interpolant is compared with quadrature between its points and refused when it is off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from sympy import Expr

from varprop import notation
from varprop.errors import Undecided
from varprop.moments import Moments

OCTAVE = math.log(2.0)
POINTS = 14
TOLERANCE = 1e-11
SMALLEST, LARGEST = 1e-290, 1e290


@dataclass
class Curve:
    """One moment as a function of q; values are kept per octave and made when first needed.

    ``scale`` is a moment that is never 0 and says what a relative error is relative to.
    """

    moments: Moments
    name: str
    _octaves: dict[int, tuple[float, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look once whether the moment is constant or proportional to q."""
        closed = self.moments.closed(self.name)
        self._constant = _number(closed)
        self._slope = _number(None if closed is None else closed / notation.q)

    def __call__(self, q: float) -> float:
        """Return the moment at q; infinite where it leaves double range."""
        if self._constant is not None:
            return self._constant
        if self._slope is not None:
            return self._slope * q
        if not SMALLEST < q < LARGEST:
            return self._exact(q)
        octave = math.floor(math.log(q) / OCTAVE)
        values = self._octaves.get(octave)
        if values is None:
            values = self._octaves[octave] = self._sample(octave)
        return _interpolate(values, 2 * (math.log(q) / OCTAVE - octave) - 1)

    def _exact(self, q: float) -> float:
        if q == 0 or math.isinf(q):
            return self._exact(SMALLEST) if q == 0 else math.inf
        number = self.moments.number(self.name, q)
        return math.inf if number.value is None else number.value

    def _sample(self, octave: int) -> tuple[float, ...]:
        values = tuple(self._exact(math.exp((octave + (t + 1) / 2) * OCTAVE)) for t in NODES)
        for between in (-0.37, 0.71):
            true = self._exact(math.exp((octave + (between + 1) / 2) * OCTAVE))
            size = max(map(abs, values))
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
