"""Every refusal of varprop: one clear line that names the value, what was expected and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class VarpropError(Exception):
    """Base of every refusal; its text is one line and is meant for people."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class BadInput(VarpropError, ValueError):
    """A value that cannot be used: wrong type, sign, range or spelling."""


class UnknownName(BadInput):
    """A name that no registry holds."""


class Divergent(VarpropError, ArithmeticError):
    """An expectation that is infinite or does not exist."""


class Undecided(VarpropError, ArithmeticError):
    """A question that the engine cannot answer with the certainty it promises."""


class SafetyNet(VarpropError, AssertionError):
    """A closed form that disagrees with quadrature: a defect of varprop, never shown as an answer."""


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return the known names that look most like ``name``, best first."""
    by_folded: dict[str, str] = {}
    for candidate in known:
        by_folded.setdefault(candidate.casefold(), candidate)
    folded = name.casefold()
    close = difflib.get_close_matches(folded, list(by_folded), n=count, cutoff=0.6)
    longer = [key for key in by_folded if key.startswith(folded) and key not in close]
    return [by_folded[key] for key in [*close, *sorted(longer)][:count]]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``"Did you mean a or b? "`` or an empty string when nothing is close."""
    close = nearest(name, known)
    if not close:
        return ""
    if len(close) == 1:
        return f"Did you mean {close[0]}? "
    return f"Did you mean {', '.join(close[:-1])} or {close[-1]}? "
