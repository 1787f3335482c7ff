"""Docstrings of the house as reStructuredText: ``name : what it is`` becomes a list."""

from __future__ import annotations

import re
from typing import Any

SECTION = re.compile(r"^-{3,}$")
ENTRY = re.compile(r"^(\S.*?) : (.*)$")


def _plain(line: str) -> str:
    """Return a line without marks that reStructuredText would read: ``|χ_∥|``, ``kaiming_``."""
    pieces = re.split(r"(``[^`]*``)", line)
    for k in range(0, len(pieces), 2):
        pieces[k] = re.sub(r"\|", r"\\|", re.sub(r"(\w)_(?=\W|$)", r"\1\\_", pieces[k]))
    return "".join(pieces)


def _lists(lines: list[str]) -> list[str]:
    found: list[str] = []
    inside = False
    for line in lines:
        if SECTION.match(line) and found and found[-1]:
            title = found.pop()
            found += [f"**{title}**", ""]
            inside = title != "Examples"
            continue
        entry = ENTRY.match(line)
        if line.lstrip().startswith(">>>") or not inside:
            found.append(line if line.lstrip().startswith(">>>") else _plain(line))
        elif entry:
            names = ", ".join(f"``{name.strip()}``" for name in entry[1].split(","))
            found += [f"* {names}: {_plain(entry[2])}"]
        else:
            found.append(f"  {_plain(line).lstrip()}" if line.startswith(" ") else _plain(line))
    return found


def _process(_: Any, what: str, name: str, noun: Any, options: Any, lines: list[str]) -> None:  # noqa: ARG001
    lines[:] = _lists(lines)


def setup(app: Any) -> dict[str, bool]:
    """Read docstrings before autodoc sets them."""
    app.connect("autodoc-process-docstring", _process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
