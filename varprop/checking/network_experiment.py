"""Sampled networks for claims on q[l] and g[l]: width 256, a replicate is a network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from sympy import Expr, Symbol

from varprop import notation
from varprop.answer.experiment import array_function
from varprop.catalogue.laws import LAWS
from varprop.checking.findings import Evidence, Finding
from varprop.checking.network_claim import NetworkClaim
from varprop.checking.network_signal import Signal
from varprop.checking.numbers import points
from varprop.moments import derivative
from varprop.verdict import Check, Verdict

WIDTH = 256
NETWORKS = 64
DEEPEST = 60
TOLERANCE = 0.05
WIDE_EFFECT = 5.0
"""The leading effect of a finite width n on a squared length is a few times depth/n."""


def with_experiment(claim: NetworkClaim, finding: Finding, seed: int) -> Finding:
    """Return the finding with sampled networks beside it, where its left side is q[l] or g[l]."""
    level = _level(claim)
    if level is None:
        return finding
    letter, at = level
    point: dict[Expr, Expr] = dict(next(points(claim.free, claim.world, 1), {}))
    point = {s: v for s, v in point.items() if s.name.endswith("@0")} | _widths(claim)
    predicted, claimed = claim.values(point, 0)[0], claim.values(point, 0)[-1]
    signal = Signal(claim.chain, claim.world, point, claim.depth_at(0))
    observed, error = _sampled(signal, letter, at, seed)
    effect = WIDE_EFFECT * signal.depth / WIDTH * abs(predicted)
    slack = TOLERANCE * abs(predicted) + effect + 4 * error
    verdict = Verdict.AGREES if abs(observed - claimed) <= slack else Verdict.DISAGREES
    check = Check(
        f"{letter}[{at}]", claimed, observed, error, slack, NETWORKS, WIDTH, signal.depth, seed,
        verdict, finite_width=effect, note=f"width {WIDTH}",
    )  # fmt: skip
    return replace(finding, evidence=(*finding.evidence, Evidence("experiment", check=check)))


def _level(claim: NetworkClaim) -> tuple[str, int] | None:
    """Return letter and level of a left side that is q[l] or g[l] of a network that can be drawn."""
    side = claim.sides[0]
    depth = claim.chain.depth
    if not isinstance(side, Symbol) or side not in claim.quantities or claim.running is not None:
        return None
    letter, text = claim.quantities[side]
    square = all(block.fan_in == block.fan_out for block in claim.chain.blocks)
    fits = len(claim.chain.blocks) == 1 and depth.is_Integer and 1 <= depth <= DEEPEST and square
    fed = ("s", "0") in claim.facts.start
    if letter not in "qg" or not fits or fed or int(text) > int(depth):
        return None
    return letter, int(text)


def _widths(claim: NetworkClaim) -> dict[Expr, Expr]:
    from sympy import Integer

    symbols = claim.chain.blocks[0].fan_in.free_symbols
    return dict.fromkeys(symbols, Integer(WIDTH))


def _sampled(signal: Signal, letter: str, level: int, seed: int) -> tuple[float, float]:
    """Return the mean over networks of q or g at a level, and its standard error."""
    from varprop.montecarlo.network import DenseNetwork, GaussianPreactivation
    from varprop.montecarlo.simulate import simulate

    block = signal.chain.at(0)
    weight, bias = signal.scale(block)
    phi = block.act.phi
    network = DenseNetwork(
        (WIDTH,) * (signal.depth + 1),
        (weight / WIDTH,) * signal.depth,
        LAWS["normal"],
        array_function(phi),
        array_function(derivative(phi, notation.h)),
        GaussianPreactivation(signal.q(0)),
        (bias,) * signal.depth,
        inputs=4,
    )
    runs = simulate(network, NETWORKS, seed=seed, backward=letter == "g")
    rows: Any = runs.preactivations if letter == "q" else runs.deltas
    values = np.asarray(rows[:, level, :], dtype=float).mean(axis=1)
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
