"""One fact learnt: a law, a number, a network, a limit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sympy import S

from varprop.checking.bounds import bounded
from varprop.checking.declaring import declared
from varprop.checking.facts import Fact, names_of
from varprop.checking.law_text import read_law
from varprop.checking.network_facts import NetworkFacts
from varprop.checking.reading import Reader
from varprop.checking.spelling import Spelt
from varprop.checking.wording import all_pairs
from varprop.checking.world import World


def number(world: World, fact: Fact, name: str) -> World:
    """Return the world with a name given its value."""
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


def learn(world: World, fact: Fact) -> World:
    """Return the world with one law, network, limit or bound learnt."""
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
        world = all_pairs(world, "independent", names_of(fact.parts["names"]))
    scales = world.scales | {s.name for s in law.scales}
    return replace(world, scales=scales, notes=(*world.notes, *notes))
