"""The rows of ``propagate`` beyond the table: curves in the terminal, files of numbers."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from varprop.answer.propagate import Propagation
from varprop.errors import BadInput
from varprop.render.screen import Screen, unicode_ok
from varprop.render.terminal_plot import beside, plot

FIELDS = (
    "q",
    "second_moment",
    "mean",
    "correlation",
    "data_variance",
    "gradient",
    "gradient_correlation",
)
WIDTH, HEIGHT = 30, 8


def show_plots(found: Sequence[Propagation], screen: Screen) -> None:
    """Draw log10 of E[x²] and of the gradient over the layers, a line of plots per initialiser."""
    plain = not unicode_ok(screen.out)
    for one in found:
        blocks = []
        for field, label in (("second_moment", "log10 E[x²]"), ("gradient", "log10 gradient")):
            dots = [
                (float(level.index), math.log10(value))
                for level in one.levels
                if 0 < (value := getattr(level, field)) < math.inf
            ]
            if len(dots) > 1:
                lines = plot(dots, width=WIDTH, height=HEIGHT, plain=plain)
                blocks.append([screen.text(f"{one.init}: {label} by layer"), *lines])
        screen.line()
        narrow = len(blocks) < 2 or (not screen.boundless and screen.width < 2 * (WIDTH + 12))
        for line in chain.from_iterable(blocks) if narrow else beside(blocks[0], blocks[1]):
            screen.line(line)


def save_rows(found: Sequence[Propagation], name: str) -> None:
    """Write every level of every initialiser: .csv with a line each, .npz with (init, layer) arrays.

    What is unknown is empty in .csv and NaN in .npz. Raises BadInput for another ending and for a
    path that can't be written.
    """
    writers = {".csv": _csv, ".npz": _npz}
    ending = Path(name).suffix
    if ending not in writers:
        raise BadInput(f"--save writes .csv and .npz, not {ending or 'a name without ending'!r}.")
    try:
        writers[ending](found, Path(name))
    except OSError as error:
        raise BadInput(f"can't write {name}: {error.strerror or error}.") from None


def _csv(found: Sequence[Propagation], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(("init", "index", "name", *FIELDS))
        for one in found:
            for level in one.levels:
                values = (getattr(level, field) for field in FIELDS)
                cells = ("" if value is None else repr(float(value)) for value in values)
                out.writerow((one.init, level.index, level.name, *cells))


def _npz(found: Sequence[Propagation], path: Path) -> None:
    import numpy as np

    arrays = {
        field: np.array([[_number(getattr(level, field)) for level in one.levels] for one in found])
        for field in FIELDS
    }
    names = np.array(found[0].names)
    np.savez(path, init=np.array([one.init for one in found]), name=names, **arrays)  # type: ignore[arg-type]


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
