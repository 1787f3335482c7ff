"""The terminal: one console, its width and colours, and the small layouts that screens are made of."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from varprop.render.ascii import to_ascii
from varprop.render.wrapping import wrap

PIPE_WIDTH = 400
LABEL = 11
NARROWEST = 18
"""Columns below which a column of words isn't worth having: the rows are then printed as blocks."""


def console(*, no_color: bool = False, stderr: bool = False) -> Console:
    """Return the console to print on: piped output is never cut, wrapped or coloured."""
    stream = sys.stderr if stderr else sys.stdout
    piped = not stream.isatty()
    width = given_width()
    if piped and width is None:
        width = PIPE_WIDTH
    plain = no_color or "NO_COLOR" in os.environ
    return Console(
        file=stream,
        width=width,
        no_color=plain,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=piped,
        color_system=None if plain or piped else "auto",
        force_jupyter=False,
    )


def given_width() -> int | None:
    """Return the columns that the environment asks for, None where it leaves them open."""
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) > 0 else None


def unicode_ok(screen: Console) -> bool:
    """Whether the stream's encoding can carry the field's signs."""
    try:
        "√χ∥█".encode(screen.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class Screen:
    """Lines and tables for one console, in ASCII where the stream has no Unicode."""

    def __init__(self, out: Console) -> None:
        self.out = out
        self._ascii = not unicode_ok(out)

    @property
    def width(self) -> int:
        """The columns at hand."""
        return self.out.width

    def text(self, text: str) -> str:
        """Return the text as this stream can show it."""
        return to_ascii(text) if self._ascii else text

    def line(self, text: str = "", style: str = "") -> None:
        """Print one line; where the terminal is narrow it goes on below, never inside a formula."""
        for part in self.wrapped(self.text(text)):
            self.out.print(Text(part, style=style), soft_wrap=True)

    def wrapped(self, text: str, room: int | None = None) -> list[str]:
        """Return the lines that fit, one where a program reads."""
        if self.boundless:
            return [text]
        return wrap(text, self.width if room is None else room)

    def put(self, table: Table) -> None:
        """Print a table; without the blanks that would fill its last column when piped."""
        if not self.piped:
            self.out.print(table)
            return
        with self.out.capture() as captured:
            self.out.print(table)
        for line in captured.get().splitlines():
            self.out.print(Text(line.rstrip()))

    @property
    def piped(self) -> bool:
        """Whether a program reads the output, or a file keeps it."""
        return not self.out.is_terminal

    @property
    def boundless(self) -> bool:
        """Whether lines may be as long as they like: piped, and nobody gave a width."""
        return self.piped and given_width() is None

    def labelled(self, label: str, lines: Sequence[str], style: str = "") -> None:
        """Print a label and beside it one or several lines."""
        head = f"{self.text(label):<{LABEL}} "
        for line in lines:
            for part in self.wrapped(self.text(line), self.width - len(head)):
                shown = Text(head, style="bold")
                shown.append(part, style=f"not bold {style}")
                shown.rstrip()
                self.out.print(shown, soft_wrap=True)
                head = " " * len(head)

    def columns(
        self,
        rows: Iterable[Sequence[str]],
        header: Sequence[str] | None = None,
        right: frozenset[int] = frozenset(),
        styles: Sequence[str] = (),
        fold: frozenset[int] = frozenset(),
        optional: Sequence[int] = (),
    ) -> None:
        """Print rows in aligned columns; only the columns in ``fold`` may wrap.

        Where the terminal is too narrow even so, the columns in ``optional`` are left out, the first
        first.
        """
        body = [tuple(self.text(cell) for cell in row) for row in rows]
        if not self.boundless and self.too_wide(body, header):
            folded = self._folded(body, header, fold)
            if folded is None and optional:
                self._without(body, header, right, styles, fold, optional)
                return
            if folded is None:
                self._stacked(body, header, fold)
                return
            body = folded
        self.put(self._table(body, header, right, styles))

    def _table(
        self,
        body: Sequence[Sequence[str]],
        header: Sequence[str] | None,
        right: frozenset[int],
        styles: Sequence[str],
    ) -> Table:
        table = Table(
            box=None, show_header=header is not None, padding=(0, 2, 0, 0), header_style="dim",
            pad_edge=False,
        )  # fmt: skip
        for number in range(len(header) if header else len(body[0])):
            table.add_column(
                self.text(header[number]) if header else "",
                justify="right" if number in right else "left",
                no_wrap=True,
                overflow="ignore",
                style=styles[number] if number < len(styles) else "",
            )
        for row in body:
            table.add_row(*row)
        return table

    def _without(
        self,
        body: Sequence[Sequence[str]],
        header: Sequence[str] | None,
        right: frozenset[int],
        styles: Sequence[str],
        fold: frozenset[int],
        optional: Sequence[int],
    ) -> None:
        """Print the columns but for the first optional one."""
        kept = [k for k in range(len(body[0])) if k != optional[0]]
        at = {k: place for place, k in enumerate(kept)}
        self.columns(
            [tuple(row[k] for k in kept) for row in body],
            None if header is None else [header[k] for k in kept],
            right=frozenset(at[k] for k in right if k in at),
            styles=[styles[k] for k in kept if k < len(styles)],
            fold=frozenset(at[k] for k in fold if k in at),
            optional=[at[k] for k in optional[1:]],
        )

    def too_wide(self, body: Sequence[Sequence[str]], header: Sequence[str] | None) -> bool:
        """Whether the rows need more columns than the terminal has."""
        lines = [*body, *([tuple(header)] if header else [])]
        widest = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
        return sum(widest) + 2 * (len(widest) - 1) > self.width

    def _folded(
        self,
        body: Sequence[tuple[str, ...]],
        header: Sequence[str] | None,
        fold: frozenset[int],
    ) -> list[tuple[str, ...]] | None:
        """Wrap the cells that may be wrapped into the room left; None where that is too little."""
        lines = [*body, *([tuple(header)] if header else [])]
        widest = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
        fixed = sum(w for k, w in enumerate(widest) if k not in fold) + 2 * (len(widest) - 1)
        room = self.width - fixed
        if not fold or room < NARROWEST * len(fold):
            return None
        share = {k: max(NARROWEST, room * widest[k] // sum(widest[f] for f in fold)) for k in fold}
        cells = [
            tuple(
                "\n".join(wrap(cell, share[k], hanging=0)) if k in fold else cell
                for k, cell in enumerate(row)
            )
            for row in body
        ]
        parts = [part for row in cells for k in fold for part in row[k].split("\n")]
        fits = sum(share.values()) <= room and max(map(len, parts)) <= max(share.values())
        return cells if fits else None

    def _stacked(
        self,
        body: Sequence[Sequence[str]],
        header: Sequence[str] | None,
        fold: frozenset[int],
    ) -> None:
        """Print each row as a short block: no cell is cut where the terminal is narrow."""
        for row in body:
            beside = [] if header else [k for k in range(1, len(row)) if k not in fold]
            head = "  ".join(filter(None, (row[0], *(row[k].strip() for k in beside))))
            if head.strip():
                self.line(head, style="bold" if header else "")
            for number, cell in enumerate(row):
                if number and number not in beside and cell.strip():
                    goes_on = not row[0].strip() or not (header and header[number])
                    name = "" if goes_on or not header else f"{self.text(header[number])}: "
                    gap = "      " if goes_on and header else "    "
                    self.line(f"{gap}{name}{re.sub(' +=', ' =', cell.strip())}")
