"""One way to initialise, as ``advise`` judges it."""

from __future__ import annotations

from dataclasses import dataclass

from varprop.answer.advise_gradients import Judgement


@dataclass(frozen=True)
class Option:
    """One way to initialise: law, scales, and for a residual network the factor of each branch.

    ``form``: plain, residual, or looks-linear (weights in mirrored pairs).
    """

    form: str
    law: str
    sigma_w2: float
    sigma_b2: float
    q_star: float | None
    branch: float | None
    judgements: tuple[Judgement, ...]

    @property
    def holds(self) -> bool:
        """Whether every judged quantity stays in the band."""
        return all(j.holds is not False for j in self.judgements)


def within(value: float, band: tuple[float, float]) -> bool:
    """Whether a factor stays in the band."""
    return band[0] <= value <= band[1]
