"""Worlds in which the lines of a derivation are sampled: a layer's signals, or a law's weights.

The signals depend on each other and are not centred, so that a line which quietly takes them to
be independent or of zero mean is found out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

import numpy as np
from sympy import Sum, Symbol

from varprop.answer.verify_laws import LIGHT, SHAPE, TENSOR
from varprop.catalogue.arrays import Array
from varprop.catalogue.laws import LAWS, WeightLaw
from varprop.catalogue.schemes import SCHEMES
from varprop.derivation import Derivation, Kind, Step
from varprop.errors import BadInput
from varprop.montecarlo.network import generator
from varprop.montecarlo.parameter_draws import drawn_by_parameter
from varprop.montecarlo.world import World

GROUPS = 32
MEMBERS = 3
PARAMETER = 1.3
TYPICAL = {"q": 0.9, "p": 0.4, "alpha": 0.3, "nu": 5.0}
ELSE = 0.6

_LAW = re.compile(r"variance of the (\w+) law")


class Setting:
    """What a derivation speaks of: its symbols' numbers, its definitions, its weight law."""

    def __init__(self, derivation: Derivation) -> None:
        self.law = law_of(derivation)
        self._definitions = [step for step in derivation if defines(step)]
        self.numbers = _numbers(derivation, self.law)

    def world(self, seed: int, index: int, draws: int, *, textbook: bool) -> World:
        """Draw GROUPS groups; ``textbook`` signals are centred and without bias."""
        rng = generator(seed, index)
        families = _families(rng, draws, centred=textbook, bias=not textbook)
        if self.law is not None:
            families["w"] = _law_draws(self.law, rng, draws)
        if not self._definitions:
            families["h"] = rng.standard_normal((GROUPS, draws, 1))
            families["h"] *= math.sqrt(self.numbers["q"])
        world = World(families, self.numbers)
        for line in self._definitions:
            world.define(str(line.equation.args[0]), line.equation.args[1])
        world.families["x_l"] = families["x"]
        if "h" in world.families:
            world.families["x_next"] = world.families["h"]
        if "g" in world.families:
            world.families["delta_l"] = world.families["D"] * world.families["g"]
        return world


def _families(
    rng: np.random.Generator, draws: int, *, centred: bool, bias: bool
) -> dict[str, Array]:
    """Weights iid and centred; signals dependent on each other, with a mean unless ``centred``."""
    shape = (GROUPS, draws, MEMBERS)
    together = rng.standard_normal((2, *shape[:2], 1))
    x = np.maximum(0.6 * together[0] + 0.8 * rng.standard_normal(shape), 0) + 0.2
    if centred:
        x = x * rng.choice([-1.0, 1.0], (*shape[:2], 1))
    return {
        "w": rng.uniform(-1.4, 1.4, shape),
        "x": x,
        "delta": 0.5 + 0.7 * together[1] + rng.standard_normal(shape),
        "D": 0.3 + rng.random((*shape[:2], 1)),
        "b": 0.6 * bias * rng.standard_normal((*shape[:2], 1)),
    }


def _law_draws(law: WeightLaw, rng: np.random.Generator, draws: int) -> Array:
    draw = drawn_by_parameter(law, PARAMETER)
    if law.independent:
        return draw(rng, (GROUPS, draws))[..., None]
    shape = TENSOR if law.tensor else SHAPE
    each = max(1, draws // math.prod(shape))
    groups = [
        np.concatenate([draw(rng, shape).ravel() for _ in range(each)]) for _ in range(GROUPS)
    ]
    return np.array(groups)[..., None]


def _numbers(derivation: Derivation, law: WeightLaw | None) -> dict[str, float]:
    """Numbers for every symbol; the counts of members are small whole ones."""
    symbols = {s for step in derivation for s in step.equation.free_symbols}
    known = dict(TYPICAL)
    if law is not None:
        shape = TENSOR if law.tensor else SHAPE
        known["m"] = max(shape[:2]) * math.prod(shape[2:])
        known |= {form.symbol: form.default for form in law.forms}
        known[law.parameter.symbol] = PARAMETER
    sums = {total for step in derivation for total in step.equation.atoms(Sum)}
    counts = {limit[2] for total in sums for limit in total.limits}
    if any(not isinstance(count, Symbol) for count in counts):
        raise BadInput("a derivation is tested with symbols for its widths, not with numbers.")
    named = {s.name for s in counts}
    random = set(_random_names(derivation)) if law is None else {"w"}
    found: dict[str, float] = {"q": known["q"]}
    for symbol in symbols:
        if symbol.name not in random:
            whole = symbol.name in named
            found[symbol.name] = MEMBERS if whole else known.get(symbol.name, ELSE)
    return found


def _random_names(derivation: Derivation) -> Iterable[str]:
    yield from ("w", "x", "delta", "D", "b", "x_l", "x_next", "delta_l")
    for step in derivation:
        if defines(step):
            yield str(step.equation.args[0])


def defines(step: Step) -> bool:
    """Whether a line gives a symbol its meaning as a sum."""
    left, right = step.equation.args
    return step.kind is Kind.GIVEN and isinstance(left, Symbol) and right.has(Sum)


def law_of(derivation: Derivation) -> WeightLaw | None:
    """Return the law that a derivation is about, None where it is about a layer."""
    match = _LAW.fullmatch(derivation.title)
    if match and match[1] in LAWS:
        return LAWS[match[1]].with_form(**LIGHT.get(match[1], {}))
    if derivation.title not in SCHEMES:
        return None
    scheme = SCHEMES[derivation.title]
    return LAWS[scheme.law] if scheme.argument is None else None
