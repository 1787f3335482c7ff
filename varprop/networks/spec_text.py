"""Spec text and places in it: brackets, pieces between marks, and refusals that show the place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from varprop.errors import BadInput, UnknownName, VarpropError
from varprop.expression_text.reading import ARGUMENTS

NAME = re.compile(r"[A-Za-z_]\w*")
CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\(")
OPEN, CLOSE = "([{", ")]}"
TIMES = "*×·⋅∙"

Piece = tuple[int, int]
"""Where a part of the text starts and ends."""


class Written:
    """One text; parts of it are known by their ends."""

    def __init__(self, text: str) -> None:
        self.text = text

    def refusal(self, at: int, why: str, error: type[BadInput] = BadInput) -> BadInput:
        """Return an error that shows the text around the place."""
        begin = max(0, at - 30)
        around = self.text[begin : at + 30].replace("\n", " ")
        shown = ("…" if begin else "") + around + ("…" if at + 30 < len(self.text) else "")
        refused = error(f"can't read the network at character {at + 1} of {shown!r}: {why}")
        refused.at = at
        return refused

    def passed_on(self, at: int, error: VarpropError) -> BadInput:
        """Return a refusal from elsewhere with the place; an unknown name stays one."""
        kind = UnknownName if isinstance(error, UnknownName) else BadInput
        return self.refusal(at, str(error), kind)

    def trimmed(self, start: int, end: int, what: str = "a layer or an activation") -> Piece:
        """Return the ends without blanks; raises BadInput where nothing is left."""
        piece = self.text[start:end]
        if not piece.strip():
            at = min(start, max(0, len(self.text) - 1))
            raise self.refusal(at, f"{what} is missing here")
        return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())

    def outside(self, start: int, end: int) -> Iterator[int]:
        """Yield the places that stand outside brackets; raises BadInput where brackets don't pair."""
        opened: list[int] = []
        for at in range(start, end):
            sign = self.text[at]
            if sign in OPEN:
                opened.append(at)
            elif sign in CLOSE:
                if not opened or OPEN[CLOSE.index(sign)] != self.text[opened.pop()]:
                    raise self.refusal(at, f"{sign!r} has no partner")
            elif not opened:
                yield at
        if opened:
            raise self.refusal(opened[-1], "this bracket isn't closed")

    def split(self, start: int, end: int, mark: str) -> list[Piece]:
        """Return the pieces between marks that stand outside brackets."""
        pieces, here = [], start
        for at in self.outside(start, end):
            if at >= here and self.text.startswith(mark, at):
                pieces.append((here, at))
                here = at + len(mark)
        return [*pieces, (here, end)]

    def values(self, start: int, end: int) -> list[Piece]:
        """Return what stands between commas; one comma may end the list."""
        if not self.text[start:end].strip():
            return []
        pieces = self.split(start, end, ",")
        if len(pieces) > 1 and not self.text[slice(*pieces[-1])].strip():
            pieces.pop()
        return [self.trimmed(*piece, "a value") for piece in pieces]

    def factors(self, start: int, end: int) -> list[Piece]:
        """Return what a product multiplies; ** is a power."""
        pieces, here = [], start
        for at in self.outside(start, end):
            power = "**" in (self.text[at : at + 2], self.text[at - 1 : at + 1])
            if self.text[at] in TIMES and not power:
                pieces.append((here, at))
                here = at + 1
        return [*pieces, (here, end)]

    def matching(self, at: int) -> int:
        """Return the place of the bracket that closes the one here."""
        level = 0
        for place in range(at, len(self.text)):
            level += (self.text[place] in OPEN) - (self.text[place] in CLOSE)
            if level == 0:
                return place
        raise self.refusal(at, "this bracket isn't closed")

    def bracketed(self, start: int, end: int) -> bool:
        """Whether round brackets hold the whole piece."""
        return self.text[start] == "(" and self.matching(start) == end - 1

    def letters(self, start: int, end: int) -> bool:
        """Whether x, h or z stands in the piece, so that it is part of a formula."""
        return not set(NAME.findall(self.text[start:end])).isdisjoint(ARGUMENTS)
