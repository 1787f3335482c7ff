"""``phase --verify``: sampled networks at the point, on the edge of chaos, or at a few points of a grid."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from sympy import Expr

from varprop.answer.depth_trials import (
    at_fixed_point,
    correlation_kept,
    from_start,
    trajectory,
)
from varprop.answer.phase import Edge, Phase
from varprop.answer.phase_diagram import Numbers
from varprop.montecarlo.replicates import Effort
from varprop.montecarlo.statistics import LEVEL, sidak
from varprop.solving.fixed_points_map import LengthMap
from varprop.verdict import Check

LAYERS = 24
CHECKS = 16
SPOTS = 4
SMALLEST, LARGEST = 1e-4, 1e4
"""Variances between which a fixed point is put to the test."""


def effort_for(tolerance: float = 0.02, seed: int = 0) -> Effort:
    """Return the effort of each check, corrected for their number."""
    return Effort(tolerance, None, sidak(LEVEL, CHECKS), seed)


def verified_phase(found: Phase, effort: Effort) -> Phase:
    """Return the phase with its checks: the way from the start, q* and χ_⊥ kept, c* kept."""
    weight, bias = float(found.sigma_w2), float(found.sigma_b2)
    phi, q = found.moments.phi, found.q_star
    checks: list[Check] = []
    length_map = LengthMap(found.moments, found.sigma_w2, found.sigma_b2)
    way = trajectory(length_map, float(found.start), LAYERS)
    if len(way) > 1:
        check = from_start(phi, weight, bias, way, effort, 1)
        name = f"q after {len(way) - 1} layers from {way[0]:.4g}"
        checks.append(replace(check, name=name, depth=len(way) - 1))
    if q is not None and SMALLEST <= q <= LARGEST:
        checks += _kept(phi, weight, bias, (q, found.chi_perp or 0.0), effort, "", 2)
        c = found.c_star
        if c is not None and c < 1:
            check = correlation_kept(phi, weight, bias, q, c, effort, 3)
            checks.append(replace(check, name=f"c* = {c:.4g} kept by a layer"))
    return replace(found, checks=tuple(checks))


def verified_edge(found: Edge, effort: Effort) -> Edge:
    """Return the edge with checks of its solutions, or of three points of the curve."""
    points = found.solutions
    if points is None:
        points = tuple(p for q in (0.1, 1.0, 4.0) if (p := found.at(q)) is not None)
    checks = itertools.chain.from_iterable(
        _kept(
            found.moments.phi,
            p.sigma_w2,
            p.sigma_b2,
            (p.q_star, 1.0),
            effort,
            f"q* = {p.q_star:.4g}: ",
            k,
        )
        for k, p in enumerate(points)
        if SMALLEST <= p.q_star <= LARGEST
    )
    return replace(found, checks=tuple(checks))


def verified_grid(found: Edge, shown: Numbers, effort: Effort) -> tuple[Check, ...]:
    """Return checks at a few points of a diagram, spread over the rows with a fixed point q* > 0."""
    return tuple(_spots(found, shown, effort))


def _spots(found: Edge, shown: Numbers, effort: Effort) -> Iterator[Check]:
    q = shown.arrays["q_star"]
    usable = np.argwhere(np.isfinite(q) & (q >= SMALLEST) & (q <= LARGEST))
    if not len(usable):
        return
    for stream, row in enumerate(np.linspace(0, len(usable) - 1, SPOTS).astype(int)):
        place = tuple(usable[row])
        weight, bias = (float(shown.arrays[n][place]) for n in ("sigma_w2", "sigma_b2"))
        here = float(q[place]), float(shown.arrays["chi_perp"][place])
        title = f"σ_w² = {weight:.3g}, σ_b² = {bias:.3g}: "
        yield from _kept(found.moments.phi, weight, bias, here, effort, title, stream)


def _kept(
    phi: Expr,
    weight: float,
    bias: float,
    here: tuple[float, float],
    effort: Effort,
    title: str,
    stream: int,
) -> Iterator[Check]:
    """Yield the checks of a fixed point ``here`` = (q*, χ_⊥)."""
    names = (f"{title}q* kept by a layer", f"{title}gradient factor χ⊥")
    checks = at_fixed_point(phi, weight, bias, *here, effort, stream)
    for name, check in zip(names, checks, strict=True):
        yield replace(check, name=name)
