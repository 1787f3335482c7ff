"""What a layer of the spec language declares."""

from __future__ import annotations

from varprop.frozen import frozen
from varprop.networks.layer import Layer


@frozen
class LayerKind:
    """A layer of the spec language: its class, what it is, and examples that the tests sample.

    ``examples`` are whole networks in which the layer occurs; ``pairs`` says whether two
    inputs are followed through it, ``within`` is the relative error that
    the rule's own approximations make in them, 0 for an exact rule (up to 1/width).
    """

    name: str
    layer: type[Layer]
    words: str
    examples: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    source: str | None = None
    within: float = 0.0
    pairs: bool = True
