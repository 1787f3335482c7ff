"""The answer of ``verify``: checks with their verdicts, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass

from varprop.faces import Shown
from varprop.verdict import Check, Verdict


@dataclass(frozen=True)
class Verification(Shown):
    """The verdicts of a sweep, in the order of the registries.

    ``planned`` is the number of checks that were asked for; fewer are there when the sweep was
    interrupted or its seconds ran out, and ``stopped`` says which. ``family`` is the confidence
    with which all verdicts hold together, ``warnings`` what else should be known.
    """

    checks: tuple[Check, ...]
    planned: int
    tolerance: float
    seed: int
    seconds: float
    family: float = 0.99
    stopped: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def summary(self) -> dict[str, int]:
        """How many checks agree, disagree and are too weak to tell."""
        words = {"agrees": Verdict.AGREES, "disagrees": Verdict.DISAGREES}
        words["too_weak"] = Verdict.TOO_WEAK
        return {
            word: sum(check.verdict is verdict for check in self.checks)
            for word, verdict in words.items()
        }

    @property
    def unfinished(self) -> int:
        """How many checks were asked for and not made."""
        return self.planned - len(self.checks)

    @property
    def agrees(self) -> bool:
        """Whether every check that was asked for was made and agrees."""
        return self.summary["agrees"] == self.planned

    @property
    def worst(self) -> Check | None:
        """The check whose observation lies most standard errors from its prediction."""
        return max(self.checks, key=lambda check: abs(z_score(check)), default=None)


def z_score(check: Check) -> float:
    """Return (observed − predicted)/standard error, 0 where either can't be told."""
    distance = check.observed - check.predicted
    usable = check.standard_error > 0 and abs(distance) < float("inf")
    return distance / check.standard_error if usable else 0.0
