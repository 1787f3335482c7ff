"""Activations that a caller defines, and which of them a network was read with."""

from __future__ import annotations

from varprop.catalogue.activations import Activation


class Used(dict[str, Activation]):
    """Definitions by name that remember which were looked up, by each other or by a network."""

    def __init__(self) -> None:
        super().__init__()
        self._looked_up: set[str] = set()
        self._inside: dict[str, set[str]] = {}

    def __getitem__(self, name: str) -> Activation:
        self._looked_up.add(name)
        return super().__getitem__(name)

    def define(self, name: str, entry: Activation) -> None:
        """Add an entry; what was looked up since the last one is part of it."""
        self[name] = entry
        self._inside[name], self._looked_up = self._looked_up, set()

    def unused(self) -> list[str]:
        """Return, in order, the names that a network read with them neither has nor reaches."""
        reached: set[str] = set()
        left = list(self._looked_up)
        while left:
            name = left.pop()
            if name not in reached:
                reached.add(name)
                left += self._inside[name]
        return [name for name in self if name not in reached]
