"""Facts put together into a world: variables first, then numbers, laws, moments, definitions."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from sympy import Expr, S, Symbol

from varprop.checking.bounds import bounded
from varprop.checking.facts import Fact, names_of, words_of
from varprop.checking.law_text import read_law
from varprop.checking.laws import Normal
from varprop.checking.moment_facts import learn_equation
from varprop.checking.network_facts import NetworkFacts
from varprop.checking.reading import Reader
from varprop.checking.spelling import Spelt, spelt
from varprop.checking.world import World
from varprop.errors import BadInput

INDEX = re.compile(r"(?P<base>[A-Za-z]\w*?)(?:_(?P<letters>[ijkl]{1,2})|\[[\w, ]*\])")
POSITIVE = re.compile(
    r"(?:[nmdqvNLDHVMk]|sigma\w*|tau\w*|eps\w*|fan_\w+|[nqvsd]_\w+|fan\w*|width|depth|var\w*|std\w*)"
)
REAL = re.compile(r"mu\w*|rho\w*|c|b|beta\w*|bias\w*|mean\w*|loc|theta\w*")
_WORD = re.compile(r"[A-Za-z]\w*")
_OPERATED = re.compile(r"\b(?:E|Mean|Var|V|Cov|Std|Corr|var|std|cov|corr|P)\s*[\[(]")


def world_of(facts: tuple[Fact, ...], typed: tuple[Spelt, ...]) -> World:
    """Return the world that the facts describe; ``typed`` are the statement's sides."""
    texts = [fact.text.text for fact in facts] + [side.text for side in typed]
    positive = {name for text in texts for name in _WORD.findall(text) if POSITIVE.fullmatch(name)}
    positive |= _positive_in_laws(facts) | _bounded(facts)
    real = {n for t in texts for n in _WORD.findall(t) if REAL.fullmatch(n)} | _real_in_laws(facts)
    world = World(positive=frozenset(positive), real=frozenset(real - positive))
    if not facts:
        world = _capitals(world, typed)
    network = any(fact.kind in ("network", "start", "fed") for fact in facts)
    world = replace(world, network=NetworkFacts() if network else None)
    for fact in facts:
        world = _declare(world, fact)
    equations = [fact for fact in facts if fact.kind == "equation"]
    random = [f for f in equations if _on_moments(f)]
    for fact in random:
        world = _declare_operated(world, fact)
    plain = [fact for fact in equations if fact not in random]
    world, plain = _numbers(world, plain)
    for fact in facts:
        world = _learn(world, fact)
    world = _definitions(world, plain)
    for fact in random:
        world = learn_equation(world, fact)
    return _initial_weights(_words(world, facts), typed)


def _initial_weights(world: World, typed: tuple[Spelt, ...]) -> World:
    """Let w be drawn by the initialiser that is given, where nothing else is said of it."""
    init = None if world.network is None else world.network.init
    used = any(re.search(r"\bw(?:_\w+)?\b", side.text) for side in typed)
    if init is None or not used or "w" in world.variables or "w" in world.definitions:
        return world
    law, _ = read_law(spelt(init), world)
    return world.with_variable("w", law=law, iid=True, symmetric=law.symmetric)


def _capitals(world: World, typed: tuple[Spelt, ...]) -> World:
    """Where nothing at all is given, X, Y, Z … inside operators are any random variables."""
    inside = [side.text for side in typed if _OPERATED.search(side.text)]
    names = sorted({n for text in inside for n in re.findall(r"\b[T-Z]\d?\b(?!\s*[\[(])", text)})
    for name in names:
        world = world.with_variable(name)
    note = f"{', '.join(names)}: any random variables, as nothing is given"
    return replace(world, notes=(note,)) if names else world


def _on_moments(fact: Fact) -> bool:
    """Whether an equation gives a moment; a name on its left makes it a definition."""
    sides = [part.text for part in fact.parts.values()]
    return not sides[0].isidentifier() and any(_OPERATED.search(side) for side in sides)


def _positive_in_laws(facts: tuple[Fact, ...]) -> set[str]:
    """Names in a law's parameters, those of a normal law's mean and of bare ends apart."""
    laws = [fact.parts["law"].text for fact in facts if fact.kind == "law"]
    return {name for law in laws for name in _WORD.findall(law)} - _real_in_laws(facts)


def _real_in_laws(facts: tuple[Fact, ...]) -> set[str]:
    """The mean of a normal law; the ends of a uniform law where the lower one is a bare name."""
    found: set[str] = set()
    for fact in facts:
        inside = fact.parts["law"].text.partition("(")[2] if fact.kind == "law" else ""
        first = inside.split(",")[0].strip()
        if "," in inside and re.fullmatch(r"(?:mean\s*=\s*|mu\s*=\s*)?[A-Za-z]\w*", first):
            found.add(first.split("=")[-1].strip())
            if fact.parts["law"].text[:1] == "U":
                found |= set(_WORD.findall(inside))
    return found


def _bounded(facts: tuple[Fact, ...]) -> set[str]:
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


def _declare(world: World, fact: Fact) -> World:
    for part in ("names", "left", "right"):
        if fact.kind in ("law", "words", "pair", "perp") and part in fact.parts:
            for name in names_of(fact.parts[part]):
                if not (fact.kind == "words" and words_of(fact) == ("positive",)):
                    world, _ = declared(world, name)
    return world


def _declare_operated(world: World, fact: Fact) -> World:
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


