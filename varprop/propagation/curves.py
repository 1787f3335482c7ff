"""Moments of an activation as fast functions of q: exact where linear in q, else interpolated.

Between q and 2q a moment is interpolated in ln q by Chebyshev's points, each computed by quadrature;
the interpolant is compared with quadrature between its points and not used where it is off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sympy import Expr, sqrt

from varprop import notation
from varprop.errors import Divergent
from varprop.moments import Moments
from varprop.moments.numbers.prepared import prepared
from varprop.moments.quantities import POWERS

OCTAVE = math.log(2.0)
POINTS = 14
TOLERANCE = 1e-11
FEW = 2
"""Values of q met in an octave before it is worth its quadratures."""

SMALLEST, LARGEST = 1e-290, 1e290
CLEAR = 1e6
PROBES = (0.31, 1.7)
CLEARLY = 1e-6
"""Share of an integrand by which it must miss a power law for a closed form not to be looked for."""

FAR = 1e36
"""Where what is left beside the leading power of q, q^(1/2) times smaller, is below rounding."""


@dataclass
class Curve:
    """One moment as a function of q; values are kept per octave and made when first needed.

    ``scale`` returns what an error is relative to where the moment itself may vanish.
    """

    moments: Moments
    name: str
    scale: Callable[[float], float] | None = None
    _octaves: dict[int, tuple[float, ...] | None] = field(default_factory=dict)
    _visits: dict[int, dict[float, float]] = field(default_factory=dict)

    _powers: dict[float, tuple[float, float] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look once whether the moment is constant or proportional to q or √q."""
        closed = self.moments.closed(self.name) if scales(self.moments, self.name) else None
        self._constant = _number(closed)
        self._slope = _number(None if closed is None else closed / notation.q)
        self._root = _number(None if closed is None else closed / sqrt(notation.q))

    def __call__(self, q: float) -> float:
        """Return the moment at q; infinite where it is so or leaves double range."""
        if self._constant is not None:
            return self._constant
        if self._slope is not None:
            return self._slope * q
        if self._root is not None:
            return self._root * math.sqrt(q)
        if not SMALLEST < q < LARGEST:
            return self._exact(q)
        if not 1 / FAR < q < FAR:
            return self._far(q)
        octave = math.floor(math.log(q) / OCTAVE)
        if octave not in self._octaves:
            seen = self._visits.setdefault(octave, {})
            if q in seen:
                return seen[q]
            if len(seen) < FEW:
                return seen.setdefault(q, self._exact(q))
            self._octaves[octave] = self._sample(octave)
        values = self._octaves[octave]
        if values is None:
            return self._exact(q)
        return _interpolate(values, 2 * (math.log(q) / OCTAVE - octave) - 1)

    def _far(self, q: float) -> float:
        """Follow the power of q that a moment is far out, within rounding; computed where it is none."""
        power = self._power(FAR if q > 1 else 1 / FAR)
        if power is None:
            return self._exact(q)
        try:
            return power[0] * q ** power[1]
        except OverflowError:
            return math.copysign(math.inf, power[0])

    def _power(self, end: float) -> tuple[float, float] | None:
        """Return (k, p) with k·q^p the moment beyond ``end``, p a multiple of 1/2; None where it is none."""
        if end not in self._powers:
            near, out = self._exact(end), self._exact(end**2)
            known = 0 < abs(near) < math.inf and 0 < abs(out) < math.inf and near * out > 0
            twice = round(2 * math.log(out / near) / math.log(end)) if known else 0
            factor = near / end ** (twice / 2) if known else math.nan
            same = known and math.isclose(factor * (end**2) ** (twice / 2), out, rel_tol=1e-14)
            self._powers[end] = (factor, twice / 2) if same else None
        return self._powers[end]

    @cached_property
    def _at_zero(self) -> float:
        """The limit q → 0: a signal below double range counts as none."""
        limit = self._exact(SMALLEST)
        return 0.0 if abs(limit) < math.sqrt(SMALLEST) * CLEAR else limit

    def _exact(self, q: float) -> float:
        if q < SMALLEST or math.isinf(q):
            return self._at_zero if q < SMALLEST else math.inf
        try:
            number = self.moments.number(self.name, q)
        except Divergent:
            return math.inf
        return math.inf if number.value is None else number.value

    def _sample(self, octave: int) -> tuple[float, ...] | None:
        """Return the moment at Chebyshev's points; None where they don't carry it."""
        *values, at_first, at_second = self._at([_variance(octave, t) for t in (*NODES, *BETWEEN)])
        size = max(map(abs, values))
        if self.scale is not None:
            size = max(size, self.scale(math.exp(octave * OCTAVE)))
        if not math.isfinite(size):
            return None
        for between, true in zip(BETWEEN, (at_first, at_second), strict=True):
            if not abs(_interpolate(values, between) - true) <= TOLERANCE * size:
                return None
        return tuple(values)

    def _at(self, q: Sequence[float]) -> list[float]:
        """Return the moment at several variances, in one pass where it is finite at all of them."""
        import numpy as np

        try:
            values, _ = self.moments.numbers(self.name, np.array(q))
        except Divergent:
            return [self._exact(one) for one in q]
        return [
            v if math.isfinite(v) else self._exact(one)
            for v, one in zip(map(float, values), q, strict=True)
        ]


def scales(moments: Moments, name: str) -> bool:
    """Whether a moment may be constant or proportional to √q or q, seen without a closed form.

    It is so where the integrand's even part is homogeneous of degree 0, 1 or 2, and nowhere else.
    """
    of_slope, power = POWERS.get(name, (False, 2))  # χ∥ is the slope in q of the second moment
    if moments.phi.free_symbols - {moments.h}:
        return True
    evaluate = prepared(moments.phi, moments.h, slope=of_slope, value=not of_slope).scalar

    def even(x: float) -> float:
        return sum(evaluate(side * x)[-2] ** power for side in (1, -1))

    near, far = [even(x) for x in PROBES], [even(2 * x) for x in PROBES]
    return any(
        all(
            not abs(b - 2**n * a) > CLEARLY * (abs(a) + abs(b))
            for a, b in zip(near, far, strict=True)
        )
        for n in (0, 1, 2)
    )


def _variance(octave: int, t: float) -> float:
    """Return q at a place t of [−1, 1] in an octave."""
    return math.exp((octave + (t + 1) / 2) * OCTAVE)


BETWEEN = (-0.37, 0.71)
"""Where an interpolant is compared with the moment itself."""

NODES = tuple(math.cos(math.pi * k / (POINTS - 1)) for k in range(POINTS))


def _interpolate(values: Sequence[float], t: float) -> float:
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
