"""What a registered claim declares, and the registries that hold them."""

from __future__ import annotations

from varprop.frozen import frozen
from varprop.registry import Registry


@frozen
class ClaimEntry:
    """One statement in the language of claims.

    ``title`` says it in our words, ``source`` and ``place`` who says it and where; ``expect`` is
    the verdict that tests expect and nothing else reads. ``library`` names the package whose
    initialiser is drawn from instead, ``draw`` and ``promise`` what is called and what is promised.
    """

    name: str
    title: str
    statement: str
    given: tuple[str, ...] = ()
    source: str = ""
    place: str = ""
    expect: str = "true"
    remark: str | None = None
    library: str | None = None
    draw: str = ""
    promise: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def cited(self) -> str:
        """Source and place in one line."""
        return f"{self.source}, {self.place}" if self.place else self.source


@frozen
class Beyond:
    """A statement that the state at initialisation can't decide, and why."""

    name: str
    title: str
    reason: str
    source: str
    aliases: tuple[str, ...] = ()


CLAIMS: Registry[ClaimEntry] = Registry("claim", "claims")
BEYOND: Registry[Beyond] = Registry("open statement", "claims")
