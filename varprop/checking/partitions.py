"""Products of sums over one index range, split by which of the running indices are equal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from sympy import Expr, Symbol

from varprop.checking.world import World


def set_partitions(count: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Yield every partition of {0 … count − 1} into blocks."""
    if count == 0:
        yield ()
        return
    last = count - 1
    for rest in set_partitions(last):
        yield (*rest, (last,))
        for place, block in enumerate(rest):
            yield (*rest[:place], (*block, last), *rest[place + 1 :])


def partitions(
    count: int, fixed: tuple[str, ...]
) -> Iterator[tuple[tuple[tuple[int, ...], ...], tuple[str | None, ...]]]:
    """Yield partitions and, for each block, the fixed index it meets or None for a fresh one."""
    for blocks in set_partitions(count):
        for places in product((None, *fixed), repeat=len(blocks)):
            met = [place for place in places if place is not None]
            if len(met) == len(set(met)):
                yield blocks, places


def renamed(total: Expr, index: str, world: World) -> Expr:
    """Return the term of a sum at another index."""
    term, running = total.args[0], total.args[1].name
    names = {}
    for symbol in world.random_in(term):
        found = world.family_of(symbol.name)
        if found is not None and found[1] == running:
            names[symbol] = Symbol(f"{found[0]}_{index}", real=True)
    return term.xreplace(names)
