"""Experiments for weight laws: Var(w) of the parameter, the sampler, the fourth moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import prod

import numpy as np
from sympy import Expr, Integer, Rational, Symbol

from varprop.answer.verify_plan import SYMBOLIC, Planned
from varprop.catalogue.laws import LAWS, WeightLaw
from varprop.expression_text import parse_scalar
from varprop.montecarlo.parameter_draws import by_density, drawn_by_parameter, total_mass
from varprop.montecarlo.replicates import Effort, Replicate, outcome, verify_replicates
from varprop.montecarlo.statistics import Estimate
from varprop.propagation.law_scale import unit_number
from varprop.propagation.law_variance import law_derivation
from varprop.verdict import Check, Verdict

PARAMETER = 1.3
SHAPE = (48, 32)
TENSOR = (16, 12, 3, 3)
MANY = 2**26
EXACT = 1e-6
POINTS = 2**14

LIGHT = {"student_t": {"nu": 30.0}, "sparse": {"p": 0.5}}
"""Forms of heavy laws at which one w⁴ has a relative variance below 100."""


def planned() -> Iterator[Planned]:
    """Yield the experiments of every law."""
    for law in LAWS.values():
        yield from for_law(law)


def for_law(law: WeightLaw) -> Iterator[Planned]:
    """Yield what is said of the law: variance in three ways, sampler, fourth moment."""
    for what, run in _experiments(law):
        name = f"law {law.name}: {what}"
        yield Planned("law", law.name, (name,), partial(run, law, name))


def _experiments(law: WeightLaw) -> Iterator[tuple[str, Callable[..., tuple[Check, ...]]]]:
    yield "Var(w) as stated", partial(_variance, _stated)
    yield "Var(w) as derived", partial(_variance, _derived)
    if law.independent and law.random:
        yield "Var(w) as a number", partial(_variance, _number)
    if law.density and law.support:
        yield "Var(w) of its density", partial(_variance, _stated, density=True)
    if law.atoms or (law.density and not law.cut):
        yield "total probability", _mass
    if law.random:
        yield "E[w] of the sampler", partial(_sampler, 1)
        yield "E[w^2] of the sampler", partial(_sampler, 2)
        yield "E[w^4]/Var^2", partial(_sampler, 4)


def _stated(law: WeightLaw) -> float:
    return float(_put_in(parse_scalar(law.variance), law, PARAMETER))


def _derived(law: WeightLaw) -> float:
    return float(_put_in(law_derivation(law.name).value, law, PARAMETER))


def _number(law: WeightLaw) -> float:
    return unit_number(law) * PARAMETER**2


def _put_in(formula: Expr, law: WeightLaw, value: float) -> Expr:
    """Put in a parameter, the law's form numbers and the sampled shape."""
    numbers = {form.symbol: Rational(str(form.default)) for form in law.forms}
    numbers |= {"m": Integer(_larger_fan(law)), law.parameter.symbol: Rational(str(value))}
    return formula.subs({Symbol(k, positive=True): v for k, v in numbers.items()}).evalf(17)


def _larger_fan(law: WeightLaw) -> int:
    shape = TENSOR if law.tensor else SHAPE
    return max(shape[:2]) * prod(shape[2:])


def _shape(law: WeightLaw, points: int) -> tuple[int, ...]:
    """One matrix or tensor for a law of these, else about as many weights as asked for."""
    if law.tensor:
        return TENSOR
    return SHAPE if not law.independent else (max(1, points // SHAPE[1]), SHAPE[1])


def _variance(
    predicted: Callable[[WeightLaw], float],
    law: WeightLaw,
    name: str,
    effort: Effort,
    stream: int,
    *,
    density: bool = False,
) -> tuple[Check, ...]:
    """Draw by the parameter 1.3, not knowing Var(w); half a squared difference has its mean."""
    with SYMBOLIC:
        value = predicted(law)
        draw = by_density(law, PARAMETER) if density else drawn_by_parameter(law, PARAMETER)
    assert draw is not None

    def replicate(rng: np.random.Generator, points: int) -> float:
        shape = _shape(law, points)
        first, second = draw(rng, shape), draw(rng, shape)
        return float(((first - second) ** 2).mean() / 2)

    return (_checked(law, replicate, value, name, effort, stream, PARAMETER**2),)


def _mass(law: WeightLaw, name: str, effort: Effort, _: int) -> tuple[Check, ...]:
    """Add up the density or the atoms; nothing is sampled."""
    with SYMBOLIC:
        mass, error = total_mass(law, PARAMETER)
    allowed = min(effort.tolerance, EXACT)
    agrees = abs(mass - 1) <= allowed
    verdict = Verdict.AGREES if agrees else Verdict.DISAGREES
    found = Estimate(mass, error, 1)
    note = "density added up" if law.density else "atoms added up"
    return (outcome(name, 1.0, found, allowed, verdict, effort.seed, 0.0, note),)


def _sampler(
    power: int, law: WeightLaw, name: str, effort: Effort, stream: int
) -> tuple[Check, ...]:
    """Compare a moment of the catalogue's sampler, which is scaled to mean square 1."""
    light = law.with_form(**LIGHT.get(law.name, {})) if power == 4 else law
    predicted = {1: 0.0, 2: 1.0}.get(power)
    if predicted is None:
        assert light.kurtosis is not None
        with SYMBOLIC:
            predicted = float(_put_in(parse_scalar(light.kurtosis), light, 1.0))

    def replicate(rng: np.random.Generator, points: int) -> float:
        return float((light.sample(rng, _shape(law, points)) ** power).mean())

    return (_checked(light, replicate, predicted, name, effort, stream, 1.0),)


def _checked(
    law: WeightLaw,
    replicate: Replicate,
    predicted: float,
    name: str,
    effort: Effort,
    stream: int,
    unit: float,
) -> Check:
    form = ", ".join(f"{entry.symbol} = {entry.default:g}" for entry in law.forms)
    return verify_replicates(
        replicate,
        predicted,
        effort,
        name=name,
        stream=stream,
        unit=abs(predicted) or unit,
        most=MANY,
        points=POINTS,
        note=f" at {form}" if form else "",
    )
