"""What is known about the random variables of an argument; every rule asks here, nowhere else."""

from __future__ import annotations

from dataclasses import field

from sympy import Expr, Indexed, Symbol

from varprop.frozen import frozen
from varprop.rewriting.nodes import base_of

Distinct = frozenset[frozenset[Symbol]]


@frozen
class Known:
    """What is known of one random variable or family of them.

    ``mean`` is None when it is unknown (it may differ from 0), and so is ``variance``; ``iid`` says
    that members with different indices are independent; ``identical`` says that they share one law;
    ``single`` says that ``words`` speak of one variable and not of a family.
    """

    name: str
    words: str
    mean: Expr | None = None
    iid: bool = False
    identical: bool = True
    variance: Expr | None = None
    single: bool = False

    @property
    def have(self) -> str:
        """The verb that goes with ``words``."""
        return "has" if self.single else "have"


@frozen
class Facts:
    """All declared random variables and the pairs of families that are independent."""

    known: tuple[Known, ...]
    independent: frozenset[frozenset[str]] = field(default_factory=frozenset)

    def about(self, atom: Expr) -> Known:
        """Return what is known of the family to which ``atom`` belongs."""
        name = str(base_of(atom))
        for entry in self.known:
            if entry.name == name:
                return entry
        raise KeyError(name)

    def atoms(self, expression: Expr) -> set[Expr]:
        """Return the random atoms of an expression: x[j] or x, with indices where there are any."""
        names = {entry.name for entry in self.known}
        indexed = {a for a in expression.atoms(Indexed) if str(a.base.label) in names}
        labels = {a.base.label for a in indexed} | {a.base for a in indexed}
        plain = {
            a
            for a in expression.free_symbols
            if isinstance(a, Symbol) and a.name in names and a not in labels
        }
        inside = {s for a in indexed for s in a.base.free_symbols}
        return indexed | (plain - inside)

    def is_random(self, expression: Expr) -> bool:
        """Whether the expression holds any declared random variable."""
        return bool(self.atoms(expression))

    def are_independent(self, left: Expr, right: Expr, distinct: Distinct) -> bool:
        """Whether two expressions are known to be independent."""
        return all(
            self._pair_independent(a, b, distinct)
            for a in self.atoms(left)
            for b in self.atoms(right)
        )

    def _pair_independent(self, a: Expr, b: Expr, distinct: Distinct) -> bool:
        first, second = self.about(a), self.about(b)
        if first is not second:
            return frozenset((first.name, second.name)) in self.independent
        return first.iid and _differ(a, b, distinct)


def _differ(a: Expr, b: Expr, distinct: Distinct) -> bool:
    if not (isinstance(a, Indexed) and isinstance(b, Indexed)):
        return False
    for i, j in zip(a.indices, b.indices, strict=True):
        if frozenset((i, j)) in distinct and i != j:
            return True
        if i.is_number and j.is_number and i != j:
            return True
    return False
