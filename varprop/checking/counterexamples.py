"""Concrete laws that satisfy everything given, to see whether an open claim can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, product

from sympy import Expr, Integer, Rational, S, simplify, sqrt

from varprop.checking.expectation import Engine
from varprop.checking.laws import Discrete, Exponential, Law, Normal, Uniform
from varprop.checking.world import Variable, World

MOST_WORLDS = 100
MOST_OPTIONS = (1, 40, 14, 7, 4)
"""How many laws of each variable are tried, by the number of variables."""


@dataclass(frozen=True)
class Example:
    """A world in which nothing is open, and how people read it."""

    world: World
    words: str


def examples(world: World, names: list[str]) -> Iterator[Example]:
    """Yield worlds with a law for every open variable; each keeps all that is given."""
    free = [name for name in names if world.variables[name].law is None]
    for choice in islice(_choices(world, free), MOST_WORLDS):
        candidate = _with(world, choice)
        if candidate is not None and _keeps(world, candidate.world):
            yield candidate


Choice = tuple[str, str, object]


def _choices(world: World, free: list[str]) -> Iterator[tuple[Choice, ...]]:
    tables: list[list[Choice]] = []
    for place, name in enumerate(free):
        options: list[tuple[str, object]] = [("law", law) for law in _laws(world.variables[name])]
        for other in free[:place]:
            if frozenset((name, other)) not in world.independent:
                options = [*_ties(other), *options]
        known = world.variables[name]
        if known.indexed and not known.iid and not known.uncorrelated:
            options = [("same", law) for law in _laws(known)[:3]] + options
        tables.append([(name, kind, value) for kind, value in options])
    most = MOST_OPTIONS[min(len(tables), len(MOST_OPTIONS) - 1)]
    cut = [table[:most] for table in tables]
    places = sorted(product(*(range(len(table)) for table in cut)), key=sum)
    for chosen in places:
        yield tuple(table[place] for table, place in zip(cut, chosen, strict=True))


def _ties(other: str) -> list[tuple[str, object]]:
    return [("square", other), ("copy", other), ("mirror", other), ("sum", other)]


def _laws(known: Variable) -> list[Law]:
    """Return laws with the given moments, several shapes of each."""
    mean = known.mean
    variance = known.variance
    second = known.moments.get(2)
    if variance is None and second is not None:
        variance = second - mean**2 if mean is not None else None
    found: list[Law] = []
    if mean is None and second is not None:
        return _of_square(second)
    means = (mean,) if mean is not None else (S.Zero, S.One, Rational(-1, 2), Integer(6))
    spreads = (variance,) if variance is not None else (S.One, Rational(4), Rational(1, 100))
    ranked: list[tuple[int, int, Law]] = []
    for (i, m), (j, v) in product(enumerate(means), enumerate(spreads)):
        for k, law in enumerate(_shapes(m, v, known)):
            ranked.append((i + j + k, len(ranked), law))
    found += [law for _, _, law in sorted(ranked, key=lambda one: one[:2])]
    if known.positive:
        found = [
            law
            for law in (
                Uniform(S.Zero, S.One, "U(0, 1)"),
                Exponential(S.One, "Exp(1)"),
                Discrete(((S.One, Rational(1, 2)), (Rational(3), Rational(1, 2))), "1 or 3"),
            )
            if mean is None and variance is None
        ]
    return found


def _of_square(second: Expr) -> list[Law]:
    half = second / 2
    return [
        Normal(sqrt(half), half, f"N({sqrt(half)}, var={half})"),
        Normal(S.Zero, second, f"N(0, var={second})"),
    ]


def _shapes(mean: Expr, variance: Expr, known: Variable) -> list[Law]:
    spread = sqrt(variance)
    found: list[Law] = [Normal(mean, variance, f"N({mean}, var={variance})")]
    if known.gaussian:
        return found
    half, width = Rational(1, 2), sqrt(3) * spread
    found.append(
        Discrete(
            ((mean - spread, half), (mean + spread, half)),
            f"{mean - spread} or {mean + spread}, equally likely",
        )
    )
    if not known.symmetric:
        low, high = mean - spread / 2, mean + 2 * spread
        found.append(
            Discrete(
                ((low, Rational(4, 5)), (high, Rational(1, 5))),
                f"{low} with probability 4/5, else {high}",
            )
        )
    found.append(Uniform(mean - width, mean + width, f"U({mean - width}, {mean + width})"))
    return found


def _with(world: World, choice: tuple[Choice, ...]) -> Example | None:
    made = world
    words: list[str] = []
    for name, kind, value in choice:
        known = world.variables[name]
        if kind in ("law", "same") and isinstance(value, Law):
            shared = kind == "same"
            made = made.with_variable(
                name, law=value, symmetric=value.symmetric, indexed=known.indexed and not shared,
                iid=not shared, mean=None, variance=None, moments={},
            )  # fmt: skip
            said = f"{name} ~ {value.words}"
            words.append(f"all {name}_i equal to one {said}" if shared else said)
            if shared:
                made = _shared(made, name)
        else:
            tied = _tied(made, name, kind, str(value))
            if tied is None:
                return None
            made, shown = tied
            words.append(f"{name} = {shown}")
    return Example(made, ", ".join(words))


def _shared(world: World, name: str) -> World:
    """Let all members of a family be one variable: each index is read as the family's name."""
    symbol = world.variables[name].symbol
    definitions = {**world.definitions, **{f"{name}_{i}": symbol for i in "ijkl12"}}
    return replace(world, definitions=definitions)


