"""A derivation in the terminal: numbered lines, the reason beside each, or below where it is long."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text
from sympy import Basic

from varprop.derivation import Derivation, Step
from varprop.render.plain import plain
from varprop.render.screen import Screen

WIDEST = 62
"""Columns beyond which an equation gets a line of its own."""


def show_derivation(
    derivation: Derivation,
    screen: Screen,
    *,
    names: Mapping[Basic, str] | None = None,
    values: Mapping[Basic, str] | None = None,
    short: bool = False,
    label: str = "Why",
) -> None:
    """Print a derivation; ``short`` keeps the key lines, ``values`` gives held expectations a number."""
    shown = [step for step in derivation if step.key or not short]
    equations = _equations(shown, names, values or {})
    indent = len(label) + 2 if label else 2
    room = screen.width - indent - 5
    column = max((len(e) for e in equations if len(e) <= min(WIDEST, room // 2 + 8)), default=20)
    for count, (step, equation) in enumerate(zip(shown, equations, strict=True), start=1):
        head = (label if count == 1 else "").ljust(indent)
        reason = _reason(step, short=short)
        _print(screen, f"{head}{count:>2}  ", equation, reason, column)


def _print(screen: Screen, head: str, equation: str, reason: str, column: int) -> None:
    room = screen.width - len(head) - column - 2
    if len(equation) <= column and (screen.boundless or len(reason) <= max(room, 0)):
        _line(screen, head, equation.ljust(column) + "  ", reason)
        return
    room = max(20, screen.width - len(head))
    for line in screen.wrapped(screen.text(equation), room):
        _line(screen, head, line, "")
        head = " " * len(head)
    for line in screen.wrapped(screen.text(reason), room - 4):
        _line(screen, head + "    ", "", line)


def _line(screen: Screen, head: str, equation: str, reason: str) -> None:
    text = Text(screen.text(head), style="dim")
    text.append(screen.text(equation), style="not dim")
    text.append(screen.text(reason), style="dim")
    text.rstrip()
    screen.out.print(text, soft_wrap=True)


def _equations(
    steps: list[Step], names: Mapping[Basic, str] | None, values: Mapping[Basic, str]
) -> list[str]:
    lines: list[str] = []
    before = None
    for step in steps:
        left, right = (plain(side, names) for side in step.equation.args)
        number = values.get(step.equation.args[1])
        if number is not None:
            right += f" = {number}"
        sign = {"==": "=", "<=": "≤", ">=": "≥"}.get(step.equation.rel_op, step.equation.rel_op)
        lines.append(f"{' ' * len(left) if left == before else left} {sign} {right}")
        before = left
    return lines


def _reason(step: Step, *, short: bool) -> str:
    if short or not step.assumes:
        return step.because
    return f"{step.because}   [{'; '.join(step.assumes)}]"
