"""Experiments for whole networks, where theory speaks of infinite width: two widths each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from sympy import Expr

from varprop.answer.experiment import Trial, built
from varprop.answer.histograms import dense_network
from varprop.answer.propagate import propagate
from varprop.answer.verify_plan import SYMBOLIC, Planned
from varprop.answer.verify_schemes import moments_at
from varprop.catalogue.activations import activation
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.montecarlo.limit_series import (
    CORRELATION,
    PARTS,
    verify_correlation_limit,
    verify_limit,
)
from varprop.montecarlo.network import DenseNetwork, GaussianPreactivation
from varprop.montecarlo.pairs import CorrelatedInput
from varprop.montecarlo.ratios import Prediction
from varprop.montecarlo.replicates import Effort
from varprop.verdict import Check

ACTIVATIONS_TRIED = ("relu", "tanh", "gelu", "sigmoid")
DEPTH = 4
WIDTH = 128
CORRELATION_FED = 0.5
START = 1.2
KEPT = 0.8
"""The networks are fed off the q that their scale keeps, so that the length map is at work."""


def planned() -> Iterator[Planned]:
    """Yield a network from a first pre-activation to the last, forward and backward."""
    for act in ACTIVATIONS_TRIED:
        title = f"network {act}, {DEPTH} layers"
        names = tuple(f"{title}: {part}, limit of infinite width" for part in PARTS)
        yield Planned("layer", "network", names, partial(_run, act))
        name = f"{title}: {CORRELATION} of two inputs, limit of infinite width"
        yield Planned("layer", "network", (name,), partial(_correlation, act))


def _correlation(act: str, effort: Effort, stream: int) -> tuple[Check, ...]:
    """Send two inputs through the network that ``propagate`` follows."""
    feed = CorrelatedInput(1.0, CORRELATION_FED)
    with SYMBOLIC:
        followed = {
            width: propagate(act, (width,) * (DEPTH + 1), correlation=CORRELATION_FED)
            for width in (WIDTH, 2 * WIDTH)
        }
        series = {width: dense_network(one, feed, inputs=2) for width, one in followed.items()}
    predicted = followed[WIDTH].levels[-1].correlation
    if predicted is None:
        raise BadInput(f"the correlation after {DEPTH} layers of {act} is beyond double range.")
    build = series.__getitem__
    return verify_correlation_limit(build, predicted, effort, width=WIDTH, stream=stream)


def _run(act: str, effort: Effort, stream: int) -> tuple[Check, ...]:
    with SYMBOLIC:
        phi = activation(act).phi
        second, _ = moments_at(phi, KEPT)
        series = {width: _network(phi, KEPT / second, width) for width in (WIDTH, 2 * WIDTH)}
    return verify_limit(series.__getitem__, effort, width=WIDTH, stream=stream)


def _network(phi: Expr, scale: float, width: int) -> tuple[DenseNetwork, Prediction]:
    """Return a square network of σ_w² = ``scale``, and the maps' own prediction."""
    widths = (width,) * (DEPTH + 1)
    variances = (scale / width,) * DEPTH
    feed = GaussianPreactivation(START)
    network, predicted = built(Trial(phi, widths, variances, 0.0, feed, START, LAWS["normal"]))
    return replace(network, inputs=1), predicted
