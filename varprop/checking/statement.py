"""A claim's sentence taken apart: sides, relations, tolerance, limit, the place where it holds."""

from __future__ import annotations

import re

from varprop.checking.spelling import Spelt, spelt
from varprop.errors import BadInput
from varprop.frozen import frozen

RELATIONS = {
    "==": "=", "=": "=", "<=": "<=", "≤": "<=", ">=": ">=", "≥": ">=", "<": "<", ">": ">",
    "!=": "!=", "≠": "!=", "≈": "≈", "~=": "≈", "∝": "∝", "->": "->", "~": "~",
}  # fmt: skip
DEFAULT_TOLERANCE = 0.05
"""What ≈ means where nothing is said."""

_SIGN = re.compile("|".join(re.escape(sign) for sign in sorted(RELATIONS, key=len, reverse=True)))
_WITHIN = re.compile(
    r"[,(]?\s*\b(?:within|to within|up to|to)\s+(?P<number>[0-9.]+(?:[eE][+-]?\d+)?)\s*"
    r"(?P<percent>%|percent|per cent)?\s*\)?\s*"
)
_LIMIT = re.compile(
    r"[,(]?\s*\b(?:as|when|for|in the limit(?: of)?|if|with)\s+(?P<name>[A-Za-z]\w*)\s*->\s*"
    r"(?P<target>[^\s,)]+)\s*\)?"
)
_LARGE = re.compile(
    r"[,(]?\s*\b(?:for|as|when|in the limit of|at)\s+(?:(?P<size>large|small)\s+(?P<name>[A-Za-z]\w*)|"
    r"(?P<after>[A-Za-z]\w*)\s+(?:is\s+)?(?P<sized>large|small))\s*\)?"
)
_AT = re.compile(r",?\s*\bat\s+(?=[A-Za-z]\w*\s*=)")
_AT_HEAD = re.compile(
    r"\s*,?\s*\bat\s+(?P<point>[A-Za-z]\w*\s*=\s*[^=≈<>∝~]+?)\s*(?=≈|<=|>=|=|<|>|∝)"
)
_AND = re.compile(r"\s+and\s+(?=[^;]*(?:[=<>≈∝≤≥≠~]))")
_GIVEN = re.compile(r",?\s*\b(?:given(?: that)?|if|where|with|when|for)\s+")
_WORDS = (
    (re.compile(r"\bis proportional to\b|\bproportional to\b"), "∝"),
    (re.compile(r"\b(?:is )?approximately(?: equal to)?\b|\bapprox\b"), "≈"),
    (re.compile(r"\b(?:tends to|goes to|converges to)\b"), "->"),
    (re.compile(r"\bis (?=distributed as\b)|\bdistributed as\b"), "~"),
)


@frozen
class Limit:
    """A symbol and what it goes to, as typed."""

    name: str
    target: str


@frozen
class Statement:
    """The parts of one claim."""

    typed: str
    sides: tuple[Spelt, ...]
    relations: tuple[str, ...]
    tolerance: float | None = None
    limit: Limit | None = None
    at: tuple[Spelt, ...] = ()
    givens: tuple[Spelt, ...] = ()


def read_statement(typed: str) -> Statement:
    """Return the parts of a claim. Raises BadInput with the place."""
    found = spelt(typed)
    if not found.text.strip():
        raise BadInput('an empty claim: write a statement such as "Var(x + y) = Var(x) + Var(y)".')
    check_brackets(found)
    for pattern, sign in _WORDS:
        while match := pattern.search(found.text):
            found = found.swapped(match.start(), match.end(), sign)
    found, tolerance = _tolerance(found)
    found, limit = _limit(found)
    found, givens = _tail(found, _GIVEN)
    found, first = _point(found)
    found, at = _tail(found, _AT)
    sides, relations = _sides(found)
    points = (*first, *_pieces(at))
    return Statement(typed, sides, relations, tolerance, limit, points, _pieces(givens))


def _point(found: Spelt) -> tuple[Spelt, tuple[Spelt, ...]]:
    """Take out a point that stands before the relation: diff(f, x) at x = 2 ≈ 0.1."""
    match = _AT_HEAD.search(found.text)
    if match is None or _depth(found.text, match.start()) != 0:
        return found, ()
    point = found.part(*match.span("point"))
    return found.swapped(match.start(), match.end(), " "), (point,)


