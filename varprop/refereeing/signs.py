"""The text of a definition as signs: names with subscripts, numbers, sums and operators."""

from __future__ import annotations

import re

from varprop.errors import BadInput
from varprop.expression_text.signs import LETTERS, refusal
from varprop.frozen import frozen

NAME, NUMBER, SUM, OPERATOR, END = "name", "number", "sum", "operator", "end"
MAX_CHARACTERS = 400

_GREEK = {**LETTERS, "φ": "phi", "ϕ": "phi", "χ": "chi", "ξ": "xi", "ψ": "psi", "η": "eta"}
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789aehijklmnoprstuvx")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SUBSCRIPT = (
    r"(?:_\{(?P<braced>\w+)\}|_(?P<plain>[A-Za-z0-9]+)"
    r"|(?P<low>[₀-₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]+)|\[(?P<brackets>\w+)\])?"
)
_PATTERN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>[0-9]+\.?[0-9]*|\.[0-9]+)"
    r"|(?P<sum>Σ|∑|sum(?![A-Za-z]))"
    r"(?:_\{(?P<index>[a-z])(?:=1)?\}|_(?P<letter>[a-z])|(?P<sublow>[ᵢⱼₖₗₘₙ]))?"
    r"(?:\^\{?(?P<upper>[A-Za-z]\w*)\}?)?"
    rf"|(?P<name>[A-Za-zΑ-Ωα-ωϕ][A-Za-z0-9]*){_SUBSCRIPT}(?P<prime>['′])?"
    r"|(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
    r"|(?P<operator>\*\*|[-+*/^()=·⋅×−])"
)
_SAME = {"·": "*", "⋅": "*", "×": "*", "−": "-", "^": "**"}


@frozen
class Sign:
    """One sign: ``subscript`` belongs to a name or a sum, ``upper`` is the last index of a sum."""

    kind: str
    text: str
    start: int
    subscript: str = ""
    prime: bool = False
    upper: str = ""


def ascii_name(name: str) -> str:
    """Return a name as SymPy symbols carry it: δ is delta."""
    return "".join(_GREEK.get(letter, letter) for letter in name)


def split(text: str) -> tuple[Sign, ...]:
    """Return the signs of a definition, closed by an END sign. Raises BadInput with the place."""
    if not isinstance(text, str):
        raise BadInput(f"a definition is text such as 'h = Σ_j w_j x_j', not {text!r}.")
    if len(text) > MAX_CHARACTERS:
        raise BadInput(
            f"a definition of {len(text)} characters: at most {MAX_CHARACTERS} are read."
        )
    signs: list[Sign] = []
    place = 0
    while place < len(text):
        match = _PATTERN.match(text, place)
        if match is None:
            raise refusal(text, place, f"{text[place]!a} has no meaning in a definition")
        if match["space"] is None:
            signs.extend(_signs(match))
        place = match.end()
    return (*signs, Sign(END, "the end", len(text)))


def _signs(match: re.Match[str]) -> tuple[Sign, ...]:
    start = match.start()
    if match["number"]:
        return (Sign(NUMBER, match["number"], start),)
    if match["sum"]:
        index = match["index"] or match["letter"] or (match["sublow"] or "").translate(_LOWERED)
        return (Sign(SUM, "Σ", start, index, upper=match["upper"] or ""),)
    if match["raised"]:
        power = Sign(NUMBER, match["raised"].translate(_RAISED), start)
        return (Sign(OPERATOR, "**", start), power)
    if match["operator"]:
        found = match["operator"]
        return (Sign(OPERATOR, _SAME.get(found, found), start),)
    return (Sign(NAME, ascii_name(match["name"]), start, _subscript(match), bool(match["prime"])),)


def _subscript(match: re.Match[str]) -> str:
    low = (match["low"] or "").translate(_LOWERED)
    return match["braced"] or match["plain"] or match["brackets"] or low
