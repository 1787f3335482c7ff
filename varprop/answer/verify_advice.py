"""Experiments for ``advise``: each option's networks, at the depth that the advice is for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from sympy import Expr, Float

from varprop.answer.advise import Advice, Option
from varprop.answer.depth_trials import network
from varprop.answer.spectrum import SpectrumReport
from varprop.answer.verify_spectrum import verified_spectrum
from varprop.catalogue.activations import Activation, activation_from
from varprop.montecarlo.architecture import Expected, Experiment, verify_architecture
from varprop.montecarlo.marginal import simulate_marginal
from varprop.montecarlo.network import GaussianPreactivation
from varprop.montecarlo.replicates import Effort, verify_replicates
from varprop.networks.containers import Input
from varprop.networks.dense import Dense
from varprop.networks.drawing import Drawn
from varprop.networks.elementwise import Activate
from varprop.networks.network import network as residual_network
from varprop.networks.residual import Residual
from varprop.propagation.feed import moments_of
from varprop.solving.isometry import slope_moments
from varprop.verdict import Check

RESIDUAL_WIDTH = 64
"""Forward and gradient of residual blocks do not depend on the width, but for terms in s²/n."""

RESIDUAL_NETWORKS = 256
GROUP = 63
"""Networks whose median is one replicate: odd, and its own bias far below the tolerance."""

TYPICAL_TOLERANCE = 0.05
UNITS = 2e9
"""Units that all networks for the typical signal may have together."""


def verified_advice(found: Advice, effort: Effort) -> tuple[Check, ...]:
    """Return the checks of every option, each named after its form and weight law.

    Plain networks: q* and χ⊥ of a layer, the squared singular values, and for Gaussian weights the
    typical signal at the depth and width asked for. Residual ones: E[x²] and the gradient.
    """
    act = activation_from(found.activation)
    checks = []
    for option in found.options:
        run = _residual(found, option, act, effort)
        if option.form == "plain":
            run = _plain(found, option, act.phi, effort)
        title = f"{option.form}, {option.law} weights"
        checks += [replace(check, name=f"{title}: {check.name}") for check in run]
    return tuple(checks)


def _plain(found: Advice, option: Option, phi: Expr, effort: Effort) -> Iterator[Check]:
    assert option.q_star is not None
    moments = moments_of(phi)
    slopes = slope_moments(moments, option.q_star)
    place = (option.sigma_w2, option.sigma_b2, option.q_star)
    here = SpectrumReport(found.activation, found.depth, option.law, *place, slopes, moments)
    yield from verified_spectrum(here, effort)
    if option.law == "normal":
        yield _typical(found, option, phi, effort)


def _typical(found: Advice, option: Option, phi: Expr, effort: Effort) -> Check:
    """Compare the median over networks of q after the whole depth with what the advice says of it."""
    assert option.q_star is not None
    q = option.q_star
    widths = (found.width,) * (found.depth + 1)
    feed = GaussianPreactivation(q)
    sampled = network(phi, option.sigma_w2, option.sigma_b2, widths, feed, 1)

    def replicate(rng: np.random.Generator, points: int) -> float:
        seed = int(rng.integers(2**62))
        runs = simulate_marginal(sampled, points, seed=seed, backward=False, dtype="float32")
        return float(np.median(runs.preactivations[:, -1, 0]) / q)

    most = int(UNITS / (found.width * found.depth))
    looser = replace(effort, tolerance=max(effort.tolerance, TYPICAL_TOLERANCE))
    return verify_replicates(
        replicate, _judged(option, "typical signal"), looser, name="typical signal", stream=4,
        most=max(2 * GROUP, most), points=GROUP, note=f", {found.width} wide, {found.depth} deep",
    )  # fmt: skip


def _residual(found: Advice, option: Option, act: Activation, effort: Effort) -> Iterator[Check]:
    """Sample the stack of residual blocks, fed with standard normal data."""
    branch = Activate(act) >> Dense(RESIDUAL_WIDTH, bias=False)
    block = Residual(branch, scale=Float(option.branch, 17))
    stack = residual_network(Input(RESIDUAL_WIDTH) >> found.depth * block)
    scales = (Drawn(option.sigma_w2 / RESIDUAL_WIDTH, 0.0),) * found.depth
    expected = Expected(_judged(option, "forward"), 0.0, None, _judged(option, "gradient"))
    experiment = Experiment(stack, scales, option.law, seed=effort.seed, stream=5)
    yield from verify_architecture(experiment, expected, effort, most=RESIDUAL_NETWORKS)


def _judged(option: Option, name: str) -> float:
    return next(judgement.value for judgement in option.judgements if judgement.name == name)
