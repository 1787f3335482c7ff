"""Var(w) of a weight law, derived from its density or its atoms; and the parameter for a variance."""

from __future__ import annotations

from functools import cache

from sympy import Abs, Eq, Expr, Heaviside, Integral, S, Symbol, exp, oo

from varprop import notation
from varprop.catalogue.laws import LAWS, WeightLaw
from varprop.derivation import Derivation, Kind, Step
from varprop.expression_text import parse_expression, parse_scalar
from varprop.moments import GaussianExpectation, closed_form, closed_form_steps
from varprop.propagation.law_scale import law_parameter
from varprop.rewriting.nodes import Mean, Var

WEIGHT = Symbol("w", real=True)
_END = {"oo": oo, "-oo": -oo}


@cache
def law_derivation(name: str) -> Derivation:
    """Derive Var(w) of the law of that name from its density or atoms, form numbers kept symbolic."""
    law = LAWS[name]
    if law.density and law.support:
        steps = _from_density(law)
    elif law.atoms:
        steps = _from_atoms(law)
    else:
        steps = _from_words(law)
    *before, last = steps
    return Derivation(f"variance of the {law.name} law", (*before, *_fourth_moment(law), last))


def _fourth_moment(law: WeightLaw) -> tuple[Step, ...]:
    """What finite widths ask of a law besides its variance: E[w⁴] in units of Var(w)²."""
    if law.kurtosis is None:
        return ()
    ratio = Mean(WEIGHT**4) / Var(WEIGHT) ** 2
    line = Eq(ratio, parse_scalar(law.kurtosis), evaluate=False)
    because = "stated by the source, tested by sampling"
    return (Step(line, "fourth moment", Kind.GIVEN, because, (), law.source, key=False),)


def _from_density(law: WeightLaw) -> tuple[Step, ...]:
    assert law.density is not None
    assert law.support is not None
    density = parse_expression(law.density, argument="w").xreplace({notation.h: WEIGHT})
    low, high = (_END[end] if end in _END else parse_scalar(end) for end in law.support)
    if not density.has(WEIGHT):
        return _flat(density, low, high)
    if density.has(exp) and not density.has(Abs):
        return _gaussian(law, high)
    return _from_words(law)


def _flat(density: Expr, low: Expr, high: Expr) -> tuple[Step, ...]:
    w = WEIGHT
    held = Integral(w**2 * density, (w, low, high))
    primitive = density * w**3 / 3
    value = primitive.subs(w, high) - primitive.subs(w, low)
    return (
        _symmetric_step(w),
        Step(
            Eq(Mean(w**2), held, evaluate=False),
            "density",
            Kind.GIVEN,
            "definition of the mean of w²",
            key=False,
        ),
        Step(
            Eq(held, value, evaluate=False), "integrate a power", Kind.ALGEBRA, "w³/3 at both ends"
        ),
        _variance_step(w, value),
    )


def _gaussian(law: WeightLaw, high: Expr) -> tuple[Step, ...]:
    w, s = WEIGHT, law_parameter(law)
    symmetric = _symmetric_step(w)
    if high == oo:
        by_definition = Step(
            Eq(Mean(w**2), s**2, evaluate=False), "density", Kind.GIVEN, "s² is its second moment"
        )
        return (symmetric, by_definition, _variance_step(w, s**2))
    inside = Heaviside(high + w) * Heaviside(high - w)
    above = GaussianExpectation(w**2 * inside, w, s**2)
    below = GaussianExpectation(inside, w, s**2)
    over, under = closed_form(above), closed_form(below)
    value = s**2 * ((over / s**2) / under).expand()
    return (
        symmetric,
        Step(
            Eq(Mean(w**2), above / below, evaluate=False),
            "conditioning",
            Kind.RULE,
            "a normal of std s, given that it lies inside the cut",
        ),
        *closed_form_steps(above),
        *closed_form_steps(below),
        _variance_step(w, value),
    )


def _from_atoms(law: WeightLaw) -> tuple[Step, ...]:
    w = WEIGHT
    pairs = [(parse_scalar(v), parse_scalar(p)) for v, p in law.atoms]
    mean = sum((v * p for v, p in pairs), S.Zero)
    second = sum((v**2 * p for v, p in pairs), S.Zero)
    return (
        Step(
            Eq(Mean(w), mean, evaluate=False),
            "finite sum",
            Kind.ALGEBRA,
            "Σ value·probability",
            key=False,
        ),
        Step(
            Eq(Mean(w**2), second, evaluate=False),
            "finite sum",
            Kind.ALGEBRA,
            "Σ value²·probability",
        ),
        _variance_step(w, second - mean**2, mean),
    )


def _symmetric_step(w: Symbol) -> Step:
    return Step(
        Eq(Mean(w), 0, evaluate=False), "symmetry", Kind.RULE, "w and -w have one law", key=False
    )


def _variance_step(w: Symbol, value: Expr, mean: Expr = S.Zero) -> Step:
    centred = ", E[w] = 0" if mean == 0 else ""
    because = f"Var(w) = E[w²] − E[w]²{centred}"
    return Step(Eq(Var(w), value, evaluate=False), "variance", Kind.RULE, because)


def _from_words(law: WeightLaw) -> tuple[Step, ...]:
    """E[w²] by the law's own reason; only the variance where it has none."""
    if law.second_moment is None:
        return (_stated(law),)
    w, value = WEIGHT, parse_scalar(law.variance)
    second = Eq(Mean(w**2), value, evaluate=False)
    return (
        _symmetric_step(w),
        Step(second, "second moment", Kind.GIVEN, law.second_moment, (), law.source),
        _variance_step(w, value),
    )


def _stated(law: WeightLaw) -> Step:
    w = WEIGHT
    return Step(
        Eq(Var(w), parse_scalar(law.variance), evaluate=False),
        "stated",
        Kind.GIVEN,
        "stated by the source, tested by sampling",
        (),
        law.source,
    )
