"""``propagate(verify=True)``: a followed network with the experiment on it."""

from __future__ import annotations

from dataclasses import replace

from varprop.answer.propagate import Propagation
from varprop.answer.verification import Verification


def experiment_on(net: Propagation, *, samples: int | None = None, seed: int = 0) -> Verification:
    """Return the experiment on one network, its checks named after the initialiser."""
    from varprop.answer.verify_result import verify_result

    found: Verification = verify_result(net, samples=samples, seed=seed)
    return replace(
        found, checks=tuple(replace(c, name=f"{net.init}: {c.name}") for c in found.checks)
    )


def sampled(net: Propagation, verify: bool, samples: int | None, seed: int) -> Propagation:
    """Return the network with its seed, and with checks where an experiment was asked for."""
    checks = experiment_on(net, samples=samples, seed=seed).checks if verify else None
    return replace(net, checks=checks, seed=seed)
