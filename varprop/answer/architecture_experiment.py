"""``solve --arch --verify``: sampled networks at the solved scales against what the rules say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod

from varprop.answer.architecture import ArchitectureSolution, settled_network
from varprop.answer.architecture_fold import Solving
from varprop.answer.verify_architectures import experiment, slack
from varprop.errors import BadInput
from varprop.montecarlo.architecture import Expected, verify_architecture
from varprop.montecarlo.replicates import Effort
from varprop.networks.arithmetic import Numeric
from varprop.networks.drawing import Drawn
from varprop.networks.network import InputLaw, Network, fold
from varprop.networks.recording import Given
from varprop.solving.conditions import CONDITIONS

FEWEST, MOST = 64, 4096
DRAWN = 2 * 10**9
"""Weights drawn at most over all networks, within these numbers of them; most are decided by fewer."""


def verified_network(
    solution: ArchitectureSolution,
    *,
    samples: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> ArchitectureSolution:
    """Return the solution with checks: E[x²], E[x], E[x x̃] at the output, E[δ²] at the data.

    The data are standard normal. ``progress`` hears how many of how many networks are drawn.
    Raises BadInput while a symbol is left, and for networks that would not fit in memory.
    """
    net = settled_network(solution)
    left = sorted(net.symbols())
    if left:
        raise BadInput(
            f"--verify needs numbers, but {', '.join(left)} is a symbol of the network. Write a number "
            "for it."
        )
    solving = Solving(Numeric(), CONDITIONS[solution.condition], solution.q, solution.bias_variance)
    fold(net, solving, InputLaw())
    scales = [(float(t.value), float(solving.bias_variance(t.weight))) for t in solving.used()]
    setting = Given(Numeric(), scales)
    out, gradient = fold(net, setting, InputLaw())
    cross = None if out.cross is None else float(out.cross)
    expected = Expected(float(out.second), float(out.mean), cross, float(gradient), slack(net, out))
    drawn = experiment(net, tuple(Drawn(*scale) for scale in scales), InputLaw(), seed)
    checks = verify_architecture(
        drawn, expected, Effort(seed=seed), most=samples or _most(net), progress=progress
    )
    return replace(solution, checks=checks, seed=seed)


def _most(net: Network) -> int:
    """Return how many networks are worth drawing: fewer large ones."""
    values = sum(prod(int(d) for d in weight.dims) for weight in net.weights())
    return max(FEWEST, min(MOST, DRAWN // max(values, 1)))
