"""The screen of ``check``: each claim with its verdict as a word, a sign and a colour."""

from __future__ import annotations

from rich.text import Text

from varprop.checking.findings import Answer, Checked, Decision
from varprop.render.check_words import SIGNS, STYLES, given_words, lines
from varprop.render.screen import Screen

INDENT = 5
_ASCII = (("◐", "o"), ("⟨", "<"), ("⟩", ">"), ("⊥", "_|_"))


def show_checked(noun: Checked, screen: Screen, *, digits: int = 6) -> None:
    """Print every claim and one line that sums up."""
    for place, decision in enumerate(noun.decisions, start=1):
        _show(place, decision, screen, digits)
    screen.line(closing(noun))


def _show(place: int, decision: Decision, screen: Screen, digits: int) -> None:
    answer = decision.answer
    head = Text(screen.text(f"{place:>3}  "))
    verdict = f"{SIGNS[answer]} {answer.value:<12} "
    head.append(_shown(verdict, screen), style=STYLES[answer])
    head.append(_shown(decision.statement, screen), style="bold")
    given = given_words(decision)
    if given:
        head.append(_shown(f"   {given}", screen), style="dim")
    screen.out.print(head)
    for label, text in lines(decision, digits):
        screen.out.print(_indented(label, text, screen))


def _indented(label: str, text: str, screen: Screen) -> Text:
    line = Text(" " * INDENT + f"{label:<13}", style="bold")
    line.append(_shown(text, screen), style="not bold")
    return line


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


def to_markdown(noun: Checked) -> str:
    """Return the claims as Markdown, one heading-free block each."""
    blocks = []
    for place, decision in enumerate(noun.decisions, start=1):
        given = given_words(decision)
        head = (
            f"{place}. {SIGNS[decision.answer]} **{decision.answer.value}** `{decision.statement}`"
        )
        rows = [head + (f", {given}" if given else "")]
        rows += [f"   - {label}: {text}" for label, text in lines(decision)]
        blocks.append("\n".join(rows))
    return "\n\n".join([*blocks, closing(noun)]) + "\n"
