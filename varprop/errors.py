"""Every refusal of varprop: one clear line that names the value, what was expected and what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

OPTION = re.compile(r"varprop [a-z]+ --\S+|--([a-z][a-z0-9-]*)(?: (?=\d|\"|[a-z]\b)([a-z]\b)?)?")
ARGUMENTS = {"for": "for_", "from": "start"}
"""Options whose argument in Python has another name."""

_command_line: ContextVar[bool] = ContextVar("command_line", default=False)


@contextmanager
def on_the_command_line() -> Iterator[None]:
    """Let refusals name options as a shell has them, ``--fan-in 512`` rather than ``fan_in=512``."""
    before = _command_line.set(True)
    try:
        yield
    finally:
        _command_line.reset(before)


def python_words(text: str) -> str:
    """Return a text with options as arguments of a function; commands in it stay as they are."""
    return OPTION.sub(_argument, text)


def _argument(found: re.Match[str]) -> str:
    option, letter = found[1], found[2]
    if option is None:
        return found[0]
    name = ARGUMENTS.get(option, option.replace("-", "_"))
    if letter is not None:
        return f'{name}="{letter}"'
    return f"{name}=" if found[0].endswith(" ") else name


class VarpropError(Exception):
    """Base of every refusal; its text is one line and is meant for people."""

    trail: tuple[object, ...] = ()
    """What is about the place in a network that a refusal speaks of, innermost first."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))

    def inside(self, around: object) -> None:
        """Note what else is about the place."""
        self.trail = (*self.trail, around)

    def completed(self, before: str = "", after: str = "") -> None:
        """Say more in front of the message and behind it."""
        self.args = (f"{before}{self.args[0]}{after}",)

    def __str__(self) -> str:
        text = str(self.args[0])
        return text if _command_line.get() else python_words(text)


class BadInput(VarpropError, ValueError):
    """A value that cannot be used: wrong type, sign, range or spelling.

    ``at`` is the place in a network's text, from 0, where the refusal is about one.
    """

    at: int | None = None


class UnknownName(BadInput):
    """A name that no registry holds."""


class Divergent(VarpropError, ArithmeticError):
    """An expectation that is infinite or does not exist."""


class Undecided(VarpropError, ArithmeticError):
    """A question that the engine cannot answer with the certainty it promises."""


class SafetyNet(VarpropError, AssertionError):
    """A closed form that disagrees with quadrature: a defect of varprop, never shown as an answer."""


LONGEST_SHOWN = 60
"""Characters of what was typed that a message repeats."""


def shown(value: object) -> str:
    """Return what was typed as a message repeats it: on one line, long text with its start alone."""
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."


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
