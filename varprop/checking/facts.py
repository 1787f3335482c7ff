"""The givens of a claim, told apart by their form; nothing is computed here."""

from __future__ import annotations

import re

from varprop.checking.spelling import Spelt, spelt
from varprop.checking.statement import split_at
from varprop.errors import BadInput
from varprop.frozen import frozen

_NAME = r"[A-Za-z]\w*(?:\[[\w, ]*\])?"
_NAMES = rf"(?:the |all )?{_NAME}(?:(?:\s*,\s*|\s+and\s+){_NAME})*"
_VERB = r"(?:\s+(?:is|are|be|have|has|all|both|each|mutually|jointly|pairwise|being))*"
WORDS = {
    "independent": r"(?:mutually |jointly )?independent(?: of each other)?|indep\.?",
    "uncorrelated": r"(?:pairwise )?uncorrelated(?: with each other)?",
    "iid": r"i\.?i\.?d\.?|independent and identically distributed",
    "identical": r"identically distributed|identical in law",
    "symmetric": r"symmetric(?:al)?(?:ally)?(?: about (?:0|zero))?(?: distributed| law)?",
    "centred": r"(?:of )?(?:zero[- ]mean|mean[- ](?:zero|0)|centred|centered)",
    "standard": r"standardi[sz]ed|normali[sz]ed|whitened|(?:of )?mean 0 and variance 1",
    "unit": r"(?:of )?(?:unit[- ]variance|variance 1)",
    "gaussian": r"gaussian|normal|normally distributed",
    "random": r"random|random variables?",
    "dependent": r"dependent|correlated",
    "positive": r"positive",
    "wide": r"wide|in the wide limit",
}
_ONE = "|".join(f"(?:{pattern})" for pattern in WORDS.values())
_WORDS = re.compile(
    rf"(?P<names>{_NAMES}){_VERB}\s+(?P<words>(?:{_ONE})(?:(?:\s*,\s*|\s+and\s+|\s+)(?:{_ONE}))*)"
)
_MEAN = re.compile(
    r"\s+(?:with|of|has|have)\s+(?:a\s+)?mean\s+(?P<mean>[^\s,]+)(?:(?:\s+and|,)\s+(?:a\s+)?variance\s+"
    r"(?P<variance>[^\s,]+))?"
)
_PAIR = re.compile(
    rf"(?P<left>{_NAMES}){_VERB}\s+(?:(?P<independent>independent of|_perp)|"
    rf"(?P<uncorrelated>uncorrelated (?:with|to)))\s+(?P<right>{_NAMES})"
)
_PERP = re.compile(rf"(?P<left>{_NAME})\s*(?:_perp|_\|\|_|_\|_)\s*(?P<right>{_NAME})")
_LAW = re.compile(
    rf"(?P<names>{_NAMES})(?P<before>\s+(?:are\s+)?i\.?i\.?d\.?)?\s*~\s*(?P<iid>i\.?i\.?d\.?\s+)?"
    r"(?P<law>.*?)(?P<after>,?\s+i\.?i\.?d\.?)?"
)
_LAW_WORD = re.compile(
    rf"(?P<names>{_NAMES})\s+(?:are\s+)?i\.?i\.?d\.?\s+(?P<law>[A-Za-z_]\w*\s*\(.*\))"
)
_LIMIT = re.compile(r"(?P<name>[A-Za-z]\w*)\s*->\s*(?P<target>\S+)")
_SIZE = re.compile(
    r"(?:(?P<size>large|small)\s+(?P<name>[A-Za-z]\w*)|(?P<name2>[A-Za-z]\w*)\s+(?:is\s+)?"
    r"(?P<size2>large|small))"
)
_NETWORK = re.compile(
    r"(?P<key>net|network|init|initiali[sz]er|act|activation|depth|width)\s*=\s*(?P<value>.+)"
)
_FED = re.compile(
    r"(?:E\s*\[\s*[xay]\s*\[\s*0\s*\]\s*(?:\^|\*\*)\s*2\s*\]|Var\s*\(\s*[xay]\s*\[\s*0\s*\]\s*\))"
    r"\s*=\s*(?P<value>.+)"
)
_START = re.compile(r"(?P<letter>[qgcmsv])\s*\[\s*(?P<level>\w+)\s*\]\s*=\s*(?P<value>.+)")
_BOUND = re.compile(r".*(?:<=|>=|<|>|!=).*")
_EQUATION = re.compile(r"(?P<left>.+?)\s*==?\s*(?P<right>.+)")


@frozen
class Fact:
    """One given: what kind it is, its text, and the parts of it by name."""

    kind: str
    text: Spelt
    parts: dict[str, Spelt]


def facts_in(texts: tuple[str | Spelt, ...]) -> tuple[Fact, ...]:
    """Return the facts of all givens, in order. Raises BadInput for one that says nothing known."""
    found: list[Fact] = []
    for text in texts:
        given = text if isinstance(text, Spelt) else spelt(text)
        for sentence in split_at(given, ";"):
            found += _facts(sentence)
    return tuple(found)


