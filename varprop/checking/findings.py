"""The nouns of a decision: evidence, a finding on one relation, the decision on a claim."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from sympy import Expr

from varprop.faces import Shown
from varprop.verdict import Check


class Answer(enum.Enum):
    """The verdict on a claim."""

    TRUE = "true"
    CONDITIONAL = "conditional"
    FALSE = "false"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Evidence:
    """One reason: symbolic (both sides), numbers (both sides at a point), theorem, or a note."""

    kind: str
    left: str = ""
    right: str = ""
    at: str = ""
    words: str = ""
    check: Check | None = None


@dataclass(frozen=True)
class Finding:
    """What was found out about one relation.

    ``computed`` is the value of ``subject`` (as typed, in SymPy's spelling); ``instead`` a nearby
    statement that is true; ``sharper`` what a bound leaves; ``tried`` what could not decide.
    """

    answer: Answer
    subject: str = ""
    typed: str = ""
    computed: Expr | None = None
    number: float | None = None
    claimed: float | None = None
    holds_when: str | None = None
    fails_for: str | None = None
    instead: str | None = None
    sharper: str | None = None
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()

    @property
    def correct(self) -> str | None:
        """The equation that holds, parsable by SymPy."""
        if self.computed is None or not self.subject or self.answer is Answer.TRUE:
            return None
        if str(self.computed) == self.subject or str(self.computed).startswith(("P(", "Mean(Max")):
            return None
        return f"Eq({self.subject}, {self.computed})"


@dataclass(frozen=True)
class Decision(Shown):
    """A claim and what was found."""

    statement: str
    given: tuple[str, ...]
    finding: Finding
    id: str | None = None
    title: str | None = None
    source: str | None = None
    expect: str | None = None
    note: str | None = None
    seed: int = 0

    @property
    def answer(self) -> Answer:
        """The verdict."""
        return self.finding.answer

    @property
    def as_expected(self) -> bool | None:
        """Whether the verdict is the expected one; None where none was given."""
        return None if self.expect is None else self.expect == self.answer.value


@dataclass(frozen=True)
class Checked(Shown):
    """Several decisions, in the order asked for."""

    decisions: tuple[Decision, ...]
    seed: int = 0
    listed: tuple[tuple[str, str], ...] = field(default=())

    @property
    def verdict(self) -> str:
        """The verdict of the only claim, the worst of several."""
        order = (Answer.TRUE, Answer.CONDITIONAL, Answer.UNDECIDED, Answer.FALSE)
        return max((one.answer for one in self.decisions), key=order.index).value

    def count(self, answer: Answer) -> int:
        """Return how many claims got that verdict."""
        return sum(one.answer is answer for one in self.decisions)

    def exit_code(self, *, strict: bool = False) -> int:
        """Return 0, or 1 where a verdict differs from what was expected or is not true."""
        accepted = {Answer.TRUE} if strict else {Answer.TRUE, Answer.CONDITIONAL}
        wrong = [
            one
            for one in self.decisions
            if one.as_expected is False or (one.expect is None and one.answer not in accepted)
        ]
        return 1 if wrong else 0
