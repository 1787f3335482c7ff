"""What the screen of ``phase`` says of a phase in words."""

from __future__ import annotations

from varprop.answer.phase import CRITICAL, Phase
from varprop.render.numbers import number

WORDS = {
    "ordered": "ordered: gradients vanish, inputs become alike",
    "critical": "critical: on the edge of chaos",
    "chaotic": "chaotic: gradients grow, similar inputs separate",
}


def phase_words(found: Phase) -> str:
    """Return the phase and what happens in it."""
    if found.phase is None:
        return f"none: χ⊥ = {number(found.chi_perp, 6)} without a fixed point is no edge of chaos"
    if found.separates_by_jumps:
        kept = abs((found.chi_perp or 0.0) - 1) <= CRITICAL
        return f"chaotic: φ jumps, similar inputs separate; gradients {'are kept' if kept else 'vanish'}"
    if found.q_star == 0 and found.phase == "ordered":
        return "ordered: signal and gradients vanish"
    if found.point is None and found.slope is not None:
        return "chaotic: signal and gradients grow"
    return WORDS[found.phase]
