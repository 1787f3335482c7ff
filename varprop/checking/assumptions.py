"""The search for assumptions that a claim does not state and that would make it true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from sympy import Expr, S

from varprop.checking.laws import Normal
from varprop.checking.sides import Sides, evaluate, held_in
from varprop.checking.world import World

MOST_TOGETHER = 3
MOST_CANDIDATES = 12


@dataclass(frozen=True)
class Assumption:
    """A hypothesis: its kind and subject for people, and the world in which it is taken for granted."""

    kind: str
    subject: str
    apply: Callable[[World], World]

    @property
    def words(self) -> str:
        """The hypothesis as a sentence."""
        return PHRASES[self.kind].format(self.subject)


PHRASES = {
    "uncorrelated": "{} uncorrelated",
    "independent": "{} independent",
    "mean": "E[{}] = 0",
    "symmetric": "{} symmetric about 0",
    "unit": "Var({}) = 1",
    "square": "E[{}²] = 1",
    "gaussian": "{} Gaussian with mean 0",
    "identical": "{} identically distributed",
    "members uncorrelated": "different {} uncorrelated",
    "members independent": "{} iid",
    "wide": "n -> oo (wide limit: the sum is Gaussian)",
}


def joined(assumptions: tuple[Assumption, ...]) -> str:
    """Return the hypotheses as one phrase; equal means are written once."""
    means = [a.subject for a in assumptions if a.kind == "mean"]
    rest = [a.words for a in assumptions if a.kind != "mean"]
    if means:
        rest.append(" = ".join(f"E[{name}]" for name in means) + " = 0")
    return " and ".join(rest)


def candidates(sides: Sides) -> list[Assumption]:
    """Return hypotheses on the variables of a claim that nothing given settles."""
    world = sides.world
    used = _used(sides)
    found: list[Assumption] = []
    for a, b in combinations(used, 2):
        pair = frozenset((a, b))
        first, second = world.variables[a].symbol, world.variables[b].symbol
        if not world.are_uncorrelated(first, second) and pair not in world.covariances:
            found.append(_pair("uncorrelated", pair))
        if not world.are_independent(first, second) and pair not in world.correlations:
            found.append(_pair("independent", pair))
    for name in used:
        found += _single(world, name)
    for a, b in combinations(used, 2):
        if not (world.variables[a].law or world.variables[b].law):
            found.append(_pair("identical", frozenset((a, b))))
    if not world.wide and _has_sum(sides):
        found.append(Assumption("wide", "", lambda w: replace(w, wide=True)))
    return found[:MOST_CANDIDATES]


def _has_sum(sides: Sides) -> bool:
    from varprop.checking.world import Total

    return any(side.has(Total) for side in sides.raw)


def _used(sides: Sides) -> list[str]:
    symbols = {s for side in sides.raw for s in sides.world.random_in(side)}
    return sorted({sides.world.variable(symbol).name for symbol in symbols})


def _pair(kind: str, pair: frozenset[str]) -> Assumption:
    field = {"uncorrelated": "uncorrelated", "independent": "independent"}.get(kind, "equal_laws")

    def apply(world: World) -> World:
        return replace(world, **{field: getattr(world, field) | {pair}})

    return Assumption(kind, ", ".join(sorted(pair)), apply)


def _single(world: World, name: str) -> Iterator[Assumption]:
    known = world.variables[name]
    shown = f"{name}_i" if known.indexed else name
    if known.indexed and not known.iid:
        if not known.uncorrelated:
            yield _changed("members uncorrelated", name, shown, uncorrelated=True)
        yield _changed("members independent", name, shown, iid=True)
    if known.law is not None:
        return
    if known.mean is None:
        yield _changed("mean", name, name, mean=S.Zero)
    if known.variance is None and not known.moments:
        yield _changed("unit", name, name, variance=S.One)
    if 2 not in known.moments and known.variance is None:
        yield _changed("square", name, name, moments={2: S.One})
    if not known.symmetric and known.mean in (None, 0):
        yield _changed("symmetric", name, name, symmetric=True, mean=S.Zero)
    if known.mean in (None, 0):
        yield Assumption("gaussian", name, lambda w: _gaussian(w, name))


def _gaussian(world: World, name: str) -> World:
    from sympy import Symbol

    known = world.variables[name]
    variance = known.variance if known.variance is not None else known.moments.get(2)
    if variance is None:
        variance = Symbol(f"Var({name})", positive=True, real=True)
    law = Normal(S.Zero, variance, f"N(0, var={variance})")
    return world.with_variable(name, law=law, symmetric=True, iid=known.iid)


def _changed(kind: str, name: str, subject: str, **changes: object) -> Assumption:
    return Assumption(kind, subject, lambda world: world.with_variable(name, **changes))


def search(
    sides: Sides, true_in: Callable[[Sides], bool]
) -> tuple[tuple[Assumption, ...], Sides] | None:
    """Return the fewest hypotheses under which ``true_in`` holds and no typed operator is trivial."""
    listed = candidates(sides)
    before = _values(sides, sides.world)
    for size in range(1, MOST_TOGETHER + 1):
        for chosen in combinations(listed, size):
            if _repeats(chosen):
                continue
            world = sides.world
            for assumption in chosen:
                world = assumption.apply(world)
            found = evaluate(world, sides.raw)
            if true_in(found) and not _trivial(sides, world, before, chosen):
                return chosen, found
    return None


def _repeats(chosen: tuple[Assumption, ...]) -> bool:
    """Whether one hypothesis contains another one of the same variables."""
    kinds = {(a.kind, a.subject) for a in chosen}
    implied = (
        ("independent", "uncorrelated"),
        ("members independent", "members uncorrelated"),
        ("symmetric", "mean"),
        ("gaussian", "mean"),
        ("gaussian", "symmetric"),
        ("unit", "square"),
        ("gaussian", "unit"),
        ("gaussian", "square"),
    )
    return any(
        (strong, a.subject) in kinds and (weak, a.subject) in kinds
        for a in chosen
        for strong, weak in implied
    )


def _values(sides: Sides, world: World) -> dict[Expr, Expr]:
    from varprop.checking.expectation import Engine

    engine = Engine(world)
    return {node: engine.evaluate(node) for side in sides.raw for node in held_in(side)}


def _trivial(
    sides: Sides, world: World, before: dict[Expr, Expr], chosen: tuple[Assumption, ...]
) -> bool:
    """Whether a hypothesis only says what a typed operator is worth, as E[x] = 0 in E[x] = 0."""
    after = _values(sides, world)
    whole = {side for side in sides.raw if held_in(side)[:1] == [side]}
    constant = next((side for side in sides.raw if not held_in(side)), None)
    for node, value in after.items():
        if not value.is_number or before[node].is_number:
            continue
        stated = constant is not None and node in whole
        plain = all(argument.is_Symbol for argument in node.args) and not any(
            a.kind == "independent" for a in chosen
        )
        if not stated or plain:
            return True
    return False
