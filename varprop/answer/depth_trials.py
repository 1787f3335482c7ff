"""Experiments on depth: what a layer does at a fixed point, and where a start ends up.

One layer fed at q* with Gaussian pre-activations obeys the rules exactly at any width, so a fixed
point, χ_⊥ and c* are tested without finite-width effects; only the way from a start needs depth,
and is sampled at a width where these effects are small.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sympy import Expr

from varprop.answer.experiment import Trial, array_function, built
from varprop.catalogue.laws import LAWS, WeightLaw
from varprop.moments import derivative
from varprop.montecarlo.marginal import simulate_marginal
from varprop.montecarlo.network import DenseNetwork, Feed, GaussianPreactivation
from varprop.montecarlo.pairs import CorrelatedPreactivation, simulate_overlaps
from varprop.montecarlo.ratios import Prediction
from varprop.montecarlo.replicates import Effort, verify_replicates
from varprop.montecarlo.verify import verify_dense
from varprop.notation import h
from varprop.verdict import Check

WIDTH = 256
MOST = 2**12
PAIR_NETWORKS = 2**13
GROUP = 16
WIDE = 2**17
FEW = 2**9
STEP = 0.05
"""Half the difference of two correlations whose images give the slope of the c-map."""

STEADY = 1e-3
TINY, HUGE = 1e-30, 1e30
NUDGE, SPREAD = 1.01, 1.02
"""A start 1 % off may grow to 2 % off: beyond, single networks tell too little about their mean."""


def network(
    phi: Expr,
    sigma_w2: float,
    sigma_b2: float,
    widths: tuple[int, ...],
    feed: Feed,
    inputs: int,
    law: WeightLaw | None = None,
) -> DenseNetwork:
    """Return a network at (σ_w², σ_b²), of Gaussian weights unless told otherwise."""
    return DenseNetwork(
        widths,
        tuple(sigma_w2 / fan_in for fan_in in widths[:-1]),
        law or LAWS["normal"],
        array_function(phi),
        array_function(derivative(phi, h)),
        feed,
        (sigma_b2,) * (len(widths) - 1),
        inputs,
    )


def at_fixed_point(
    phi: Expr,
    sigma_w2: float,
    sigma_b2: float,
    q: float,
    chi_perp: float,
    effort: Effort,
    stream: int,
) -> tuple[Check, ...]:
    """Feed one layer at q*: it must keep q*, and its gradient must change by χ_⊥."""
    widths = (WIDTH, WIDTH)
    trial = Trial(
        phi, widths, (sigma_w2 / WIDTH,), sigma_b2, GaussianPreactivation(q), q, LAWS["normal"]
    )
    sampled, _ = built(trial)
    return verify_dense(
        sampled,
        Prediction((q, q), (chi_perp,)),
        samples=min(MOST, effort.samples or MOST),
        tolerance=effort.tolerance,
        level=effort.level,
        seed=effort.seed,
        stream=stream,
    )


def correlation_kept(
    phi: Expr, sigma_w2: float, sigma_b2: float, q: float, c: float, effort: Effort, stream: int
) -> Check:
    """Feed one layer with pairs of correlation c*: it must keep E[u v] = c* q*."""

    def replicate(rng: np.random.Generator, _: int) -> float:
        return image(phi, sigma_w2, sigma_b2, q, c, int(rng.integers(2**62)))

    return verify_replicates(
        replicate,
        c,
        effort,
        name="c* kept",
        stream=stream,
        unit=1.0,
        most=PAIR_NETWORKS,
        points=GROUP,
    )


def image(phi: Expr, sigma_w2: float, sigma_b2: float, q: float, c: float, seed: int) -> float:
    """Return the mean of h_a h_b/q after one layer over a few networks fed at correlation c."""
    feed = CorrelatedPreactivation(q, c)
    sampled = network(phi, sigma_w2, sigma_b2, (64, 64), feed, 2)
    return float(simulate_overlaps(sampled, GROUP, seed=seed).covariances()[:, 1].mean() / q)


def correlation_slope(
    phi: Expr, sigma_w2: float, sigma_b2: float, q: float, c: float, slope: float, effort: Effort,
    stream: int,
) -> Check:  # fmt: skip
    """Compare the slope of the c-map with the images of c ± 0.05 under the same weights."""

    def replicate(rng: np.random.Generator, _: int) -> float:
        seed = int(rng.integers(2**62))
        up, down = (image(phi, sigma_w2, sigma_b2, q, c + sign * STEP, seed) for sign in (1, -1))
        return (up - down) / (2 * STEP)

    return verify_replicates(
        replicate, slope, effort, name="slope", stream=stream, most=PAIR_NETWORKS, points=GROUP
    )


def from_start(
    phi: Expr,
    sigma_w2: float,
    sigma_b2: float,
    way: tuple[float, ...],
    effort: Effort,
    stream: int,
) -> Check:
    """Send wide networks down from the start: q after all layers must be the map's, the last of ``way``."""
    sampled = network(phi, sigma_w2, sigma_b2, (WIDE,) * len(way), GaussianPreactivation(way[0]), 1)

    def replicate(rng: np.random.Generator, _: int) -> float:
        runs = simulate_marginal(sampled, 1, seed=int(rng.integers(2**62)), backward=False)
        return float(runs.preactivations[0, -1].mean())

    return verify_replicates(
        replicate, way[-1], effort, name="q from start", stream=stream, most=FEW, points=4
    )


def trajectory(length_map: Callable[[float], float], start: float, most: int) -> tuple[float, ...]:
    """Return q layer by layer until it is steady, a nudged start strays, or ``most`` layers are done."""
    way, nudged = [start], start * NUDGE
    for _ in range(most):
        q, nudged = length_map(way[-1]), length_map(nudged)
        if not (TINY < q < HUGE and 1 / SPREAD < nudged / q < SPREAD):
            break
        way.append(q)
        if abs(q - way[-2]) <= STEADY * way[-2] and len(way) > 3:
            break
    return tuple(way)
