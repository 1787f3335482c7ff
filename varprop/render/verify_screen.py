"""The table of ``verify``: what was predicted, what was seen, and the verdicts."""

from __future__ import annotations

from collections.abc import Sequence

from varprop.answer.verification import Verification, z_score
from varprop.answer.verify_derivation import TestedDerivation
from varprop.render.numbers import number
from varprop.render.screen import Screen
from varprop.render.verify_lines import show_lines
from varprop.verdict import Check, Verdict

SHOWN = 40
"""More checks than these are shown by kind on a terminal, with every row where a file reads."""

STYLES = {Verdict.AGREES: "green", Verdict.DISAGREES: "bold red", Verdict.TOO_WEAK: "yellow"}
QUADRATURE = "by quadrature"


def show_verification(
    noun: Verification, screen: Screen, *, digits: int = 6, all_rows: bool = False
) -> None:
    """Print the rows, those by quadrature apart, and one line that sums up."""
    if isinstance(noun, TestedDerivation):
        show_lines(noun, screen)
        for line in closing_lines(noun):
            screen.line(line)
        return
    everything = all_rows or screen.piped or len(noun.checks) <= SHOWN
    sampled = [check for check in noun.checks if not by_quadrature(check)]
    apart = [check for check in noun.checks if by_quadrature(check)]
    if everything:
        _rows(sampled, screen, digits)
        if apart:
            screen.line()
            screen.line("Too heavy-tailed to sample at any q tried, so verified by quadrature")
            _rows(apart, screen, digits)
    else:
        _kinds(noun.checks, screen)
        odd = [check for check in noun.checks if check.verdict is not Verdict.AGREES]
        if odd:
            screen.line()
            _rows(odd, screen, digits)
    _reasons(noun.checks, screen, everything)
    screen.line()
    for line in closing_lines(noun, shortened=not everything):
        screen.line(line)


def by_quadrature(check: Check) -> bool:
    """Whether the check rests on a quadrature, because sampling could not decide it."""
    return check.note is not None and check.note.startswith(QUADRATURE)


def closing_lines(noun: Verification, *, shortened: bool = False) -> tuple[str, ...]:
    """Return the verdict in words, how it was judged, and what to do next."""
    counts = noun.summary
    words = [f"{counts['agrees']} agree"]
    words += [f"{counts['disagrees']} disagree"] if counts["disagrees"] else []
    words += [f"{counts['too_weak']} too weak to tell"] if counts["too_weak"] else []
    words += [f"{noun.unfinished} not made"] if noun.unfinished else []
    ending = f", {noun.stopped}" if noun.stopped else ""
    lines = [f"{noun.planned} checks: {', '.join(words)}{ending}"]
    worst = noun.worst
    if worst is not None:
        lines.append(
            f"tolerance {number(100 * noun.tolerance, 4)} %, all verdicts together at "
            f"{number(100 * noun.family, 4)} %; worst z {z_score(worst):+.1f} ({worst.name}); "
            f"seed {noun.seed}, {noun.seconds:.1f} s"
        )
    if counts["too_weak"]:
        lines.append("too weak: give --samples more, or a wider --tolerance")
    if shortened:
        lines.append("every row: --all-rows, or --json")
    return (*lines, *noun.warnings)


def _rows(checks: Sequence[Check], screen: Screen, digits: int) -> None:
    if not checks:
        return
    screen.columns(
        [_row(check, digits) for check in checks],
        ["check", "predicted", "observed", "± error", "tolerance", "z", "verdict"],
        right=frozenset({1, 2, 3, 4, 5}),
    )


def _row(check: Check, digits: int) -> tuple[str, ...]:
    return (
        check.name,
        _number(check.predicted, digits),
        _number(check.observed, digits),
        _number(check.standard_error, 2),
        _number(check.tolerance, 2),
        f"{z_score(check):+.1f}",
        check.verdict.value,
    )


def _number(value: float, digits: int) -> str:
    return number(value, digits) if abs(value) < float("inf") else "–"


def _kinds(checks: Sequence[Check], screen: Screen) -> None:
    rows = []
    for kind in dict.fromkeys(check.name.partition(" ")[0] for check in checks):
        own = [check for check in checks if check.name.partition(" ")[0] == kind]
        counts = [sum(check.verdict is verdict for check in own) for verdict in Verdict]
        quadrature = sum(by_quadrature(check) for check in own)
        worst = max(abs(z_score(check)) for check in own)
        rows.append((kind, *map(str, (len(own), *counts, quadrature)), f"{worst:.1f}"))
    header = ["kind", "checks", "agree", "disagree", "too weak", "by quadrature", "worst |z|"]
    screen.columns(rows, header, right=frozenset(range(1, len(header))))


def _reasons(checks: Sequence[Check], screen: Screen, everything: bool) -> None:
    """Say of what doesn't agree how it was sampled, or why it could not be."""
    odd = [check for check in checks if check.verdict is not Verdict.AGREES and check.note]
    for check in odd if everything or odd else ():
        screen.line(f"  {check.name}: {check.note}", style=STYLES[check.verdict])
