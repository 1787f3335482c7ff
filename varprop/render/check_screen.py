"""The screen of ``check``: each claim with its verdict as a word, a sign and a colour."""

from __future__ import annotations

import re

from rich.text import Text

from varprop.checking.findings import Answer, Checked, Decision
from varprop.render.check_words import SIGNS, STYLES, given_words, lines
from varprop.render.screen import Screen

INDENT = 5
MARKS = re.compile(r"[\\*_`<]")
"""What Markdown would read as its own."""

_ASCII = (("◐", "o"), ("⟨", "<"), ("⟩", ">"), ("⊥", "_|_"))


def show_checked(noun: Checked, screen: Screen, *, digits: int = 6) -> None:
    """Print every claim and one line that sums up."""
    for place, decision in enumerate(noun.decisions, start=1):
        _show(place, decision, screen, digits)
    screen.line(closing(noun))


def _show(place: int, decision: Decision, screen: Screen, digits: int) -> None:
    answer = decision.answer
    sign = _shown(f"{SIGNS[answer]} {answer.value:<12} ", screen)
    given = given_words(decision)
    claim = _shown(decision.statement, screen)
    room = screen.width - INDENT - len(sign)
    whole = f"{claim}   {_shown(given, screen)}" if given else claim
    for number, part in enumerate(screen.wrapped(whole, room)):
        line = Text(f"{place:>3}  " if number == 0 else " " * INDENT)
        line.append(sign if number == 0 else " " * len(sign), style=STYLES[answer])
        line.append(part, style="bold")
        if given and number == 0 and part.startswith(claim):
            line.stylize("not bold dim", INDENT + len(sign) + len(claim))
        screen.out.print(line, soft_wrap=True)
    for label, text in lines(decision, digits):
        _labelled(label, text, screen)


def _labelled(label: str, text: str, screen: Screen) -> None:
    head = " " * INDENT + f"{label:<13}"
    for part in screen.wrapped(_shown(text, screen), screen.width - len(head)):
        line = Text(head, style="bold")
        line.append(part, style="not bold")
        screen.out.print(line, soft_wrap=True)
        head = " " * len(head)


def _shown(text: str, screen: Screen) -> str:
    """Return a text that may hold anything typed, in signs that the stream can carry."""
    if screen.text("√") == "√":
        return text
    for sign, plain in _ASCII:
        text = text.replace(sign, plain)
    plain = screen.text(text)
    return plain.encode("ascii", "backslashreplace").decode("ascii")


def closing(noun: Checked) -> str:
    """Return the counts of the verdicts, and how many are as expected."""
    total = len(noun.decisions)
    counts = [f"{noun.count(a)} {a.value}" for a in Answer if noun.count(a)]
    text = f"{total} claim{'s' if total != 1 else ''}: {', '.join(counts)}"
    expected = [one for one in noun.decisions if one.expect is not None]
    if expected:
        right = sum(one.as_expected is True for one in expected)
        text += f" · {right} as expected"
        if right < len(expected):
            text += f", {len(expected) - right} not"
    return text


def escaped(text: str) -> str:
    """Return words that Markdown shows as they are."""
    return MARKS.sub(lambda found: f"\\{found[0]}", text)


def to_markdown(noun: Checked) -> str:
    """Return the claims as Markdown, one heading-free block each."""
    blocks = []
    for place, decision in enumerate(noun.decisions, start=1):
        given = given_words(decision)
        head = (
            f"{place}. {SIGNS[decision.answer]} **{decision.answer.value}** `{decision.statement}`"
        )
        rows = [head + (f", {given}" if given else "")]
        rows += [f"   - {label}: {escaped(text)}" for label, text in lines(decision)]
        blocks.append("\n".join(rows))
    return "\n\n".join([*blocks, closing(noun)]) + "\n"
