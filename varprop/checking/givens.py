"""Facts put together into a world: variables first, then numbers, laws, moments, definitions."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from sympy import Expr, Symbol

from varprop.checking.declaring import (
    INDEX,
    POSITIVE,
    REAL,
    WORD,
    capitals,
    declare,
    declare_operated,
    names_bounded,
    on_moments,
    positive_in_laws,
    real_in_laws,
)
from varprop.checking.facts import Fact
from varprop.checking.law_text import read_law
from varprop.checking.laws import Normal
from varprop.checking.learning import learn, number
from varprop.checking.moment_facts import learn_equation
from varprop.checking.network_facts import NetworkFacts
from varprop.checking.reading import Reader
from varprop.checking.spelling import Spelt, spelt
from varprop.checking.wording import words
from varprop.checking.world import World


def world_of(facts: tuple[Fact, ...], typed: tuple[Spelt, ...]) -> World:
    """Return the world that the facts describe; ``typed`` are the statement's sides."""
    texts = [fact.text.text for fact in facts] + [side.text for side in typed]
    positive = {name for text in texts for name in WORD.findall(text) if POSITIVE.fullmatch(name)}
    positive |= positive_in_laws(facts) | names_bounded(facts)
    real = {n for t in texts for n in WORD.findall(t) if REAL.fullmatch(n)} | real_in_laws(facts)
    world = World(positive=frozenset(positive), real=frozenset(real - positive))
    if not facts:
        world = capitals(world, typed)
    network = any(fact.kind in ("network", "start", "fed") for fact in facts)
    world = replace(world, network=NetworkFacts() if network else None)
    for fact in facts:
        world = declare(world, fact)
    equations = [fact for fact in facts if fact.kind == "equation"]
    random = [f for f in equations if on_moments(f)]
    for fact in random:
        world = declare_operated(world, fact)
    plain = [fact for fact in equations if fact not in random]
    world, plain = _numbers(world, plain)
    for fact in facts:
        world = learn(world, fact)
    world = _definitions(world, plain)
    for fact in random:
        world = learn_equation(world, fact)
    return _initial_weights(words(world, facts), typed)


def _initial_weights(world: World, typed: tuple[Spelt, ...]) -> World:
    """Let w be drawn by the initialiser that is given, where nothing else is said of it."""
    init = None if world.network is None else world.network.init
    used = any(re.search(r"\bw(?:_\w+)?\b", side.text) for side in typed)
    if init is None or not used or "w" in world.variables or "w" in world.definitions:
        return world
    law, _ = read_law(spelt(init), world)
    return world.with_variable("w", law=law, iid=True, symmetric=law.symmetric)


def _numbers(world: World, facts: list[Fact]) -> tuple[World, list[Fact]]:
    """Read n = 100 and r = sqrt(6/(n + m)); what speaks of random variables is left."""
    left = []
    for fact in facts:
        name = fact.parts["0"].text
        names = set(WORD.findall(fact.parts["1"].text))
        if name in world.variables or any(
            world.family_of(n) or n in _defined_names(facts) or INDEX.fullmatch(n) for n in names
        ):
            left.append(fact)
            continue
        world = number(world, fact, name)
    return world, left


def _defined_names(facts: list[Fact]) -> set[str]:
    """Names whose definition is random, directly or through others."""
    return {f.parts["0"].text for f in facts if _speaks_of_sum(f)}


def _speaks_of_sum(fact: Fact) -> bool:
    return "sum(" in fact.parts["1"].text.replace(" ", "")


def _definitions(world: World, facts: list[Fact]) -> World:
    waiting = list(facts)
    while waiting:
        ready = [f for f in waiting if not _needs(f, waiting)]
        if not ready:
            raise waiting[0].text.refusal(0, "the definitions go round in a circle")
        for fact in ready:
            waiting.remove(fact)
            name = fact.parts["0"].text
            value = Reader(fact.parts["1"], world).read()
            if not name.isidentifier():
                raise fact.text.refusal(0, "a name stands on the left of a definition")
            if not world.random_in(value) and not value.has(Symbol) and name in world.variables:
                raise fact.text.refusal(0, f"{name} is random and can't be set to {value}")
            world = _define(world, name, value)
    return world


def _define(world: World, name: str, value: Expr) -> World:
    from varprop.checking.world import Total

    if not world.random_in(value) and not value.has(Total):
        return replace(world, values={**world.values, name: value})
    variables = {key: known for key, known in world.variables.items() if key != name}
    definitions = {**world.definitions, name: value}
    return replace(world, variables=variables, definitions=definitions)


def _needs(fact: Fact, waiting: list[Fact]) -> bool:
    names = set(WORD.findall(fact.parts["1"].text))
    return any(other is not fact and other.parts["0"].text in names for other in waiting)


def twins(world: World) -> World:
    """Give variables that share a law what is known of either."""
    for pair in world.equal_laws:
        known = [world.variables[name] for name in sorted(pair) if name in world.variables]
        for one, other in itertools.permutations(known, 2):
            shared = {
                "law": one.law or other.law,
                "mean": one.mean if one.mean is not None else other.mean,
                "variance": one.variance if one.variance is not None else other.variance,
                "moments": {**other.moments, **one.moments},
                "symmetric": one.symmetric or other.symmetric,
                "positive": one.positive or other.positive,
            }
            world = world.with_variable(one.name, **shared)
    return world


def gaussian_laws(world: World) -> World:
    """Give each variable that is said to be Gaussian its law, with symbols where nothing is given."""
    for name, known in world.variables.items():
        if known.gaussian and known.law is None:
            second = known.moments.get(2)
            mean = known.mean if known.mean is not None else Symbol(f"mu_{name}", real=True)
            variance = known.variance
            if variance is None:
                variance = Symbol(f"v_{name}", positive=True)
                if second is not None:
                    variance = second - mean**2
            law = Normal(mean, variance, f"N({mean}, var={variance})")
            world = world.with_variable(name, law=law, symmetric=law.symmetric)
    return world
