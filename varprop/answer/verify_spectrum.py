"""Experiments for ``spectrum``: q* and χ⊥ of a layer, the share of zeros, the spread of s²."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from varprop.answer.depth_trials import network
from varprop.answer.experiment import array_function
from varprop.answer.spectrum import SpectrumReport
from varprop.catalogue.arrays import Array
from varprop.catalogue.laws import LAWS
from varprop.montecarlo.limit import judge_limit
from varprop.montecarlo.limit_series import DrawnSeries
from varprop.montecarlo.network import DenseNetwork, GaussianPreactivation
from varprop.montecarlo.pairs import squared_singular_moments
from varprop.montecarlo.ratios import Prediction
from varprop.montecarlo.replicates import Effort, verify_replicates
from varprop.montecarlo.verify import verify_dense
from varprop.verdict import Check

WIDTH = 256
"""Width of the layer that q* and χ⊥ are tested on, where the rules are exact at any width."""

NARROW, DEEPEST = 64, 2
"""Widths of 64 and 128 tell the limit of 2 layers; terms in (depth/n)² would take wider ones."""

NETWORKS = {"normal": 2**14, "orthogonal": 2**12}
LAYER_NETWORKS = 2**12
WIDER = 2.5
"""The spread of s² is judged at this many tolerances: its networks are dear."""

FLAT = 1e-6
"""A slope below this one counts as 0, as in the theory."""

POINTS = 2**14
SPREAD = "variance of s² over squared mean"


def verified_spectrum(found: SpectrumReport, effort: Effort) -> tuple[Check, ...]:
    """Return the checks of a spectrum's closed forms.

    The mean (σ_w²μ₁)^L is the L-th power of what a layer does to the gradient, which is sampled. The
    variance over its square is L times a layer's share: it is sampled at 2 layers, or at one where
    no bias keeps q*.
    """
    checks = [*_layer(found, effort)]
    if found.zero_share > 0:
        checks.append(_zeros(found, effort))
    if math.isfinite(found.variance):
        checks += spread_checks(found, effort, 3)
    return tuple(checks)


def _network(found: SpectrumReport, width: int, depth: int, inputs: int) -> DenseNetwork:
    return network(
        found.moments.phi,
        found.sigma_w2,
        found.sigma_b2 or 0.0,
        (width,) * (depth + 1),
        GaussianPreactivation(found.q_star),
        inputs,
        LAWS[found.law],
    )


def _layer(found: SpectrumReport, effort: Effort) -> tuple[Check, ...]:
    """Feed one layer at q*: the gradient changes by σ_w²μ₁, and q* is kept where a bias can keep it."""
    q, chi = found.q_star, found.mean ** (1 / found.depth)
    checks = verify_dense(
        _network(found, WIDTH, 1, 16),
        Prediction((q, q), (chi,)),
        samples=min(LAYER_NETWORKS, effort.samples or LAYER_NETWORKS),
        tolerance=effort.tolerance,
        level=effort.level,
        seed=effort.seed,
        stream=1,
    )
    kept, mean = (
        replace(check, name=name)
        for check, name in zip(
            checks, ("q* kept by a layer", "mean of s², one layer: χ⊥ = σ_w²μ₁"), strict=True
        )
    )
    return (mean,) if found.sigma_b2 is None else (kept, mean)


def _zeros(found: SpectrumReport, effort: Effort) -> Check:
    """Count the units whose slope is 0, where φ has pieces that are flat."""
    slope = array_function(found.moments.derivative)
    width = math.sqrt(found.q_star)

    def replicate(rng: np.random.Generator, points: int) -> float:
        return float((np.abs(slope(width * rng.standard_normal(points))) < FLAT).mean())

    return verify_replicates(
        replicate, found.zero_share, effort, name="share of s = 0: P(φ' = 0)", stream=2, unit=1.0,
        points=POINTS,
    )  # fmt: skip


def spread_checks(found: SpectrumReport, effort: Effort, stream: int) -> tuple[Check, ...]:
    """Compare the variance of s² over its squared mean with sampled Jacobians of two widths."""
    depth = 1 if found.sigma_b2 is None else min(found.depth, DEEPEST)
    shorter = replace(found, depth=depth)
    relative = shorter.variance / shorter.mean**2
    narrow, wide = (
        JacobianSeries(_network(found, n, depth, 1), relative, (effort.seed, stream, n))
        for n in (NARROW, 2 * NARROW)
    )
    looser = replace(effort, tolerance=min(0.5, WIDER * effort.tolerance))
    layers = f", {depth} layer{'s' if depth > 1 else ''}"
    checks = judge_limit(narrow, wide, (SPREAD,), looser, NETWORKS[found.law])
    return tuple(
        replace(check, name=check.name.replace(SPREAD, SPREAD + layers)) for check in checks
    )


class JacobianSeries(DrawnSeries):
    """Jacobians of sampled networks: variance over squared mean of s², as a ratio to ``relative``.

    Where every s is predicted to be the same, the ratio is that of mean square to squared mean.
    """

    def __init__(self, sampled: DenseNetwork, relative: float, seed: tuple[int, ...]) -> None:
        super().__init__(sampled, seed)
        self._relative = relative

    def drawn(self, count: int, seed: tuple[int, ...]) -> Array:
        """Return mean and mean square of s² in each network."""
        return squared_singular_moments(self.network, count, seed=seed, dtype="float32")

    def ratios(self, part: str) -> Array:  # noqa: ARG002
        """Return one number per network whose mean is 1 at infinite width."""
        mean, square = np.concatenate(self._found).T
        with np.errstate(all="ignore"):
            relative = square / mean**2
        if self._relative <= FLAT:
            return np.asarray(relative)
        return np.asarray((relative - 1) / self._relative)
