"""The experiment of a report: the network itself where it is small, its reduced copy where not."""

from __future__ import annotations

import math
from collections.abc import Callable

from varprop.answer.architecture import ArchitectureSolution, settled_network
from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.network import Network, network
from varprop.networks.zoo import NETWORKS, NetworkEntry
from varprop.verdict import Check, Verdict

LARGEST = 1e9
"""Products that one pass through a network may take (an upper bound) to be sampled in full."""

DRAWN = 256
"""Networks drawn, fewer where one pass is dear."""

FEWEST = 32
VALUES = 3e7
"""Weights that all networks together may have, while there are more than the fewest."""

MORE = 12
"""How many times as many networks may be drawn where the first were too few for a verdict."""

SHARE = 0.18
"""Standard error over tolerance at which a prediction that holds is found to hold."""


@frozen
class Experiment:
    """What was sampled, in words, its spec text, and the checks; none where nothing was."""

    words: str
    network: str | None
    checks: tuple[Check, ...]


def sampled(
    solution: ArchitectureSolution, *, samples: int | None, seed: int, wanted: bool
) -> Experiment:
    """Sample the solved network, or the reduced copy that the zoo has of it."""
    net = settled_network(solution)
    if not wanted:
        return Experiment("no experiment was asked for", None, ())
    if net.symbols():
        left = ", ".join(sorted(net.symbols()))
        return Experiment(f"not sampled: {left} is open", None, ())
    entry = next((one for one in NETWORKS.values() if one.spec == str(solution.network)), None)
    products = work(net)
    if products <= LARGEST and (entry is None or not entry.within):
        return _enough(lambda count: _full(solution, count, seed), net, samples)
    if entry is not None:
        small = network(entry.small)
        return _enough(lambda count: _reduced(entry, count, seed), small, samples)
    return Experiment(
        f"not sampled: one pass takes up to {products:.1g} products, more than {LARGEST:.0g}; "
        "write the same blocks with smaller widths to sample them",
        None,
        (),
    )


def _enough(draw: Callable[[int], Experiment], net: Network, samples: int | None) -> Experiment:
    """Draw networks, and as many more as a verdict needs where the first were too few."""
    if samples is not None:
        return draw(samples)
    first = _affordable(net)
    found = draw(first)
    weak = [check for check in found.checks if check.verdict is Verdict.TOO_WEAK]
    if not weak or any(check.verdict is Verdict.DISAGREES for check in found.checks):
        return found
    share = max(check.standard_error / check.tolerance for check in weak)
    needed = math.ceil(first * min(float(MORE), (share / SHARE) ** 2))
    return draw(needed) if needed > first else found


def _affordable(net: Network) -> int:
    """Return how many networks may be drawn: their weights and products are what takes time."""
    share = min(VALUES / _weights(net), 2 * LARGEST / work(net))
    return max(FEWEST, min(DRAWN, int(share)))


def _weights(net: Network) -> float:
    return math.fsum(math.prod(float(d) for d in weight.dims) for weight in net.weights())


def work(net: Network) -> float:
    """Return an upper bound of the products of one pass over an experiment's inputs."""
    from varprop.answer.verify_architectures import BATCH, INPUTS

    inputs = BATCH if "BatchNorm" in str(net) else INPUTS
    sizes = net.shape.concrete()
    positions = math.prod(sizes) / float(net.shape.features)
    return inputs * max(1.0, positions) * _weights(net)


def _full(solution: ArchitectureSolution, samples: int, seed: int) -> Experiment:
    from varprop.answer.architecture_experiment import verified_network

    try:
        tested = verified_network(solution, samples=samples, seed=seed)
    except BadInput as error:
        return Experiment(f"not sampled: {error}", None, ())
    return Experiment(
        "the network itself, at the solved scales, standard normal data",
        str(settled_network(solution)),
        tested.checks or (),
    )


def _reduced(entry: NetworkEntry, samples: int, seed: int) -> Experiment:
    from varprop.answer.verify_architectures import run
    from varprop.montecarlo.replicates import Effort

    checks = run(entry.small, entry.within, Effort(seed=seed, samples=samples), 0)
    return Experiment(
        f"the same rules on a reduced copy of {entry.name}'s blocks, with weights and biases of a "
        "generic scale",
        entry.small,
        checks,
    )