def conjuncts(typed: str) -> tuple[str, ...]:
    """Split ``A and B`` where both are relations; what is given at the end counts for both."""
    tail = _GIVEN.search(typed)
    head, rest = (typed[: tail.start()], typed[tail.start() :]) if tail else (typed, "")
    pieces, start = [], 0
    for match in _AND.finditer(head):
        before = head[start : match.start()]
        if _depth(head, match.start()) == 0 and re.search(r"[=<>≈∝≤≥≠~]", before):
            pieces.append(before)
            start = match.end()
    return tuple(piece + rest for piece in (*pieces, head[start:]))


def check_brackets(found: Spelt) -> None:
    """Refuse a bracket that is not closed, or closed without having been opened."""
    pairs, waiting = {")": "(", "]": "[", "}": "{"}, []
    for place, letter in enumerate(found.text):
        if letter in "([{":
            waiting.append((letter, place))
        elif letter in pairs:
            if not waiting or waiting[-1][0] != pairs[letter]:
                raise found.refusal(place, f"{letter!r} closes no bracket")
            waiting.pop()
    if waiting:
        letter, place = waiting[-1]
        raise found.refusal(place, f"{letter!r} is not closed")


def _tolerance(found: Spelt) -> tuple[Spelt, float | None]:
    match = _WITHIN.search(found.text)
    if match is None or _depth(found.text, match.start()) != 0:
        return found, None
    size = float(match["number"]) / (100 if match["percent"] else 1)
    if not 0 < size < 1:
        place = match.start("number")
        raise found.refusal(place, f"a relative tolerance of {size:g} must lie between 0 and 1")
    return found.swapped(match.start(), match.end(), " "), size


def _limit(found: Spelt) -> tuple[Spelt, Limit | None]:
    match = _LIMIT.search(found.text)
    if match is not None:
        return found.swapped(match.start(), match.end(), " "), Limit(match["name"], match["target"])
    match = _LARGE.search(found.text)
    if match is None:
        return found, None
    large = (match["size"] or match["sized"]) == "large"
    limit = Limit(match["name"] or match["after"], "oo" if large else "0")
    return found.swapped(match.start(), match.end(), " "), limit


def _tail(found: Spelt, start: re.Pattern[str]) -> tuple[Spelt, Spelt | None]:
    for match in start.finditer(found.text):
        if _depth(found.text, match.start()) == 0 and found.text[: match.start()].strip():
            head = found.part(0, match.start())
            return head, found.part(match.end(), len(found.text))
    return found, None


def _pieces(found: Spelt | None) -> tuple[Spelt, ...]:
    return () if found is None else split_at(found, ";")


def split_at(found: Spelt, sign: str) -> tuple[Spelt, ...]:
    """Return the pieces between separators that stand in no bracket."""
    pieces, start = [], 0
    for place, letter in enumerate(found.text):
        if letter == sign and _depth(found.text, place) == 0:
            pieces.append(found.part(start, place))
            start = place + 1
    pieces.append(found.part(start, len(found.text)))
    return tuple(piece for piece in pieces if piece.text)


def _depth(text: str, place: int) -> int:
    head = text[:place]
    return sum(head.count(s) for s in "([{") - sum(head.count(s) for s in ")]}")


def _sides(found: Spelt) -> tuple[tuple[Spelt, ...], tuple[str, ...]]:
    sides, relations, start = [], [], 0
    for match in _SIGN.finditer(found.text):
        if _depth(found.text, match.start()) == 0:
            sides.append(found.part(start, match.start()))
            relations.append(RELATIONS[match.group()])
            start = match.end()
    sides.append(found.part(start, len(found.text)))
    if not relations:
        raise found.refusal(
            len(found.text), "a claim needs a relation: =, ≈, <=, <, >=, >, ∝ or ->"
        )
    for number, side in enumerate(sides):
        if not side.text:
            place = 0 if number == 0 else len(found.text)
            raise found.refusal(place, f"nothing stands beside {relations[max(number - 1, 0)]!r}")
    return tuple(sides), tuple(relations)
