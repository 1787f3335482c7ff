"""A progress bar on standard error for work that takes longer than a moment."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 1.0
"""Seconds before a bar appears."""


@contextmanager
def experiment_progress(*, shown: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Yield a function (done, total); the bar appears only on a terminal and only after a second."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import Progress, TaskID

    from varprop.render.screen import console

    started = time.monotonic()
    bar = Progress(console=console(stderr=True), transient=True)
    task: TaskID | None = None

    def report(done: int, total: int) -> None:
        nonlocal task
        if task is None:
            if time.monotonic() - started < PATIENCE:
                return
            bar.start()
            task = bar.add_task("sampling networks", total=total)
        bar.update(task, completed=done, total=total)

    try:
        yield report
    finally:
        if task is not None:
            bar.stop()
