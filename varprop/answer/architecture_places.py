"""Where the tensors of a network stand: equal ones together, and every use in order with its path."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from varprop.answer.architecture_fold import Tensor
from varprop.answer.question import as_float
from varprop.frozen import frozen
from varprop.networks.recording import Again

COPIES = re.compile(r"(\d+)(?:…(\w+))?/(\w+)")
"""The name of one copy of a block, 3/12, or of several, 3…12/12."""

Path = tuple[str, ...]
MOST_PLACES = 3
"""Places of a tensor that are named."""


@dataclass(eq=False)
class Merged:
    """Equal tensors as one, with ``where`` they stand if the same layer has other scales elsewhere."""

    tensor: Tensor
    members: list[Tensor]
    where: str = ""


def merged(tensors: list[Tensor]) -> list[Merged]:
    """Return equal tensors together, and next to those that differ in their value alone.

    Both in the order of their first use.
    """
    groups: dict[object, dict[object, Merged]] = {}
    for one in tensors:
        value = one.value if isinstance(one.value, float) else as_float(one.value)
        size = one.value if value is None else float(f"{value:.11g}")
        found = groups.setdefault((one.name, one.weight, one.feed.words, one.cancelled), {})
        old = found.get(size)
        if old is None:
            found[size] = Merged(one, [one])
        else:
            path = _joined(old.tensor.path, one.path)
            old.tensor = replace(old.tensor, path=path, copies=old.tensor.copies + one.copies)
            old.members.append(one)
    for group in groups.values():
        _tell_apart(list(group.values()))
    return [one for group in groups.values() for one in group.values()]


def _tell_apart(group: list[Merged]) -> None:
    """Say where each stands: in which copies of blocks, or as which one in the order of use."""
    if len(group) == 1:
        return
    places = [_places(one.members) for one in group]
    times = Counter(places)
    for number, (one, place) in enumerate(zip(group, places, strict=True), start=1):
        told = place and times[place] == 1
        one.where = f"in {place}" if told else f"no. {number}"


def _places(members: list[Tensor]) -> str:
    found: list[str] = []
    for member in members:
        place = " › ".join(name for name in member.path if COPIES.fullmatch(name))
        both = _both(found[-1], place) if found else None
        if both is not None:
            found[-1] = both
        elif place and place not in found:
            found.append(place)
    shown = found if len(found) <= MOST_PLACES else [*found[: MOST_PLACES - 1], "…"]
    return ", ".join(shown)


def _joined(old: Path, new: Path) -> Path:
    """Return the path of both where the copies of one block go on, else the first."""
    if len(old) != len(new):
        return old
    differ = [k for k, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    both = _both(old[differ[0]], new[differ[0]]) if len(differ) == 1 else None
    return old if both is None else (*old[: differ[0]], both, *old[differ[0] + 1 :])


def _both(old: str, new: str) -> str | None:
    """Return 1…3/4 for 1/4 and 2…3/4, None for copies that aren't next to each other."""
    a, b = COPIES.fullmatch(old), COPIES.fullmatch(new)
    if a is None or b is None or a[3] != b[3] or (a[2] or a[1]) != str(int(b[1]) - 1):
        return None
    return f"{a[1]}…{b[2] or b[1]}/{b[3]}"


@frozen
class Order:
    """Every use of a tensor in the order of the forward pass: its number among ``merged`` ones, its path."""

    uses: tuple[Tensor | Again, ...]
    numbers: Mapping[Tensor, int]

    def __iter__(self) -> Iterator[tuple[int, Path]]:
        """Go through all uses, copies written out."""
        every = uses_in_order(self.uses)
        return ((self.numbers[one], path) for one, path in every if one in self.numbers)


def uses_in_order(uses: Iterable[Tensor | Again]) -> Iterator[tuple[Tensor, Path]]:
    """Yield every use with its path, copies written out."""
    for use in uses:
        if isinstance(use, Again):
            for copy in range(use.first, use.first + use.copies):
                for tensor, path in uses_in_order(use.uses):
                    yield tensor, _numbered(path, use.depth, copy)
        else:
            yield use, tuple(_first(name) for name in use.path)


def _first(name: str) -> str:
    """Return the name of the first of several copies."""
    return COPIES.sub(r"\1/\3", name) if COPIES.fullmatch(name) else name


def _numbered(path: Path, depth: int, copy: int) -> Path:
    count = path[depth].rpartition("/")[2]
    return (*path[:depth], f"{copy}/{count}", *path[depth + 1 :])
