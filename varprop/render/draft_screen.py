"""A refereed derivation in the terminal: equation, reason and assumption side by side."""

from __future__ import annotations

from sympy import Basic

from varprop.derivation import Step
from varprop.refereeing.draft import Draft, Option, Options
from varprop.render.plain import plain
from varprop.render.screen import Screen
from varprop.verdict import Check, Verdict

HEADER = ["equation", "because", "assumes"]
MARKS = {Verdict.AGREES: "✓", Verdict.DISAGREES: "✗", Verdict.TOO_WEAK: "?"}
STATED = "–"


def show_draft(draft: Draft, screen: Screen) -> None:
    """Print the lines as a table, and what can be asked next."""
    screen.line(draft.definition.text, style="bold")
    rows = table_rows(draft)
    header = ["", *HEADER]
    if screen.boundless or not screen.too_wide(rows, header):
        screen.columns(rows, header)
    else:
        _blocks(rows, screen)
    screen.line()
    screen.line(closing(draft), style="dim")


def closing(draft: Draft) -> str:
    """Say how much is assumed, and how the lines did when they were tested."""
    count = len(draft.assumptions)
    assumed = f"{count} assumption{'' if count == 1 else 's'}"
    if draft.checks is None:
        return f"{assumed} · next: d.options() · the rest: d.finish() · test each line: d.verify()"
    marks = " ".join(mark(check) for check in draft.checks)
    return f"{assumed} · each line tested: {marks}   (–: stated or imposed, not tested)"


def mark(check: Check | None) -> str:
    """Return the sign of an outcome."""
    return STATED if check is None else MARKS[check.verdict]


def equations(steps: tuple[Step, ...]) -> list[str]:
    """Return the equations as text; a left side that repeats is left out."""
    lines, before = [], None
    for step in steps:
        left, right = (plain(side) for side in step.equation.args)
        lines.append(f"{' ' * len(left) if left == before else left} = {right}")
        before = left
    return lines


def show_options(options: Options, screen: Screen) -> None:
    """Print the names of the rules that apply, with the line that each would give."""
    screen.line(f"after {_text(options.after)}", style="bold")
    for small, title in ((False, "steps"), (True, "single rules")):
        found = [option for option in options if option.small is small]
        if found:
            rows = [(option.name, _text(option.line), _reason(option)) for option in found]
            screen.columns(rows, [title, "next line", "because"])
    if not len(options):
        screen.line("nothing applies to this line")


def _reason(option: Option) -> str:
    return option.steps[-1].because


def _text(equation: Basic) -> str:
    return plain(equation)


def table_rows(draft: Draft) -> list[tuple[str, ...]]:
    """Return mark or number, equation, reason, and what a line is the first to assume."""
    rows: list[tuple[str, ...]] = []
    known: set[str] = set()
    shown = equations(draft.steps)
    for place, step in enumerate(draft.steps):
        first = [words for words in step.assumes if words not in known]
        known.update(first)
        sign = str(place + 1) if draft.checks is None else mark(draft.checks[place])
        rows.append((sign, shown[place], step.because, "; ".join(first)))
    return rows


def _blocks(rows: list[tuple[str, ...]], screen: Screen) -> None:
    """Print each line's equation alone, with reason and assumption below it."""
    for sign, equation, *reasons in rows:
        screen.line(f"{sign:>2}  {equation}")
        for reason in filter(None, reasons):
            screen.line(f"      {reason}", style="dim")
