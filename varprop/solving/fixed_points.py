"""Every fixed point of the length map q' = σ_w²·E[φ²] + σ_b², and the one that is reached.

A root is decided on ρ(q) = E[φ²]/q + (σ_b²/q − 1)/σ_w², with E[φ²]/q = a + E[φ² − ℓ²]/q where ℓ is
φ's linear part at 0 and E[ℓ²] = a q: nothing cancels there, however small q or σ_w² − 1/a may be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sympy import Expr

from varprop.moments import Moments
from varprop.solving.fixed_points_map import LengthMap
from varprop.solving.fixed_points_roots import Roots
from varprop.solving.stability import linear_factor

EXACT = 1e-13
FAR = 1e6


@dataclass(frozen=True)
class FixedPoint:
    """q with q' = q, the slopes there (None: infinite) and whether |χ_∥| < 1 (None: exactly 1)."""

    q: float
    chi_parallel: float | None
    chi_perp: float | None
    stable: bool | None
    error_bound: float = 0.0

    @property
    def verdict(self) -> str:
        """Stable, marginal or unstable."""
        return "marginal" if self.stable is None else "stable" if self.stable else "unstable"


@dataclass(frozen=True)
class FixedPoints:
    """All fixed points in order; ``continuum``: every q is one, and the list is empty."""

    points: tuple[FixedPoint, ...]
    continuum: bool = False


def fixed_points(moments: Moments, sigma_w2: Expr, sigma_b2: Expr) -> FixedPoints:
    """Return every fixed point of the length map; σ_w² > 0 and σ_b² ≥ 0 are exact numbers."""
    factor = linear_factor(moments)
    if factor is not None:
        return _linear(factor * sigma_w2, sigma_b2)
    length_map = LengthMap(moments, sigma_w2, sigma_b2)
    found = []
    if length_map.keeps_zero:
        slope = length_map.slope_at_zero
        found.append(_at(0.0, slope, slope, 0.0))
    for root, bound in Roots(length_map).all():
        parallel, perp = length_map.slopes(root)
        found.append(_at(root, parallel, perp, bound))
    return FixedPoints(tuple(found))


def _linear(slope: Expr, sigma_b2: Expr) -> FixedPoints:
    value = float(slope.evalf(20))
    one = slope == 1 or abs(value - 1) < 1e-15
    if one and sigma_b2 == 0:
        return FixedPoints((), continuum=True)
    if one or (value > 1 and sigma_b2 != 0):
        return FixedPoints(())
    root = float((sigma_b2 / (1 - slope)).evalf(20))
    return FixedPoints((_at(root, value, value, 0.0),))


def _at(q: float, parallel: float | None, perp: float | None, bound: float) -> FixedPoint:
    if parallel is None:
        return FixedPoint(q, None, perp, False, bound)
    return FixedPoint(q, parallel, perp, None if abs(parallel) == 1.0 else abs(parallel) < 1, bound)


@dataclass(frozen=True)
class Destination:
    """Where the length map leads from a start: a fixed point, or none and the reason in words."""

    point: FixedPoint | None
    words: str


def destination(
    moments: Moments, sigma_w2: Expr, sigma_b2: Expr, found: FixedPoints, start: float
) -> Destination:
    """Follow the length map from ``start``."""
    if found.continuum:
        slope = 1.0
        return Destination(FixedPoint(start, slope, slope, None), "every q is kept")
    length_map = LengthMap(moments, sigma_w2, sigma_b2)
    excess, bound = length_map.rho(start)
    here = [p for p in found.points if math.isclose(p.q, start, rel_tol=1e-12)]
    if here and abs(excess) <= max(bound, EXACT / length_map.w):
        return Destination(here[0], f"q stays at {start:.6g}")
    ahead = [p for p in found.points if (p.q > start if excess > 0 else p.q < start)]
    target = None if not ahead else ahead[0] if excess > 0 else ahead[-1]
    end = FAR * start if target is None else target.q
    if not length_map.is_monotone(min(start, end), max(start, end)):
        return _iterated(length_map, found, start)
    if target is None:
        return Destination(None, f"q grows without bound from {start:.6g}")
    words = (
        f"q dies out from {start:.6g}"
        if target.q == 0
        else f"q goes from {start:.6g} to {target.q:.6g}"
    )
    return Destination(target, words)


STEPS = 20_000
CLOSE = 1e-4
SLOW = 0.05
ENDLESS = 1e200


def _iterated(length_map: LengthMap, found: FixedPoints, start: float) -> Destination:
    """Apply a map that is not monotone again and again, until a stable point has caught q."""
    before, here = math.inf, start
    for _ in range(STEPS):
        before, here = here, length_map(here)
        if not math.isfinite(here) or here > ENDLESS:
            return Destination(None, f"q grows without bound from {start:.6g}")
        for point in found.points:
            if point.stable and all(abs(x - point.q) <= CLOSE * point.q for x in (before, here)):
                return Destination(point, f"q goes from {start:.6g} to {point.q:.6g}")
    near = [p for p in found.points if abs(here - p.q) <= SLOW * max(p.q, SLOW)]
    if near and abs(here - before) <= SLOW * max(here, SLOW):
        return Destination(near[0], f"q goes slowly from {start:.6g} to {near[0].q:.6g}")
    return Destination(
        None,
        f"q settles nowhere: {before:.6g} and {here:.6g} follow each other after {STEPS} layers",
    )