def _tied(world: World, name: str, kind: str, other: str) -> tuple[World, str] | None:
    if other not in world.variables:
        return None
    known, x = world.variables[other], world.variables[other].symbol
    if known.indexed or world.variables[name].indexed or known.law is None:
        return None
    centre = known.law.moment(2)
    made = {
        "copy": (x, str(x)), "mirror": (-x, f"-{x}"), "sum": (x + 1, f"{x} + 1"),
        "square": (x**2 - centre, f"{x}² − {centre}") if centre is not None else None,
    }[kind]  # fmt: skip
    if made is None:
        return None
    variables = {key: value for key, value in world.variables.items() if key != name}
    definitions = {**world.definitions, name: made[0]}
    return replace(world, variables=variables, definitions=definitions), made[1]


def _keeps(given: World, made: World) -> bool:
    """Whether an example world has all the moments and ties that were given."""
    engine = Engine(made)

    def value_of(name: str) -> Expr:
        return made.definitions.get(name, given.variables[name].symbol)

    for name, known in given.variables.items():
        x = value_of(name)
        facts = [(engine.mean(x), known.mean), (engine.variance(x), known.variance)]
        facts += [(engine.mean(x**k), value) for k, value in known.moments.items()]
        if known.law is None and any(
            expected is not None and simplify(found - expected) != 0 for found, expected in facts
        ):
            return False
        tied = name in made.definitions
        if tied and (known.symmetric or known.gaussian or known.positive or known.law is not None):
            return False
    return _ties_agree(given, engine, value_of) and _laws_agree(given, made)


def _ties_agree(given: World, engine: Engine, value_of: Callable[[str], Expr]) -> bool:
    """Whether the given covariances and correlations hold, 0 among them."""
    for pair in given.uncorrelated:
        a, b = (value_of(name) for name in sorted(pair))
        if pair not in given.independent and engine.covariance(a, b) != 0:
            return False
    for table, of in ((given.covariances, False), (given.correlations, True)):
        for pair, value in table.items():
            a, b = (value_of(name) for name in sorted(pair))
            scale = sqrt(engine.variance(a) * engine.variance(b)) if of else S.One
            if simplify(engine.covariance(a, b) - value * scale) != 0:
                return False
    return True


def _laws_agree(given: World, made: World) -> bool:
    """Whether variables that share a law got the same one."""
    for pair in given.equal_laws:
        drawn = [name for name in pair if name in made.variables]
        laws = {made.variables[name].law for name in drawn} - {None}
        if len(laws) > 1:
            return False
    return True
