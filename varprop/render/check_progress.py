"""A line of progress on standard error while many claims are decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from varprop.render.screen import console


@contextmanager
def progress(count: int, *, no_color: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Yield a function of (done, all); nothing is shown where nobody watches."""
    out = console(no_color=no_color, stderr=True)
    if not out.is_terminal:
        yield lambda _done, _all: None
        return
    columns = (TextColumn("claims"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=out, transient=True) as bar:
        task = bar.add_task("claims", total=count)
        yield lambda done, _all: bar.update(task, completed=done)
