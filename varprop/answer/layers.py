"""``vp.layers``: every layer of the spec language by name, to write a network as Python.

``vp.layers.Input(784) >> vp.layers.Dense(512) >> vp.relu >> vp.layers.Dense(10)``; ``vp.network``
takes it, as it takes the text. ``eval(repr(layer), vars(vp.layers))`` is the layer again.
"""

from __future__ import annotations

from varprop.errors import UnknownName
from varprop.networks.elementwise import Activate
from varprop.networks.kinds import LAYERS
from varprop.networks.layer import Layer

__all__ = ["Activate", *LAYERS.spellings()]  # noqa: PLE0604

globals().update((name, LAYERS[name].layer) for name in LAYERS.spellings())


def __getattr__(name: str) -> type[Layer]:
    """Return the layer class of that name or alias; raises AttributeError with the nearest names."""
    if name.startswith("_"):
        raise AttributeError(name)
    try:
        return LAYERS[name].layer
    except UnknownName as error:
        raise AttributeError(str(error)) from None


def __dir__() -> list[str]:
    return list(LAYERS)
