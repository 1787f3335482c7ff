"""``>>`` and ``*`` on activations: ``vp.relu >> vp.tanh``, ``3 * vp.relu``.

What they make is a network, which a higher floor knows; it says how with ``join_with``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from varprop.errors import VarpropError

_LOADERS: list[Callable[[], tuple[Callable[..., Any], Callable[..., Any]]]] = []


def join_with(loader: Callable[[], tuple[Callable[..., Any], Callable[..., Any]]]) -> None:
    """Name a function that returns how two layers are joined, and how one is repeated."""
    _LOADERS[:] = [loader]


def _makers() -> tuple[Callable[..., Any], Callable[..., Any]]:
    if not _LOADERS:
        raise VarpropError("no networks are loaded: import varprop first.")
    return _LOADERS[0]()


class Stackable:
    """An activation that can stand in a network written with >> and *."""

    def __rshift__(self, other: Any) -> Any:
        """Return this activation followed by a layer or another activation."""
        return _makers()[0](self, other)

    def __rrshift__(self, other: Any) -> Any:
        """Return a layer or another activation followed by this one."""
        return _makers()[0](other, self)

    def __mul__(self, count: Any) -> Any:
        """Return the activation of itself, ``count`` times."""
        return _makers()[1](self, count)

    def __rmul__(self, count: Any) -> Any:
        """Return the activation of itself, ``count`` times."""
        return _makers()[1](self, count)
