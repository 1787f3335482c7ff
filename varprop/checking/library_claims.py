"""Claims about libraries: the initialiser is called, and what it draws is measured."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

from varprop.checking.findings import Answer, Decision, Evidence, Finding
from varprop.checking.library_draws import DRAWS
from varprop.claims import ClaimEntry
from varprop.errors import BadInput

TOLERANCE = 0.01
"""Relative, of the variance: jax's complex constant is 1.9 % off."""


def installed(library: str) -> bool:
    """Whether a package can be imported here."""
    return importlib.util.find_spec(library) is not None


def decide_library(entry: ClaimEntry, seed: int = 0) -> Decision:
    """Draw from the library's initialiser and measure what it promises.

    Undecided where the library is not installed. Raises BadInput for an entry that names no draw.
    """
    statement = entry.statement
    library = entry.library or ""
    if entry.draw not in DRAWS:
        raise BadInput(f"the claim {entry.name} names the unknown draw {entry.draw!r}.")
    if not installed(library):
        words = f"{library} is not installed: pip install varprop[{library}]"
        return Decision(statement, entry.given, Finding(Answer.UNDECIDED, tried=(words,)))
    draw, fan_in, fan_out = DRAWS[entry.draw]
    finding = measured(draw, entry.promise, fan_in, fan_out, seed)
    return Decision(statement, entry.given, finding, seed=seed)


def measured(
    draw: Callable[[int], Any], promise: str, fan_in: int, fan_out: int, seed: int = 0
) -> Finding:
    """Compare drawn weights with a promised scheme or variance by ``vp.testing.assert_init``."""
    from varprop.testing import assert_init

    try:
        assert_init(draw, promise, fan_in=fan_in, fan_out=fan_out, tolerance=TOLERANCE, seed=seed)
    except AssertionError as error:
        words = " ".join(str(error).split())
        return Finding(Answer.FALSE, fails_for=words, evidence=(Evidence("measured", words=words),))
    words = f"weights drawn with fan_in {fan_in}, fan_out {fan_out} have the variance {promise}"
    return Finding(Answer.TRUE, evidence=(Evidence("measured", words=words),))
