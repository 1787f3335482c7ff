"""What givens say in words: independent, uncorrelated, iid, symmetric, of zero mean, wide."""

from __future__ import annotations

from dataclasses import replace

from sympy import S

from varprop.checking.declaring import declared
from varprop.checking.facts import Fact, names_of, words_of
from varprop.checking.world import World
from varprop.errors import BadInput


def all_pairs(world: World, kind: str, names: tuple[str, ...]) -> World:
    """Say of all pairs of several variables that they are independent, uncorrelated, …"""
    bases = [declared(world, name)[1] for name in names]
    pairs = {frozenset((a, b)) for a in bases for b in bases if a != b}
    return replace(world, **{kind: getattr(world, kind) | pairs})


def words(world: World, facts: tuple[Fact, ...]) -> World:
    """Return the world with all that is said in words."""
    for fact in facts:
        if fact.kind == "words":
            for word in words_of(fact):
                world = _word(world, word, names_of(fact.parts["names"]), fact)
        elif fact.kind in ("pair", "perp"):
            kind = "uncorrelated" if "uncorrelated" in fact.parts else "independent"
            for left in names_of(fact.parts["left"]):
                for right in names_of(fact.parts["right"]):
                    world = _word(world, kind, (left, right), fact)
    return world


def _apart(world: World, names: tuple[str, ...]) -> World:
    """Make what some names are made of independent of what the others are made of."""
    parts = []
    for name in names:
        if name in world.definitions:
            inside = world.random_in(world.definitions[name])
            parts.append({world.variable(symbol).name for symbol in inside})
        else:
            parts.append({declared(world, name)[1]})
    pairs = {
        frozenset((a, b))
        for place, left in enumerate(parts)
        for right in parts[place + 1 :]
        for a in left
        for b in right
        if a != b
    }
    return replace(world, independent=world.independent | pairs)


def _word(world: World, word: str, names: tuple[str, ...], fact: Fact) -> World:
    defined = [name for name in names if name in world.definitions]
    if defined and word == "independent":
        return _apart(world, names)
    if defined and word not in ("random", "wide"):
        raise BadInput(
            f"{fact.text.text!r}: {defined[0]} is defined by a formula, so this follows or fails; "
            "say it of the variables in the formula."
        )
    if word == "positive" and not all(world.family_of(name) for name in names):
        return replace(world, positive=world.positive | set(names))
    if word == "wide":
        return replace(world, wide=True)
    bases = tuple(dict.fromkeys(declared(world, name)[1] for name in names))
    if word in ("independent", "uncorrelated", "dependent"):
        return _tied(world, word, names, bases)
    if word in ("iid", "identical"):
        return _alike(world, word, names, bases)
    for base in bases if word in CHANGES else ():
        world = world.with_variable(base, **CHANGES[word])
    return world


CHANGES: dict[str, dict[str, object]] = {
    "symmetric": {"symmetric": True, "mean": S.Zero},
    "centred": {"mean": S.Zero},
    "standard": {"mean": S.Zero, "variance": S.One},
    "unit": {"variance": S.One},
    "positive": {"positive": True},
    "gaussian": {"gaussian": True},
}
"""What a word says of each variable by itself."""


def _tied(world: World, word: str, names: tuple[str, ...], bases: tuple[str, ...]) -> World:
    world = all_pairs(world, "tied" if word == "dependent" else word, names)
    field = {"independent": "iid", "uncorrelated": "uncorrelated"}.get(word)
    for base in bases if field else ():
        if world.variables[base].indexed or len(bases) == 1:
            world = world.with_variable(base, **{str(field): True})
    return world


def _alike(world: World, word: str, names: tuple[str, ...], bases: tuple[str, ...]) -> World:
    world = all_pairs(world, "equal_laws", names)
    if word == "iid":
        world = all_pairs(world, "independent", names)
    for base in bases:
        world = world.with_variable(base, iid=word == "iid" or world.variables[base].iid)
    return world