def _numbers(world: World, facts: list[Fact]) -> tuple[World, list[Fact]]:
    """Read n = 100 and r = sqrt(6/(n + m)); what speaks of random variables is left."""
    left = []
    for fact in facts:
        name = fact.parts["0"].text
        names = set(_WORD.findall(fact.parts["1"].text))
        if name in world.variables or any(
            world.family_of(n) or n in _defined_names(facts) or INDEX.fullmatch(n) for n in names
        ):
            left.append(fact)
            continue
        world = _number(world, fact, name)
    return world, left


def _defined_names(facts: list[Fact]) -> set[str]:
    """Names whose definition is random, directly or through others."""
    return {f.parts["0"].text for f in facts if _speaks_of_sum(f)}


def _speaks_of_sum(fact: Fact) -> bool:
    return "sum(" in fact.parts["1"].text.replace(" ", "")


def _number(world: World, fact: Fact, name: str) -> World:
    value = Reader(fact.parts["1"], world).read()
    if world.network is not None and name in ("sigma_w2", "sigma_b2", "depth", "width"):
        key = {"sigma_w2": "scaled_variance", "sigma_b2": "bias_variance"}.get(name, name)
        return replace(world, network=replace(world.network, **{key: value}))
    if not name.isidentifier():
        raise fact.text.refusal(0, "a name stands on the left of a definition, such as y = x^2")
    if name in ("sigma_w2", "sigma_b2"):
        key = "scaled_variance" if name == "sigma_w2" else "bias_variance"
        network = replace(world.network or NetworkFacts(), **{key: value})
        return replace(world, network=network, values={**world.values, name: value})
    return replace(world, values={**world.values, name: value})


def _learn(world: World, fact: Fact) -> World:
    if fact.kind == "law":
        return _law(world, fact)
    if fact.kind == "network":
        key, value = fact.parts["key"].text, fact.parts["value"]
        return _network(world, key, value)
    if fact.kind in ("start", "fed"):
        assert world.network is not None
        fed = fact.kind == "fed"
        at = ("s", "0") if fed else (fact.parts["letter"].text, fact.parts["level"].text)
        start = {**world.network.start, at: Reader(fact.parts["value"], world).read()}
        return replace(world, network=replace(world.network, start=start))
    if fact.kind == "limit":
        target = S.Infinity if fact.parts["target"].text in ("oo", "inf") else S.Zero
        limits = (*world.limits, (fact.parts["name"].text, target))
        return replace(world, limits=limits, wide=world.wide or target == S.Infinity)
    if fact.kind == "size":
        large = "large" in fact.text.text
        name = (fact.parts.get("name") or fact.parts["name2"]).text
        return replace(world, limits=(*world.limits, (name, S.Infinity if large else S.Zero)))
    if fact.kind == "bound":
        return bounded(world, fact)
    if fact.kind in ("wide", "small"):
        return replace(world, wide=True) if fact.kind == "wide" else _small(world)
    return world


def _small(world: World) -> World:
    return replace(world, limits=(*world.limits, ("q", S.Zero)))


def _network(world: World, key: str, value: Spelt) -> World:
    assert world.network is not None
    names = {"network": "net", "activation": "act", "initializer": "init", "initialiser": "init"}
    field = names.get(key, key)
    if field in ("depth", "width"):
        return replace(
            world, network=replace(world.network, **{field: Reader(value, world).read()})
        )
    changes: dict[str, Any] = {field: value.text}
    return replace(world, network=replace(world.network, **changes))


def _law(world: World, fact: Fact) -> World:
    law, notes = read_law(fact.parts["law"], world)
    said = any(key in fact.parts for key in ("before", "iid", "after")) or "iid" in fact.text.text
    for listed in names_of(fact.parts["names"]):
        world, name = declared(world, listed)
        known = world.variables[name]
        if known.law is not None:
            raise fact.text.refusal(0, f"{name} has two laws: {known.law.words} and {law.words}")
        world = world.with_variable(name, law=law, iid=True, symmetric=law.symmetric)
    if said:
        world = _all_pairs(world, "independent", names_of(fact.parts["names"]))
    scales = world.scales | {s.name for s in law.scales}
    return replace(world, scales=scales, notes=(*world.notes, *notes))


def _all_pairs(world: World, kind: str, names: tuple[str, ...]) -> World:
    bases = [declared(world, name)[1] for name in names]
    pairs = {frozenset((a, b)) for a in bases for b in bases if a != b}
    return replace(world, **{kind: getattr(world, kind) | pairs})


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
    names = set(_WORD.findall(fact.parts["1"].text))
    return any(other is not fact and other.parts["0"].text in names for other in waiting)


def _words(world: World, facts: tuple[Fact, ...]) -> World:
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
        kind = "tied" if word == "dependent" else word
        world = _all_pairs(world, kind, names)
        field = {"independent": "iid", "uncorrelated": "uncorrelated"}.get(word)
        for base in bases if field else ():
            if world.variables[base].indexed or len(bases) == 1:
                world = world.with_variable(base, **{str(field): True})
        return world
    if word in ("iid", "identical"):
        world = _all_pairs(world, "equal_laws", names)
        if word == "iid":
            world = _all_pairs(world, "independent", names)
        for base in bases:
            world = world.with_variable(base, iid=word == "iid" or world.variables[base].iid)
        return world
    changes: dict[str, dict[str, object]] = {
        "symmetric": {"symmetric": True, "mean": S.Zero},
        "centred": {"mean": S.Zero},
        "standard": {"mean": S.Zero, "variance": S.One},
        "unit": {"variance": S.One},
        "positive": {"positive": True},
        "gaussian": {"gaussian": True},
    }
    for base in bases if word in changes else ():
        world = world.with_variable(base, **changes[word])
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