def _facts(given: Spelt) -> list[Fact]:
    given = _moments_spelt(given)
    whole = classify(given)
    if whole is not None:
        return [whole]
    pieces = split_at(_commas(given), ",")
    found: list[Fact] = []
    start = 0
    while start < len(pieces):
        for end in range(start + 1, len(pieces) + 1):
            fact = classify(_joined(pieces[start:end]))
            if fact is not None:
                found.append(fact)
                start = end
                break
        else:
            raise pieces[start].refusal(
                0,
                "this given says nothing that is known. Give a law (x ~ N(0, var=q)), a moment "
                "(E[x] = 0), independence (x, y independent), a definition (y = x^2), a bound "
                "(a > 0) or a network (net = 5*(Dense(n) >> tanh))",
            )
    return found


def _moments_spelt(given: Spelt) -> Spelt:
    """Write ``x_i iid with mean 0 and variance v`` as ``x_i iid, E[x_i] = 0, Var(x_i) = v``."""
    match = _MEAN.search(given.text)
    named = re.match(rf"{_NAMES}", given.text)
    if match is None or named is None or match["mean"] in ("zero",) or "~" in given.text:
        return given
    names = names_of(given.part(0, named.end()))
    new = "".join(f", E[{name}] = {match['mean']}" for name in names)
    if match["variance"]:
        new += "".join(f", Var({name}) = {match['variance']}" for name in names)
    whole = given.text[: match.start()].strip() in (named.group(), *names)
    return given.swapped(
        0 if whole else match.start(), match.end(), new.lstrip(", ") if whole else new
    )


def words_of(fact: Fact) -> tuple[str, ...]:
    """Return the keys of WORDS that a fact says of its names."""
    text = fact.parts["words"].text
    found = []
    while text:
        best = max(
            ((m.end(), key) for key, p in WORDS.items() if (m := re.match(p, text)) is not None),
            default=None,
        )
        if best is None:
            break
        found.append(best[1])
        text = re.sub(r"^(?:\s*,\s*|\s+and\s+|\s+)", "", text[best[0] :])
    return tuple(found)


def _commas(given: Spelt) -> Spelt:
    while match := re.search(r"\s+(?:and|&|with)\s+", given.text):
        given = given.swapped(match.start(), match.end(), ", ")
    return given


def _joined(pieces: tuple[Spelt, ...]) -> Spelt:
    text, places = pieces[0].text, pieces[0].places
    for piece in pieces[1:]:
        gap = piece.places[0] if piece.places else 0
        text, places = f"{text}, {piece.text}", (*places, gap, gap, *piece.places)
    return Spelt(text, places, pieces[0].typed)


def classify(given: Spelt) -> Fact | None:
    """Return the fact that a text states, None where its form is unknown."""
    text = given.text
    if not text or text.count("(") != text.count(")"):
        return None
    if re.fullmatch(r"(?:in the )?(?:infinite(?:ly)? )?wide(?: limit| network| layers?)?", text):
        return Fact("wide", given, {})
    if re.fullmatch(r"small[- ]signal|small inputs?|in the small[- ]signal limit", text):
        return Fact("small", given, {})
    for kind, pattern in (
        ("perp", _PERP), ("words", _WORDS), ("pair", _PAIR), ("law", _LAW_WORD), ("limit", _LIMIT),
        ("size", _SIZE), ("fed", _FED), ("start", _START), ("network", _NETWORK), ("law", _LAW),
    ):  # fmt: skip
        match = pattern.fullmatch(text)
        if match is not None and (kind != "law" or _brackets_fit(match["names"])):
            return Fact(kind, given, _parts(given, match))
    if len(split_at(given, ",")) > 1 or re.search(r"\s(?:and|with)\s", text):
        return None
    if _BOUND.fullmatch(text):
        return Fact("bound", given, {})
    match = _EQUATION.fullmatch(text)
    return None if match is None else Fact("equation", given, _equation(given))


def _brackets_fit(names: str) -> bool:
    return names.count("(") == names.count(")")


def _parts(given: Spelt, match: re.Match[str]) -> dict[str, Spelt]:
    groups = match.re.groupindex
    return {g: given.part(*match.span(g)) for g in groups if match[g] is not None}


def _equation(given: Spelt) -> dict[str, Spelt]:
    """Split a = b = c at its equality signs that stand in no bracket."""
    text, depth, cuts = given.text, 0, [0]
    for place, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "=" and depth == 0:
            cuts.append(place)
    if len(cuts) == 1:
        raise given.refusal(0, "an equation such as E[x] = 0 is expected")
    sides = []
    for number, cut in enumerate(cuts):
        end = cuts[number + 1] if number + 1 < len(cuts) else len(text)
        start = cut + 1 if number else 0
        side = given.part(start, end)
        if side.text:
            sides.append(side)
    if len(sides) < 2:
        raise BadInput(f"can't read {given.typed!r}: one side of the equation is missing.")
    return {str(number): side for number, side in enumerate(sides)}


def names_of(listed: Spelt) -> tuple[str, ...]:
    """Return the names of a list such as ``x, y`` or ``the w_i``."""
    text = re.sub(r"\s+and\s+", ", ", re.sub(r"^(?:the|all) ", "", listed.text))
    depth, parts, start = 0, [], 0
    for place, letter in enumerate(text):
        depth += (letter == "[") - (letter == "]")
        if letter == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    parts.append(text[start:].strip())
    return tuple(parts)
