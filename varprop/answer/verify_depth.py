"""Experiments for depth: fixed points, edge of chaos, c*, depth scales, isometry, finite width."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from varprop.answer.depth_trials import (
    at_fixed_point,
    correlation_kept,
    correlation_slope,
    network,
)
from varprop.answer.phase import Phase, phase
from varprop.answer.spectrum import spectrum
from varprop.answer.verify_plan import SYMBOLIC, Planned
from varprop.answer.verify_spectrum import spread_checks
from varprop.catalogue.activations import activation
from varprop.errors import Undecided
from varprop.montecarlo.marginal import simulate_marginal
from varprop.montecarlo.network import GaussianPreactivation
from varprop.montecarlo.replicates import Effort, verify_replicates
from varprop.propagation.feed import moments_of
from varprop.solving.finite_width import Hidden, relative_variances
from varprop.verdict import Check

DEPTH = ("fixed_point", "edge_of_chaos", "correlation", "isometry", "finite_width")
POINTS = (
    ("tanh", "2.2", "0.1"),
    ("relu", "1.5", "0.1"),
    ("erf", "1.69", "0.05"),
    ("sin", "3", "0.2"),
)
CHAOTIC = (("tanh", "2.2", "0.1"), ("sin", "3", "0.2"), ("erf", "2.5", "0.05"))
EDGES = (("tanh", 1.0), ("gelu", 3.5), ("silu", 4.0), ("elu", 1.0))
SPECTRA = (("relu", "normal", 2), ("tanh", "normal", 2), ("tanh", "orthogonal", 2))
WIDTH = 64
NETWORKS = 2**18
HIDDEN = 4


def planned() -> Iterator[Planned]:
    """Yield the experiments of every formula on depth."""
    for act, weight, bias in POINTS:
        title = f"fixed point, {act} at σ_w² = {weight}, σ_b² = {bias}"
        names = (f"{title}: q* is kept", f"{title}: gradient factor χ⊥")
        yield Planned("depth", "fixed_point", names, partial(_point, act, weight, bias))
    for act, q in EDGES:
        title = f"edge of chaos, {act} at q* = {q:g}"
        names = (f"{title}: q* is kept", f"{title}: the gradient is kept")
        yield Planned("depth", "edge_of_chaos", names, partial(_edge, act, q))
    for act, weight, bias in CHAOTIC:
        title = f"two inputs, {act} at σ_w² = {weight}, σ_b² = {bias}"
        names = (f"{title}: c* is kept", f"{title}: slope of the c-map, which sets ξ_c")
        yield Planned("depth", "correlation", names, partial(_correlation, act, weight, bias))
    for act, law, depth in SPECTRA:
        title = f"Jacobian, {act}, {law} weights, {depth} layers"
        one: tuple[str, ...] = (f"{title}: variance over squared mean of squared singular values",)
        yield Planned("depth", "isometry", one, partial(_isometry, act, law, depth))
    for act in ("relu", "linear"):
        one = (f"finite width, {act}, {HIDDEN} layers of {WIDTH}: E[q̂²]/E[q̂]²",)
        yield Planned("depth", "finite_width", one, partial(_finite_width, act))


def _phase(act: str, weight: str, bias: str) -> Phase:
    found = phase(act, weight, bias)
    if not isinstance(found, Phase) or not found.q_star:
        raise Undecided(f"{act} at σ_w² = {weight}, σ_b² = {bias} has no fixed point above 0.")
    return found


def _point(act: str, weight: str, bias: str, effort: Effort, stream: int) -> tuple[Check, ...]:
    with SYMBOLIC:
        found = _phase(act, weight, bias)
        q, chi = found.q_star or 0.0, found.chi_perp or 0.0
    return at_fixed_point(found.moments.phi, float(weight), float(bias), q, chi, effort, stream)


def _edge(act: str, q: float, effort: Effort, stream: int) -> tuple[Check, ...]:
    with SYMBOLIC:
        found = phase(act)
        point = None if isinstance(found, Phase) else found.at(q)
    if point is None:
        raise Undecided(f"{act} has no edge of chaos at q* = {q}.")
    return at_fixed_point(found.moments.phi, point.sigma_w2, point.sigma_b2, q, 1.0, effort, stream)


def _correlation(
    act: str, weight: str, bias: str, effort: Effort, stream: int
) -> tuple[Check, ...]:
    with SYMBOLIC:
        found = _phase(act, weight, bias)
        limit = found.correlation
    if limit is None or limit.c_star is None or limit.slope is None:
        raise Undecided(f"{act} at σ_w² = {weight}, σ_b² = {bias} has no c* below 1.")
    here = (found.moments.phi, float(weight), float(bias), found.q_star or 0.0, limit.c_star)
    return (
        correlation_kept(*here, effort, stream),
        correlation_slope(*here, limit.slope, effort, stream),
    )


def _isometry(act: str, law: str, depth: int, effort: Effort, stream: int) -> tuple[Check, ...]:
    """Compare the variance of J Jᵀ's eigenvalues over their squared mean with sampled Jacobians."""
    with SYMBOLIC:
        found = spectrum(act, depth, law=law, q=1)
    return spread_checks(found, effort, stream)


def _finite_width(act: str, effort: Effort, stream: int) -> tuple[Check, ...]:
    """Compare E[q̂²] after hidden layers with Π(1 + c/n)·(1 + 2/n), the last factor that of h itself."""
    with SYMBOLIC:
        moments = moments_of(activation(act).phi)
        second = moments.number("second_moment", 1.0).value or 1.0
        scale = 1 / second
        hidden = [Hidden(WIDTH, 1.0, second, scale)] * HIDDEN
        spread = relative_variances(moments, hidden, 1.0)[-1]
        sampled = network(
            moments.phi, scale, 0.0, (WIDTH,) * (HIDDEN + 1), GaussianPreactivation(1.0), 1
        )

    def replicate(rng: np.random.Generator, points: int) -> float:
        runs = simulate_marginal(sampled, points, seed=int(rng.integers(2**62)), backward=False)
        return float((runs.preactivations[:, -1, 0] ** 2).mean())

    predicted = (1 + spread) * (1 + 2 / WIDTH)
    return (_replicated(replicate, predicted, effort, stream, NETWORKS, 1024),)


def _replicated(
    replicate: Callable[[np.random.Generator, int], float],
    predicted: float,
    effort: Effort,
    stream: int,
    most: int,
    points: int,
) -> Check:
    if not math.isfinite(predicted):
        raise Undecided("the prediction is infinite: nothing can be compared with it.")
    return verify_replicates(
        replicate, predicted, effort, name="", stream=stream, most=most, points=points
    )
