"""Names told apart: random variables and families, positive numbers, real numbers."""

from __future__ import annotations

import re
from dataclasses import replace

from varprop.checking.facts import Fact, names_of, words_of
from varprop.checking.spelling import Spelt
from varprop.checking.world import World

INDEX = re.compile(r"(?P<base>[A-Za-z]\w*?)(?:_(?P<letters>[ijkl]{1,2})|\[[\w, ]*\])")

POSITIVE = re.compile(
    r"(?:[nmdqvNLDHVMk]|sigma\w*|tau\w*|eps\w*|fan_\w+|[nqvsd]_\w+|fan\w*|width|depth|var\w*|std\w*)"
)

REAL = re.compile(r"mu\w*|rho\w*|c|b|beta\w*|bias\w*|mean\w*|loc|theta\w*")

WORD = re.compile(r"[A-Za-z]\w*")

OPERATED = re.compile(r"\b(?:E|Mean|Var|V|Cov|Std|Corr|var|std|cov|corr|P)\s*[\[(]")


def capitals(world: World, typed: tuple[Spelt, ...]) -> World:
    """Where nothing at all is given, X, Y, Z … inside operators are any random variables."""
    inside = [side.text for side in typed if OPERATED.search(side.text)]
    names = sorted({n for text in inside for n in re.findall(r"\b[T-Z]\d?\b(?!\s*[\[(])", text)})
    for name in names:
        world = world.with_variable(name)
    note = f"{', '.join(names)}: any random variables, as nothing is given"
    return replace(world, notes=(note,)) if names else world


def on_moments(fact: Fact) -> bool:
    """Whether an equation gives a moment; a name on its left makes it a definition."""
    sides = [part.text for part in fact.parts.values()]
    return not sides[0].isidentifier() and any(OPERATED.search(side) for side in sides)


def positive_in_laws(facts: tuple[Fact, ...]) -> set[str]:
    """Names in a law's parameters, those of a normal law's mean and of bare ends apart."""
    laws = [fact.parts["law"].text for fact in facts if fact.kind == "law"]
    return {name for law in laws for name in WORD.findall(law)} - real_in_laws(facts)


def real_in_laws(facts: tuple[Fact, ...]) -> set[str]:
    """The mean of a normal law; the ends of a uniform law where the lower one is a bare name."""
    found: set[str] = set()
    for fact in facts:
        inside = fact.parts["law"].text.partition("(")[2] if fact.kind == "law" else ""
        first = inside.split(",")[0].strip()
        if "," in inside and re.fullmatch(r"(?:mean\s*=\s*|mu\s*=\s*)?[A-Za-z]\w*", first):
            found.add(first.split("=")[-1].strip())
            if fact.parts["law"].text[:1] == "U":
                found |= set(WORD.findall(inside))
    return found


def names_bounded(facts: tuple[Fact, ...]) -> set[str]:
    """Return the names that a given bound keeps positive."""
    found: set[str] = set()
    for fact in facts:
        if fact.kind != "bound":
            continue
        text = fact.text.text
        found |= set(re.findall(r"\b([A-Za-z]\w*)\s*>=?\s*[0-9]", text))
        found |= set(re.findall(r"[0-9]\s*<=?\s*([A-Za-z]\w*)\b", text))
        found -= set(re.findall(r"-\s*[0-9.]+\s*<=?\s*([A-Za-z]\w*)\b", text))
    return found


def declared(world: World, name: str) -> tuple[World, str]:
    """Declare a name, w_i as the family w; return the world and the family's name."""
    match = INDEX.fullmatch(name)
    if match is not None:
        return world.with_variable(match["base"], indexed=True), match["base"]
    known = world.family_of(name)
    if known is not None:
        return world, known[0]
    return world.with_variable(name), name


def declare(world: World, fact: Fact) -> World:
    """Declare the names of a law, or of what is said in words."""
    for part in ("names", "left", "right"):
        if fact.kind in ("law", "words", "pair", "perp") and part in fact.parts:
            for name in names_of(fact.parts[part]):
                if not (fact.kind == "words" and words_of(fact) == ("positive",)):
                    world, _ = declared(world, name)
    return world


def declare_operated(world: World, fact: Fact) -> World:
    """Declare what E[x] = 0 speaks of, where nothing else has."""
    for part in fact.parts.values():
        for match in re.finditer(
            r"\b(?:E|Mean|Var|V|Cov|Std|Corr|var|std|cov|corr|P)\s*[\[(]([^\])]*)", part.text
        ):
            for found in re.finditer(r"[A-Za-z]\w*(?:\[\w+\])?(?!\w*\s*\()", match[1]):
                name = found.group()
                bare = name.split("[")[0]
                if bare in world.positive or world.family_of(name) or bare in ("mu", "mean"):
                    continue
                world, _ = declared(world, name)
    return world
