"""A derivation with a verdict beside each line: in the terminal, and as rows for other faces."""

from __future__ import annotations

from varprop.answer.verify_derivation import TestedDerivation
from varprop.render.plain import plain
from varprop.render.screen import Screen
from varprop.verdict import Check, Verdict

MARKS = {Verdict.AGREES: "✓", Verdict.DISAGREES: "✗", Verdict.TOO_WEAK: "?"}
UNTESTED = "–"
WIDEST = 72


def show_lines(noun: TestedDerivation, screen: Screen) -> None:
    """Print every line with its mark, the verdict in words, and how it was tested."""
    screen.line(noun.derivation.title)
    for number, (step, check, reason) in enumerate(
        zip(noun.derivation, noun.lines, noun.reasons, strict=True), start=1
    ):
        left, right = (plain(side) for side in step.equation.args)
        equation = f"{left} = {right}"
        told = f"{words(check, reason)}"
        head = f"  {mark(check)} {number:>2}  "
        if len(equation) <= WIDEST:
            screen.line(f"{head}{equation:<{WIDEST}}  {told}")
        else:
            screen.line(f"{head}{equation}")
            screen.line(f"{' ' * len(head)}{'':<{WIDEST}}  {told}")
    screen.line()
    screen.line(f"lines   {marks(noun)}   ({UNTESTED}: given or imposed, not tested)")


def mark(check: Check | None) -> str:
    """Return the sign of a line's verdict."""
    return UNTESTED if check is None else MARKS[check.verdict]


def marks(noun: TestedDerivation) -> str:
    """Return the signs of all lines in a row."""
    return " ".join(mark(check) for check in noun.lines)


def words(check: Check | None, reason: str) -> str:
    """Return the verdict in words, and how it was reached."""
    return reason if check is None else f"{check.verdict.value}, {check.note}"
