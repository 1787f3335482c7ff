"""``.verify()`` of a network followed by ``propagate --arch``: sampled networks at its scales."""

from __future__ import annotations

from varprop.answer.propagate import Followed
from varprop.answer.verify_architectures import experiment, slack
from varprop.montecarlo.architecture import Expected, verify_architecture
from varprop.montecarlo.replicates import Effort
from varprop.networks.drawing import Drawn
from varprop.verdict import Check

NETWORKS = 256


def verified_followed(asked: Followed, effort: Effort) -> tuple[Check, ...]:
    """Compare the output's moments, and the gradient at the data, with sampled networks.

    Raises BadInput for a network that would not fit in memory.
    """
    out = asked.out
    cross = None if out.cross is None else float(out.cross)
    unsure = slack(asked.network, out)
    expected = Expected(float(out.second), float(out.mean), cross, asked.gradient, unsure)
    scales = tuple(Drawn(v, bias) for v, bias in asked.scales)
    drawn = experiment(asked.network, scales, asked.data, effort.seed)
    return verify_architecture(drawn, expected, effort, most=effort.samples or NETWORKS)
