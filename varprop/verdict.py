"""One experiment against one prediction, and its verdict."""

from __future__ import annotations

import enum

from varprop.frozen import frozen


class Verdict(enum.Enum):
    """The outcome of an equivalence test against a stated tolerance."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    TOO_WEAK = "too weak"

    def __str__(self) -> str:
        return self.value


@frozen
class Check:
    """What was predicted, what was observed, and whether they agree within ``tolerance``.

    ``tolerance`` is absolute, in the units of ``predicted``; a replicate is a whole network (or one
    independent sample when no network is involved). ``finite_width`` is the size of the expected
    1/width effect in the same units, None where theory has no such term.
    """

    name: str
    predicted: float
    observed: float
    standard_error: float
    tolerance: float
    replicates: int
    width: int | None
    depth: int | None
    seed: int
    verdict: Verdict
    seconds: float = 0.0
    finite_width: float | None = None
    note: str | None = None
