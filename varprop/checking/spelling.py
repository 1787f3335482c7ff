"""A claim as people write it, put into the signs that formulas are read from, places kept."""

from __future__ import annotations

import re

from varprop.errors import BadInput
from varprop.expression_text.nodes import Node
from varprop.expression_text.signs import Sign, split
from varprop.expression_text.tree import parse_signs
from varprop.frozen import frozen

PRIME = "_prime"
"""What follows the name of a differentiated function: sigmoid' is read as ``sigmoid_prime``."""

_LETTERS = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon",
    "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "ω": "omega", "ξ": "xi", "η": "eta", "φ": "phi", "χ": "chi", "Δ": "Delta",
    "∥": "_par", "⊥": "_perp", "∞": "oo", "½": "(1/2)", "⟨": "E[", "⟩": "]", "𝔼": "E", "𝕍": "V",
    "′": "'", "’": "'", "‖": "|", "∑": "sum ", "Σ": "sum ", "→": "->", "≃": "≈", "≅": "≈",
    "ℓ": "l", "∂": "d", "∈": " in ", "…": "..",
}  # fmt: skip
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙ", "0123456789ijklmn", strict=True))
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))
_INDEX = r"(?P<index>[a-z])"
_RANGE = re.compile(
    rf"(?:\(\s*)?\b{_INDEX}\s*(?:=|\bin\b)\s*(?P<low>\w+)\s*(?:\.\.+|\bto\b)\s*(?P<high>[^,()]+)"
)
_SUM = re.compile(
    r"\b[sS]um ?(?:_\{\s*(?P<i>[a-z])\s*(?:=\s*(?P<low>[^{}]+?))?\s*\}|_(?P<j>[a-z])\b)?"
    r"(?:\s*\^\s*(?:\{(?P<high>[^{}]+)\}|(?P<top>\w+)))?\s*(?P<open>\(?)"
)


@frozen
class Spelt:
    """Text and, for each character, where it stands in what was typed."""

    text: str
    places: tuple[int, ...]
    typed: str

    def part(self, start: int, end: int) -> Spelt:
        """Return a piece, blanks at its ends left out."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return Spelt(self.text[start:end], self.places[start:end], self.typed)

    @property
    def original(self) -> str:
        """What was typed here."""
        return self.typed[self.places[0] : self.places[-1] + 1] if self.places else ""

    def swapped(self, start: int, end: int, new: str) -> Spelt:
        """Return the text with a piece replaced; the new characters stand where the piece began."""
        place = self.places[start] if start < len(self.places) else len(self.typed)
        places = (*self.places[:start], *([place] * len(new)), *self.places[end:])
        return Spelt(self.text[:start] + new + self.text[end:], places, self.typed)

    def refusal(self, start: int, why: str, error: type[BadInput] = BadInput) -> BadInput:
        """Return an error that names the place in what was typed."""
        place = self.places[start] if start < len(self.places) else len(self.typed)
        shown = self.typed if len(self.typed) <= 70 else f"{self.typed[:67]}..."
        return error(f"can't read {shown!r} at character {place + 1}: {why}")


def spelt(typed: str) -> Spelt:
    """Return the text with Greek letters, subscripts, primes and sums spelt out."""
    if not isinstance(typed, str):
        raise BadInput(f"a claim is text, not {type(typed).__name__}.")
    if len(typed) > 1000:
        raise BadInput(f"a claim of {len(typed)} characters: at most 1000 are read.")
    characters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(typed):
        new = _LETTERS.get(letter, letter)
        if letter in _SUPERSCRIPTS:
            started = place > 0 and typed[place - 1] in _SUPERSCRIPTS
            new = _SUPERSCRIPTS[letter] if started else f"^{_SUPERSCRIPTS[letter]}"
        if letter in _SUBSCRIPTS:
            started = place > 0 and typed[place - 1] in _SUBSCRIPTS
            new = _SUBSCRIPTS[letter] if started else f"_{_SUBSCRIPTS[letter]}"
        characters.extend(new)
        places.extend([place] * len(new))
    found = Spelt("".join(characters), tuple(places), typed)
    return _ranges(_sums(_braces(_primes(found))))


def _primes(found: Spelt) -> Spelt:
    for match in reversed(list(re.finditer(r"(?<=[A-Za-z0-9])'+(?=\s*[(\[])", found.text))):
        new = PRIME * len(match.group())
        found = found.swapped(match.start(), match.end(), new)
    return found


def _braces(found: Spelt) -> Spelt:
    """Read x_{l-1} as x[l-1]; the braces of a sum are read with the sum."""
    pattern = re.compile(r"(?<![A-Za-z_])(?!sum_)([A-Za-z]\w*?)_\{([^{}]*)\}")
    while match := pattern.search(found.text):
        found = found.swapped(match.end() - 1, match.end(), "]")
        opening = match.start(2) - 2
        found = found.swapped(opening, opening + 2, "[")
    return found


def _sums(found: Spelt) -> Spelt:
    """Write Σ_{i=1}^{n} term, Σ_i term and Σ term as sum(term, i, 1, n)."""
    for match in reversed(list(_SUM.finditer(found.text))):
        index = match["i"] or match["j"]
        high = match["high"] or match["top"]
        if match["open"] and index is None and high is None:
            continue
        start = match.start("open") if match["open"] else match.end()
        end = _term_end(found, start)
        ending = f", {index or 'i'}, {match['low'] or '1'}, {high or 'n'})"
        found = found.swapped(end, end, ending)
        found = found.swapped(match.start(), start, "sum(")
    return found


def _term_end(found: Spelt, start: int) -> int:
    depth = 0
    for place in range(start, len(found.text)):
        sign = found.text[place]
        if sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
            if depth < 0:
                return place
        elif depth == 0 and sign in "+-=<>,~;" and found.text[start:place].strip():
            return place
    return len(found.text)


def _ranges(found: Spelt) -> Spelt:
    for match in reversed(list(_RANGE.finditer(found.text))):
        new = f"{match['index']}, {match['low']}, {match['high'].strip()}"
        end = match.end()
        if match.group().startswith("("):
            end += 1 if found.text[end : end + 1] == ")" else 0
        found = found.swapped(match.start(), end, new)
    return found


def tree_of(found: Spelt) -> Node:
    """Return the tree of one formula, with the places of what was typed. Raises BadInput."""
    if not found.text.strip():
        raise found.refusal(0, "a formula is missing here")
    try:
        signs = split(found.text)
    except BadInput as error:
        raise _placed(found, error) from None
    end = len(found.typed)
    here = (*found.places, found.places[-1] + 1 if found.places else end)
    moved = tuple(
        Sign(s.kind, s.text, here[min(s.start, len(here) - 1)], here[max(s.end - 1, 0)] + 1)
        if s.end > s.start
        else Sign(s.kind, s.text, here[-1], here[-1])
        for s in signs
    )
    return parse_signs(found.typed, moved)


def _placed(found: Spelt, error: BadInput) -> BadInput:
    """Say where in the claim a sign stands that has no meaning in a formula."""
    match = re.search(r"at character (\d+): (.*)", str(error))
    if match is None:
        return error
    return found.refusal(int(match[1]) - 1, match[2])
