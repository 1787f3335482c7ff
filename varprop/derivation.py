"""The nouns of an argument: assumption, step, derivation. The answer is the last line."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from varprop.faces import Shown
from varprop.frozen import frozen

if TYPE_CHECKING:
    from sympy import Basic, Expr


class Kind(enum.Enum):
    """What sort of line a step is, which decides how it is tested."""

    GIVEN = "given"
    RULE = "rule"
    EXPECTATION = "expectation"
    ALGEBRA = "algebra"
    LIMIT = "limit"


@frozen
class Step:
    """One line: an equation, the rule that gave it, why, and what it takes for granted.

    ``equation`` is a SymPy relation (usually Eq); ``assumes`` are sentences shared between steps;
    ``source`` is a citation or None; ``key`` marks the lines of the short version.
    """

    equation: Basic
    rule: str
    kind: Kind
    because: str
    assumes: tuple[str, ...] = ()
    source: str | None = None
    key: bool = True


@frozen
class Derivation(Shown):
    """Steps in order; its value is the right side of the last one, held nowhere else."""

    title: str
    steps: tuple[Step, ...]

    @property
    def value(self) -> Expr:
        """The right side of the last equation."""
        return self.steps[-1].equation.args[1]

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Every assumption of every step, in order of appearance, once each."""
        return _once(sentence for step in self.steps for sentence in step.assumes)

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source of every step, in order of appearance, once each."""
        return _once(step.source for step in self.steps if step.source)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)


def _once(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
