"""A combined activation by name: ``glu``, ``SwiGLU``, ``maxout(3)``, ``maxout:3``."""

from __future__ import annotations

import re
from dataclasses import replace

from varprop.catalogue.combined import COMBINED, CombinedEntry, Maxout
from varprop.errors import BadInput

MOST_PIECES = 100
_CALL = re.compile(r"([A-Za-z_]\w*)\s*(?:\(\s*(?:k\s*=\s*)?(\w+)\s*\)|:\s*(\w+))")


def combined(text: str) -> CombinedEntry | None:
    """Return the combined activation that ``text`` names, None where it names none.

    Raises BadInput for a number of pieces that is no integer between 2 and 100.
    """
    name, pieces = text.strip(), None
    match = _CALL.fullmatch(name)
    if match:
        name, pieces = match[1], match[2] or match[3]
    folded = {spelling.casefold(): spelling for spelling in COMBINED.spellings()}
    if name.casefold() not in folded:
        return None
    entry = COMBINED[folded[name.casefold()]]
    if pieces is None:
        return entry
    if not isinstance(entry, Maxout):
        raise BadInput(f"{entry.name} has no parameters, it got {pieces}")
    return _with_pieces(entry, pieces)


def _with_pieces(entry: Maxout, pieces: str) -> Maxout:
    if not (pieces.isascii() and pieces.isdigit() and 2 <= int(pieces[:4]) <= MOST_PIECES):
        raise BadInput(f"maxout takes 2 to {MOST_PIECES} pieces, such as maxout(3), not {pieces}")
    k = int(pieces)
    return replace(entry, name=f"maxout({k})", formula="max(h₁, …, h_k)", inputs=k)
