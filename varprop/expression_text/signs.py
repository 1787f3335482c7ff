"""Text to signs: numbers, names and operators, each with its place in the text."""

from __future__ import annotations

import re

from varprop.errors import BadInput, shown
from varprop.frozen import frozen

MAX_CHARACTERS = 1000
MAX_SIGNS = 500
MAX_NAME = 40
MAX_DIGITS = 60

NUMBER, NAME, OPERATOR, SUPERSCRIPT, END = "number", "name", "operator", "superscript", "end"

OPERATORS = (
    *("**", "<=", ">=", "==", "!="),
    *("+", "-", "*", "/", "^", "(", ")", "[", "]", ",", "<", ">", "=", "|", "√"),
)
SPELLINGS = {
    "×": "*",
    "·": "*",
    "⋅": "*",
    "∙": "*",
    "−": "-",
    "÷": "/",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
}
LETTERS = {
    "π": "pi",
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "θ": "theta",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "Φ": "Phi",
    "ω": "omega",
}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")

_PATTERN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<superscript>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    f"|(?P<letter>[{''.join(LETTERS)}])"
    f"|(?P<operator>{'|'.join(re.escape(sign) for sign in (*OPERATORS, *SPELLINGS))})"
)
_WORD_OPERATORS = {"and", "or", "not", "if", "else"}
_HINTS = {
    ".": "attribute access isn't allowed",
    ";": "one formula only, no statements",
    ":": "no slices, lambdas or statements",
    "'": "no strings",
    '"': "no strings",
    "!": "no factorials",
    "%": "no remainders",
    "&": "write 'and'",
    "~": "write 'not'",
    "∞": "infinity is not a number here",
}


@frozen
class Sign:
    """One sign of a formula; ``start`` and ``end`` are positions in the text, from 0."""

    kind: str
    text: str
    start: int
    end: int


def refusal(text: str, start: int, why: str, error: type[BadInput] = BadInput) -> BadInput:
    """Return an ``error``: the formula, the place (characters counted from 1) and the reason."""
    return error(f"can't read {shown(text)!r} at character {start + 1}: {why}")


def split(text: str) -> tuple[Sign, ...]:
    """Return the signs of ``text``, closed by an END sign. Raises BadInput."""
    if not isinstance(text, str):
        raise BadInput(f"a formula is text, not {type(text).__name__}")
    if len(text) > MAX_CHARACTERS:
        raise refusal(
            text, MAX_CHARACTERS, f"{len(text)} characters, at most {MAX_CHARACTERS} are read"
        )
    signs: list[Sign] = []
    place = 0
    while place < len(text):
        match = _PATTERN.match(text, place)
        if match is None:
            raise _unreadable(text, place)
        if match.lastgroup != "space":
            signs.append(_sign(text, match))
        place = match.end()
        if len(signs) > MAX_SIGNS:
            raise refusal(text, place, f"more than {MAX_SIGNS} numbers, names and operators")
    return (*signs, Sign(END, "the end", len(text), len(text)))


def _sign(text: str, match: re.Match[str]) -> Sign:
    kind, found = str(match.lastgroup), match.group()
    start, end = match.span()
    if kind == "letter":
        kind, found = NAME, LETTERS[found]
    elif kind == OPERATOR:
        found = SPELLINGS.get(found, found)
    elif kind == SUPERSCRIPT:
        found = found.translate(_SUPERSCRIPTS)
    elif kind == NUMBER and len(found) > MAX_DIGITS:
        raise refusal(
            text, start, f"a number of {len(found)} characters, at most {MAX_DIGITS} are read"
        )
    elif kind == NAME:
        _check_spelling(text, start, found)
        kind = OPERATOR if found in _WORD_OPERATORS else NAME
    return Sign(kind, "**" if found == "^" else found, start, end)


def _check_spelling(text: str, start: int, name: str) -> None:
    if len(name) > MAX_NAME:
        raise refusal(text, start, f"a name of {len(name)} characters, at most {MAX_NAME} are read")
    if name.startswith("_"):
        raise refusal(text, start, "names start with a letter")


def _unreadable(text: str, place: int) -> BadInput:
    character = text[place]
    hint = _HINTS.get(character, "this character has no meaning in a formula")
    return refusal(text, place, f"{character!a}: {hint}")
