"""A network's text laid out for reading: one layer a line, the blocks inside indented."""

from __future__ import annotations

WIDTH = 72
INDENT = "    "


def laid_out(text: str, width: int = WIDTH) -> str:
    """Break a spec before the joints outside every parenthesis, and inside what is still too wide.

    What comes out is a spec of the same network.
    """
    return "\n".join(_chain(text, width))


def _chain(text: str, width: int) -> list[str]:
    lines = []
    for number, piece in enumerate(split(text, ">>")):
        lines += _piece(f">> {piece}" if number else piece, width)
    return lines


def _piece(piece: str, width: int) -> list[str]:
    """Return one layer; a block that is too wide is opened at its outermost parentheses."""
    start = piece.find("(")
    if len(piece) <= width or ">>" not in piece[start:]:
        return [piece]
    end = piece.rindex(")")
    lines = [piece[: start + 1]]
    arguments = split(piece[start + 1 : end], ",")
    for number, argument in enumerate(arguments):
        inner = _chain(argument, width - len(INDENT))
        comma = "," if number + 1 < len(arguments) else ""
        lines += [INDENT + line for line in inner[:-1]] + [INDENT + inner[-1] + comma]
    return [*lines, piece[end:]]


def split(text: str, joint: str) -> list[str]:
    """Return the parts between joints that stand outside every parenthesis."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and text.startswith(joint, place):
            parts.append(text[start:place].strip())
            start = place + len(joint)
    return [*parts, text[start:].strip()]
