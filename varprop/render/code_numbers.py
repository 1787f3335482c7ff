"""Initialisers hold numbers alone: the refusal of an answer that has a symbol left."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Basic

from varprop.answer.architecture import ArchitectureSolution, settled_network
from varprop.errors import BadInput
from varprop.result import Solution


def no_number(symbols: Iterable[Basic | str]) -> BadInput:
    """Return the refusal of code with symbols; it names the first."""
    name = min(map(str, symbols))
    return BadInput(f"--code needs numbers, but {name} is a symbol. Write a number for it.")


def refuse_symbols(symbols: Iterable[Basic | str]) -> None:
    """Raise BadInput if there is a symbol."""
    found = list(symbols)
    if found:
        raise no_number(found)


def need_numbers(noun: Solution | ArchitectureSolution) -> None:
    """Refuse a network whose sizes, counts or factors are open, solved factors aside."""
    if isinstance(noun, ArchitectureSolution):
        refuse_symbols(settled_network(noun).symbols())
    refuse_symbols(noun.bias_variance.free_symbols)
