"""The running verdicts of a sweep on standard error: counts, the worst z so far, time left."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from varprop.answer.verification import z_score
from varprop.verdict import Check, Verdict


@contextmanager
def sweep_progress(
    *, shown: bool = True, no_color: bool = False
) -> Iterator[Callable[[Check, int, int], None] | None]:
    """Yield a function (check, done, total) that keeps one line up to date, on a terminal only."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from varprop.render.screen import console

    bar = Progress(
        TextColumn("verifying"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[verdicts]}"),
        TimeRemainingColumn(),
        console=console(stderr=True, no_color=no_color),
        transient=True,
    )
    counts: Counter[Verdict] = Counter()
    worst = 0.0
    with bar:
        task = bar.add_task("", total=None, verdicts="")

        def report(check: Check, done: int, total: int) -> None:
            nonlocal worst
            counts[check.verdict] += 1
            worst = max(worst, abs(z_score(check)))
            bar.update(task, completed=done, total=total, verdicts=verdicts_so_far(counts, worst))

        yield report


def verdicts_so_far(counts: Counter[Verdict], worst: float) -> str:
    """Return the running count of verdicts and the worst z in words."""
    return (
        f"{counts[Verdict.AGREES]} agree · {counts[Verdict.DISAGREES]} disagree · "
        f"{counts[Verdict.TOO_WEAK]} too weak · worst |z| {worst:.1f}"
    )
