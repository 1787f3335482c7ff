"""A registry: named, frozen entries of one kind, found by name, alias or attribute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic, Protocol, TypeVar

from varprop.errors import BadInput, UnknownName, did_you_mean, shown


class Entry(Protocol):
    """What every registered entry declares about itself."""

    @property
    def name(self) -> str:
        """The canonical name."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other spellings that are accepted."""


T = TypeVar("T", bound=Entry)


class Registry(Mapping[str, T], Generic[T]):
    """Entries of one kind in the order in which they were added.

    Iteration and ``len`` see canonical names only; look-up also accepts aliases.
    """

    def __init__(self, kind: str, plural: str) -> None:
        self.kind = kind
        self.plural = plural
        self._entries: dict[str, T] = {}
        self._canonical: dict[str, str] = {}

    def add(self, entry: T) -> T:
        """Register ``entry`` under its name and aliases; a name can be taken only once."""
        for name in (entry.name, *entry.aliases):
            if name in self._canonical:
                raise ValueError(f"{self.kind} {name!r} is registered twice")
            self._canonical[name] = entry.name
        self._entries[entry.name] = entry
        return entry

    def __getitem__(self, name: str) -> T:
        if not isinstance(name, str):
            example = next(iter(self._entries), self.kind)
            raise BadInput(f"the {self.kind} is a name, such as {example!r}, not {shown(name)}.")
        canonical = self._canonical.get(name)
        if canonical is None:
            raise UnknownName(
                f"no {self.kind} {shown(name)!r}. {did_you_mean(name, self._canonical)}"
                f"All {len(self)}: varprop list {self.plural}"
            )
        return self._entries[canonical]

    def __getattr__(self, name: str) -> T:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except UnknownName as error:
            raise AttributeError(str(error)) from None

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._canonical

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"{self.plural}: {', '.join(self)}"

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._canonical]

    def spellings(self) -> tuple[str, ...]:
        """Every accepted spelling, aliases included."""
        return tuple(self._canonical)
