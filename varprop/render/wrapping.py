"""Where a line may break: between words, never inside a number or a formula that fits a line."""

from __future__ import annotations

import re

OPERATORS = "=+−-*×/≈±<>≤≥~→≠^∝"
_SIGN = re.compile(rf"^[{re.escape(OPERATORS)}]+$")
_UNITS = ("%", "s", "ms", "±")
SUM_SIGNS = ("=", "≈", "+", "−")
SMALLEST = 20


def wrap(text: str, width: int, *, hanging: int = 2) -> list[str]:
    """Return the lines of a text that fit ``width`` columns; indentation at its start is kept.

    A space beside an operator sign, or between a number and its unit, never breaks, unless the
    formula alone is longer than a line: then it goes on before a sign such as + or =. What cannot
    be broken stays whole.
    """
    if len(text) <= width:
        return [text]
    indent = len(text) - len(text.lstrip(" "))
    room = max(width, SMALLEST)
    lines: list[str] = []
    line = ""
    for piece in _pieces(text.strip(" "), room - indent - hanging):
        gap = " " * (indent + (hanging if lines else 0))
        if not line:
            line = gap + piece.lstrip(" ")
        elif len(line) + len(piece) <= room:
            line += piece
        else:
            lines.append(line.rstrip(" "))
            line = " " * (indent + hanging) + piece.lstrip(" ")
    return [*lines, line.rstrip(" ")]


def _pieces(text: str, room: int) -> list[str]:
    """Split into what stays together; each piece begins with the blanks before it."""
    words = re.findall(r" *[^ ]+", text)
    pieces: list[str] = []
    for word in words:
        if pieces and _stay_together(pieces[-1], word):
            pieces[-1] += word
        else:
            pieces.append(word)
    return [part for piece in pieces for part in _smaller(piece, room)]


def _stay_together(before: str, word: str) -> bool:
    last, first = before.rsplit(" ", maxsplit=1)[-1], word.strip(" ")
    if word.startswith("  "):
        return False
    if (
        last.startswith("Σ")
        or _SIGN.match(first)
        or _SIGN.match(last)
        or first.rstrip(".,;)") in _UNITS
    ):
        return True
    if last.startswith("--") and first != "·" and not first.startswith("--"):
        return True
    return _open(before) and not first[:1].isalpha()


def _open(piece: str) -> bool:
    """Whether a bracket that the piece's last words opened is still open."""
    return piece.count("(") + piece.count("[") > piece.count(")") + piece.count("]")


def _smaller(piece: str, room: int) -> list[str]:
    """Break a formula that is longer than a line before its signs, the outermost ones first."""
    if len(piece.strip(" ")) <= room:
        return [piece]
    outer = _before_signs(piece, outermost=True)
    return [
        small
        for part in outer
        for small in (
            [part] if len(part.strip(" ")) <= room else _before_signs(part, outermost=False)
        )
    ]


def _before_signs(piece: str, *, outermost: bool) -> list[str]:
    parts: list[str] = [""]
    depth = 0
    for word in re.findall(r" *[^ ]+", piece):
        if parts[-1].strip() and word.strip(" ") in SUM_SIGNS and (depth == 0 or not outermost):
            parts.append("")
        parts[-1] += word
        depth += sum(word.count(c) for c in "([") - sum(word.count(c) for c in ")]")
    return parts
