"""A derivation tested line by line: each kind of line has its own experiment.

A rule is sampled on its own, an expectation integrated numerically, algebra tried at typical
points, and a limit taken at two sizes. What is given or imposed is not tested.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from sympy import Expr

from varprop.answer.verification import Verification
from varprop.answer.verify_ledger import Ledger
from varprop.answer.verify_worlds import GROUPS, Setting
from varprop.catalogue.arrays import Array
from varprop.derivation import Derivation, Kind, Step
from varprop.errors import BadInput
from varprop.moments import GaussianExpectation
from varprop.montecarlo.replicates import ROUNDING
from varprop.montecarlo.statistics import LEVEL, estimate, judge, looks, sidak
from varprop.montecarlo.world import MODULES, World, compiled, integral
from varprop.rewriting.nodes import Mean, Var
from varprop.verdict import Check, Verdict

DRAWS = 2**13
WORLDS = 16
"""Draws of one group, and how many worlds of groups are drawn at most for one rule."""

SIZES = (65, 1025)
"""Terms in the sums that a limit is tried at; odd, so that no sum is 0."""

SAMPLED = ("finite sum", "density", "stated", "second moment", "fourth moment")
"""Lines about a weight law that its own sampler can judge, whatever kind they are of."""

EXACT = 1e-3
"""Largest relative difference of numbers that nothing was sampled for."""


@dataclass(frozen=True, kw_only=True)
class TestedDerivation(Verification):
    """A derivation with its checks: one per line, None with a reason where nothing can be tested."""

    __test__ = False
    derivation: Derivation
    lines: tuple[Check | None, ...]
    reasons: tuple[str, ...]


def verify_derivation(
    derivation: Derivation,
    *,
    tolerance: float = 0.02,
    samples: int | None = None,
    seed: int = 0,
) -> TestedDerivation:
    """Return the derivation with a verdict for every line that can be tested.

    ``samples`` are the draws behind one rule; all verdicts hold together at 99 %.
    """
    started = time.monotonic()
    lines = _Lines(derivation, tolerance, samples or GROUPS * DRAWS, seed)
    tested = [lines.test(place, step) for place, step in enumerate(derivation, start=1)]
    checks = tuple(check for check, _ in tested)
    made = tuple(check for check in checks if check is not None)
    return TestedDerivation(
        made,
        len(made),
        tolerance,
        seed,
        time.monotonic() - started,
        LEVEL,
        derivation=derivation,
        lines=checks,
        reasons=tuple(reason for _, reason in tested),
    )


class _Lines:
    """The lines in order, and what is known when each one's turn comes."""

    def __init__(self, derivation: Derivation, tolerance: float, samples: int, seed: int) -> None:
        self._tolerance = tolerance
        self._seed = seed
        self._level = sidak(LEVEL, len(derivation))
        self._setting = Setting(derivation)
        self._numbers = self._setting.numbers
        self._draws = max(2, samples // GROUPS)
        self._ledger = Ledger(self._numbers)

    def test(self, place: int, step: Step) -> tuple[Check | None, str]:
        """Return the check of a line, or why there is none."""
        kinds: dict[Kind, Callable[[Step], Check]] = {
            Kind.RULE: self._rule,
            Kind.EXPECTATION: self._expectation,
            Kind.ALGEBRA: self._algebra,
            Kind.LIMIT: self._limit,
        }
        run = kinds.get(step.kind)
        law = self._setting.law
        if law is not None and (law.random or law.independent) and step.rule in SAMPLED:
            run = self._rule
        try:
            if run is None:
                return None, "imposed" if step.rule == "condition" else "given"
            check = run(step)
        except BadInput as error:
            return None, f"not tested: {error}"
        finally:
            self._ledger.add(step)
        return replace(check, name=f"line {place}: {step.rule}", seed=self._seed), ""

    def _rule(self, step: Step) -> Check:
        left, right = step.equation.args
        plan = looks(WORLDS, first=1, level=self._level)
        lefts: list[Array] = []
        rights: list[Array] = []
        for count in plan.counts:
            for index in range(len(lefts), count):
                world = self._world(step, index)
                lefts.append(world.values(left))
                rights.append(world.values(right))
            observed, predicted = np.concatenate(lefts), np.concatenate(rights)
            difference = estimate(observed - predicted)
            centre = float(predicted.mean())
            allowed = self._tolerance * (abs(centre) or _unit(world, left))
            verdict = judge(difference.interval(plan.each), 0.0, allowed)
            if verdict is not Verdict.TOO_WEAK:
                break
        return _check(
            float(observed.mean()),
            centre,
            math.hypot(difference.standard_error, ROUNDING * (abs(centre) + allowed)),
            allowed,
            verdict,
            observed.size * self._draws,
            "both sides from the same draws",
        )

    def _world(self, step: Step, index: int) -> World:
        textbook = step.rule == "textbook recurrence"
        return self._setting.world(self._seed, index, self._draws, textbook=textbook)

    def _expectation(self, step: Step) -> Check:
        left, right = (self._integrated(side) for side in step.equation.args)
        return _exact(left, right, "by quadrature")

    def _algebra(self, step: Step) -> Check:
        left, right = self._ledger.sides(step)
        return _exact(left, right, "at typical values")

    def _limit(self, step: Step) -> Check:
        """Replace the Gaussian by sums of signs, whose expectations are finite sums."""
        right = step.equation.args[1]
        if not isinstance(right, GaussianExpectation):
            raise BadInput("it is no Gaussian expectation, the limit of wide layers.")
        exact = integral(right, self._numbers)
        observed = [_sum_of_signs(right, self._numbers, size) for size in SIZES]
        gaps = [abs(value - exact) for value in observed]
        allowed = self._tolerance * max(abs(exact), EXACT)
        agrees = gaps[1] <= allowed and gaps[1] <= max(gaps[0], EXACT * allowed)
        note = (
            f"sums of {SIZES[0]} and {SIZES[1]} terms: the gap is {gaps[0]:.2g}, then {gaps[1]:.2g}"
        )
        verdict = Verdict.AGREES if agrees else Verdict.DISAGREES
        found = _check(observed[1], exact, 0.0, allowed, verdict, 0, note)
        return replace(found, width=SIZES[1], finite_width=observed[1] - exact)

    def _integrated(self, side: Expr) -> float:
        world = World({"_": np.zeros((1, 1, 1))}, self._numbers)
        return float(world.values(side)[0])


def _unit(world: World, left: Expr) -> float:
    """Return what a tolerance is relative to where the right side is 0."""
    if not isinstance(left, (Mean, Var)):
        return 1.0
    square = float(world.values(Mean(left.args[0] ** 2)).mean())
    return square if isinstance(left, Var) else math.sqrt(square)


def _sum_of_signs(held: GaussianExpectation, numbers: Mapping[str, float], terms: int) -> float:
    """Return E[f(h)] exactly for h = √(q/n)·(s_1 + … + s_n) with independent signs s."""
    from scipy.stats import binom

    f, h, variance, _ = held.args
    given = {s: numbers[s.name] for s in f.free_symbols - {h}}
    scale = float(variance.subs({s: numbers[s.name] for s in variance.free_symbols}))
    ups = np.arange(terms + 1)
    points = math.sqrt(scale / terms) * (2 * ups - terms)
    with np.errstate(all="ignore"):
        values = compiled(h, f.subs(given), modules=MODULES)(points)
    chances = binom.pmf(ups, terms, 0.5)
    kept = chances > 0
    return float((np.broadcast_to(values, points.shape)[kept] * chances[kept]).sum())


def _exact(left: float, right: float, note: str) -> Check:
    allowed = EXACT * max(abs(right), EXACT)
    agrees = abs(left - right) <= allowed
    verdict = Verdict.AGREES if agrees else Verdict.DISAGREES
    return _check(left, right, 0.0, allowed, verdict, 0, note)


def _check(
    observed: float,
    predicted: float,
    error: float,
    tolerance: float,
    verdict: Verdict,
    replicates: int,
    note: str,
) -> Check:
    return Check(
        "", predicted, observed, error, tolerance, replicates, None, None, 0, verdict, note=note
    )
