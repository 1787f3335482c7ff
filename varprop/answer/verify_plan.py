"""What ``verify`` can verify: named checks, listed from the registries so that none is left out."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from varprop.montecarlo.replicates import Effort
from varprop.verdict import Check

SYMBOLIC = threading.RLock()
"""Held while SymPy or mpmath works: their precision is one global number for all threads."""

Run = Callable[[Effort, int], tuple[Check, ...]]


@dataclass(frozen=True)
class Planned:
    """One experiment: the checks it makes, by name, and what starts it.

    ``kind`` and ``entry`` say whose formula is judged: ("activation", "relu"). ``run`` gets the
    effort of each check and the stream of its random numbers, which follows from the name alone.
    """

    kind: str
    entry: str
    names: tuple[str, ...]
    run: Run

    @property
    def stream(self) -> int:
        """The random numbers' stream: the same whatever else is verified."""
        return zlib.crc32(self.names[0].encode())

    def checks(self, effort: Effort) -> tuple[Check, ...]:
        """Run the experiment and return its checks under their names."""
        found = self.run(effort, self.stream)
        return tuple(
            replace(check, name=name, seed=effort.seed)
            for name, check in zip(self.names, found, strict=True)
        )


def everything() -> Iterator[Planned]:
    """Yield every experiment of every registry."""
    from varprop.answer import (
        verify_activations,
        verify_architectures,
        verify_combined,
        verify_conditions,
        verify_depth,
        verify_laws,
        verify_layers,
        verify_networks,
        verify_schemes,
        verify_signals,
    )

    for source in (
        verify_activations,
        verify_combined,
        verify_laws,
        verify_schemes,
        verify_conditions,
        verify_layers,
        verify_networks,
        verify_signals,
        verify_architectures,
        verify_depth,
    ):
        yield from source.planned()
