"""What a network of the zoo declares."""

from __future__ import annotations

from varprop.frozen import frozen


@frozen
class NetworkEntry:
    """A network by name: its spec, what it is, and where it comes from.

    ``small`` is a spec of the same blocks at reduced width, resolution and depth for experiments;
    ``within`` is the relative error that approximate rules make in it, ``pairs`` says whether two
    inputs are followed through it.
    """

    name: str
    spec: str
    words: str
    source: str
    small: str
    aliases: tuple[str, ...] = ()
    within: float = 0.0
    pairs: bool = True
