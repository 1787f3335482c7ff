"""Monte Carlo of the side that is worked out, at ordinary numbers, beside what is claimed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sympy
from sympy import Expr, Integer, Symbol

from varprop.checking.expectation import HELD, Engine
from varprop.checking.findings import Answer, Decision, Evidence
from varprop.checking.networks import speaks_of_network
from varprop.checking.numbers import is_count, points
from varprop.checking.sides import Sides, held_in, read_sides
from varprop.checking.statement import Statement
from varprop.checking.world import Corr, Cov, Mean, Std, Total, World
from varprop.errors import VarpropError
from varprop.verdict import Check, Verdict

if TYPE_CHECKING:
    import numpy as np

BATCHES = 64
EACH = 2048
TERMS = 16
MOST_TERMS = 64
TOLERANCE = 0.02
ALARM = 6.0
"""Standard errors beyond which an experiment contradicts the derivation."""


@dataclass
class Draws:
    """Samples of the variables of one world, drawn when first asked for."""

    world: World
    point: dict[Any, Any]
    seed: int
    terms: int
    kept: dict[str, Any]

    def of(self, symbol: Symbol, inner: bool) -> Any:
        """Return the draws of one variable: (batches, each) or, inside a sum, with its terms last."""
        from varprop.montecarlo.network import generator

        name = f"{symbol.name}|{inner}"
        if name not in self.kept:
            law = self.world.variable(symbol).law
            assert law is not None
            shape = (BATCHES, EACH, self.terms) if inner else (BATCHES, EACH)
            stream = sum(ord(letter) * 257**k for k, letter in enumerate(name)) % 2**31
            self.kept[name] = law.sample(generator(self.seed, stream), shape, self.point)
        return self.kept[name]

    def values(self, expression: Expr) -> Any:
        """Return the values of an expression, one per sample."""
        totals = {t: sympy.Dummy("t") for t in expression.atoms(Total)}
        outer = expression.xreplace(totals)
        arrays = {dummy: self._total(total) for total, dummy in totals.items()}
        for symbol in self.world.random_in(outer):
            arrays[symbol] = self.of(symbol, False)
        return evaluated(outer, arrays, self.point)

    def _total(self, total: Expr) -> Any:
        term, running = total.args[0], total.args[1].name
        arrays = {}
        for symbol in self.world.random_in(term):
            inner = symbol.name.endswith(f"_{running}")
            drawn = self.of(symbol, inner)
            arrays[symbol] = drawn if inner else drawn[..., None]
        values = evaluated(term, arrays, self.point)
        return values.sum(axis=-1)


def evaluated(expression: Expr, arrays: dict[Any, Any], point: dict[Any, Any]) -> Any:
    """Return an expression at arrays, its parameters put in."""
    import numpy as np

    filled = expression.subs(point)
    names = list(arrays)
    function = sympy.lambdify(names, filled, ["scipy", "numpy"])
    with np.errstate(all="ignore"):
        found = function(*(arrays[name] for name in names))
    shape = np.broadcast_shapes(*(a.shape for a in arrays.values())) if arrays else (BATCHES, EACH)
    return np.broadcast_to(np.asarray(found, dtype=float), shape)


def tested(
    decision: Decision, read: Statement, world: World, define: dict[str, str], seed: int
) -> Decision:
    """Return the decision with an experiment added, where everything can be drawn."""
    if world.network is not None and speaks_of_network(read):
        return _of_network(decision, read, world, define, seed)
    if "~" in read.relations or read.limit is not None:
        return decision
    sides = read_sides(world, read.sides[0], read.sides[1], define)
    place = 1 if held_in(sides.raw[1]) and not held_in(sides.raw[0]) else 0
    check = _experiment(sides, place, read, seed)
    if check is None:
        return decision
    finding = decision.finding
    found = replace(finding, evidence=(*finding.evidence, Evidence("experiment", check=check[0])))
    if not check[1]:
        tried = ("the experiment contradicts the derivation",)
        found = replace(found, answer=Answer.UNDECIDED, tried=tried)
    return replace(decision, finding=found)


def _of_network(
    decision: Decision, read: Statement, world: World, define: dict[str, str], seed: int
) -> Decision:
    """Return the decision on a network with sampled networks beside it."""
    if read.limit is not None or decision.answer is Answer.UNDECIDED:
        return decision
    from varprop.checking.network_claim import NetworkClaim
    from varprop.checking.network_experiment import with_experiment

    claim = NetworkClaim(read, world, define)
    return replace(decision, finding=with_experiment(claim, decision.finding, seed))


def _experiment(sides: Sides, place: int, read: Statement, seed: int) -> tuple[Check, bool] | None:
    from varprop.montecarlo.statistics import estimate, judge

    if sides.unknown or not _can_draw(sides, sides.raw[place]):
        return None
    point = _point(sides)
    numbers = sides.at(point)
    if not all(math.isfinite(value) for value in numbers):
        return None
    terms = _terms(sides, point)
    if terms is None:
        return None
    draws = Draws(sides.world, dict(point), seed, terms, {})
    try:
        batches = _batches(sides.raw[place], sides.world, draws)
    except (TypeError, ValueError, NameError, KeyError, VarpropError):
        return None
    observed = estimate(batches)
    if observed.standard_error == 0 and observed.value != numbers[place]:
        return None
    claimed, own = numbers[1 - place], numbers[place]
    tolerance = max(TOLERANCE * abs(own), 4 * observed.standard_error)
    verdict = _verdict(judge(observed.interval(), claimed, tolerance), read.relations[0], place,
                       observed.value, claimed)  # fmt: skip
    check = Check(
        f"{read.sides[place].text}", claimed, observed.value, observed.standard_error, tolerance,
        BATCHES * EACH, None, None, seed, verdict, note=_note(point),
    )  # fmt: skip
    slack = max(ALARM * observed.standard_error, TOLERANCE * abs(own))
    return check, abs(observed.value - own) <= slack or observed.standard_error > abs(own)


def _verdict(equal: Verdict, relation: str, place: int, observed: float, claimed: float) -> Verdict:
    if relation not in ("<", "<=", ">", ">="):
        return equal
    below = observed <= claimed
    wanted = relation.startswith("<") == (place == 0)
    return Verdict.AGREES if below == wanted else Verdict.DISAGREES


def _note(point: dict[Any, Any]) -> str:
    return ", ".join(f"{s} = {v}" for s, v in sorted(point.items(), key=str))


def _can_draw(sides: Sides, raw: Expr) -> bool:
    world, atoms = sides.world, sides.world.random_in(raw)
    if not held_in(raw) or not atoms or world.covariances or world.correlations or world.products:
        return False
    if world.tied | world.uncorrelated - world.independent:
        return False
    indices = {world.family_of(a.name) for a in atoms}
    totals = raw.atoms(Total)
    if totals and any(found and found[1].isdigit() for found in indices):
        return False
    families = [world.variables[found[0]] for found in indices if found]
    return all(f.law is not None and (f.iid or not f.indexed) and _simple(f.law) for f in families)


def _simple(law: object) -> bool:
    from varprop.checking.laws import Catalogued

    return not isinstance(law, Catalogued) or (law.entry.independent and law.entry.random)


def _point(sides: Sides) -> dict[Any, Any]:
    free = sides.parameters | {s for raw in sides.raw for s in _constants(sides, raw)}
    base = dict(next(points(free, sides.world), {}))
    return {s: Integer(TERMS) if is_count(s, sides.world) else v for s, v in base.items()}


def _constants(sides: Sides, raw: Expr) -> set[Symbol]:
    running = {t.args[1] for t in raw.atoms(Total)}
    random = sides.world.random_in(raw)
    laws = {sides.world.variable(s).law for s in random}
    inside = {s for law in laws if law is not None for s in law.scales}
    return {s for s in raw.free_symbols if s not in random and s not in running} | inside


def _terms(sides: Sides, point: dict[Any, Any]) -> int | None:
    """Return how many terms all sums have; None where they differ or are too many to draw."""
    totals = [t for raw in sides.raw for t in raw.atoms(Total)]
    counts = {(t.args[3] - t.args[2] + 1).subs(point) for t in totals}
    if not counts:
        return 1
    count = counts.pop()
    if counts or not count.is_Integer or not 1 <= count <= MOST_TERMS:
        return None
    return int(count)


def _batches(raw: Expr, world: World, draws: Draws) -> np.ndarray:
    """Return the side's value in each batch, its operators estimated from the batch."""
    import numpy as np

    nodes = {node: sympy.Dummy("e") for node in _outermost(raw)}
    outer = raw.xreplace(nodes).subs(draws.point)
    arrays = [_estimate(node, world, draws) for node in nodes]
    function = sympy.lambdify(list(nodes.values()), outer, ["scipy", "numpy"])
    return np.broadcast_to(np.asarray(function(*arrays), dtype=float), (BATCHES,))


def _outermost(raw: Expr) -> list[Expr]:
    if isinstance(raw, HELD):
        return [raw]
    return [node for argument in raw.args for node in _outermost(argument)]


def _estimate(node: Expr, world: World, draws: Draws) -> Any:
    import numpy as np

    engine = Engine(world)
    samples = [draws.values(engine.evaluate(argument)) for argument in node.args]
    if isinstance(node, Mean):
        return samples[0].mean(axis=1)
    if isinstance(node, (Cov, Corr)):
        a, b = (s - s.mean(axis=1, keepdims=True) for s in samples)
        covariance = (a * b).sum(axis=1) / (EACH - 1)
        return covariance if isinstance(node, Cov) else covariance / (a.std(axis=1) * b.std(axis=1))
    variance = samples[0].var(axis=1, ddof=1)
    return np.sqrt(variance) if isinstance(node, Std) else variance
