"""``derive``: the argument behind a scheme, a law's variance, or one Gaussian expectation."""

from __future__ import annotations

import re
from dataclasses import replace

from sympy import Eq, Expr, simplify

from varprop import notation
from varprop.answer.layer import solve_layer
from varprop.catalogue.activations import ACTIVATIONS, formula
from varprop.catalogue.laws import LAWS
from varprop.catalogue.schemes import SCHEMES, Scheme
from varprop.derivation import Derivation, Kind, Step
from varprop.errors import BadInput, SafetyNet, Undecided, UnknownName, did_you_mean
from varprop.expression_text import parse_expression, parse_scalar
from varprop.moments import GaussianExpectation, closed_form, closed_form_steps
from varprop.propagation.law_scale import law_parameter
from varprop.propagation.law_variance import law_derivation
from varprop.rewriting.nodes import Var

_MOMENT = re.compile(r"^\s*(?:E|𝔼)\s*[\[(](.*)[\])]\s*$", re.DOTALL)
_VARIANCE = re.compile(r"^\s*(?:Var|V)\s*[\[(](.*)[\])]\s*$", re.DOTALL)


def derive(what: str) -> Derivation:
    """Return the derivation of a scheme (he), a law's variance (uniform) or a moment (E[gelu(h)^2]).

    Raises UnknownName for a name that is none of these, Undecided for a moment without closed form.
    """
    for pattern, build in ((_MOMENT, _moment), (_VARIANCE, _variance)):
        match = pattern.match(what)
        if match is not None:
            return build(match.group(1))
    if what in LAWS and what in LAWS.spellings():
        return law_derivation(LAWS[what].name)
    if what in SCHEMES:
        return _scheme(SCHEMES[what])
    if what in ACTIVATIONS:
        raise BadInput(
            f'{what} is an activation. Try varprop derive "E[{what}(h)^2]" or varprop solve --act {what}.'
        )
    known = [*SCHEMES.spellings(), *LAWS.spellings()]
    raise UnknownName(
        f"nothing to derive under the name {what!r}. {did_you_mean(what, known)}"
        'Schemes: varprop list inits. A moment: varprop derive "E[gelu(h)^2]".'
    )


def _scheme(scheme: Scheme) -> Derivation:
    stated = _stated(scheme)
    if scheme.argument is None:
        law = LAWS[scheme.law]
        base = law_derivation(law.name)
        parameter = law_parameter(law)
        scale = base.value / parameter**2
        step = Step(
            Eq(Var(_weight(base)), stated, evaluate=False),
            "definition",
            Kind.GIVEN,
            f"{scheme.words}: {law.parameter.key}² = {stated / scale}",
            source=scheme.source,
        )
        return Derivation(scheme.name, (*base.steps, step))
    condition, act = scheme.argument
    found = solve_layer(act, fan_in="fan_in", fan_out="fan_out", condition=condition).derivation
    if simplify(found.value - stated) != 0:
        raise SafetyNet(f"{scheme.name} is stated as {stated}, but derived as {found.value}.")
    return replace(found, title=f"{scheme.name}: {scheme.words}")


def _weight(derivation: Derivation) -> Expr:
    return derivation.steps[-1].equation.args[0].args[0]


def _stated(scheme: Scheme) -> Expr:
    names = {n: parse_scalar(d if d is not None else n) for n, d in scheme.parameters}
    return parse_expression(scheme.weight_variance, argument="_", names=names)


def _integrand(text: str) -> Expr:
    named = {name: _applied(name) for name in ACTIVATIONS.spellings()}
    return parse_expression(text, functions=named)


def _applied(name: str):  # type: ignore[no-untyped-def]
    entry = ACTIVATIONS[name]

    def apply(argument: Expr, *values: Expr) -> Expr:
        names = {p.name: v for p, v in zip(entry.parameters, values, strict=False)}
        return formula(entry, names).subs(notation.h, argument)

    return apply


def _moment(text: str) -> Derivation:
    held = GaussianExpectation(_integrand(text), notation.h, notation.q)
    return Derivation(f"E[{text}], h ~ N(0, var=q)", _closed_steps(held, text))


def _closed_steps(held: Expr, text: str) -> tuple[Step, ...]:
    if not isinstance(held, GaussianExpectation):
        return (Step(Eq(held, held, evaluate=False), "constant", Kind.ALGEBRA, "no h left"),)
    steps = closed_form_steps(held)
    if not steps:
        raise Undecided(
            f"no closed form of E[{text}] is known to varprop. Its number: varprop gain, or "
            "vp.E(...).evalf() at a given q."
        )
    return steps


def _variance(text: str) -> Derivation:
    phi = _integrand(text)
    second = GaussianExpectation(phi**2, notation.h, notation.q)
    mean = GaussianExpectation(phi, notation.h, notation.q)
    steps = (*_closed_steps(second, f"({text})²"), *_closed_steps(mean, text))
    square, first = (
        closed_form(e) if isinstance(e, GaussianExpectation) else e for e in (second, mean)
    )
    assert square is not None
    assert first is not None
    last = Step(
        Eq(Var(phi), square - first**2, evaluate=False),
        "variance",
        Kind.RULE,
        "Var(x) = E[x²] − E[x]²",
    )
    return Derivation(f"Var({text}), h ~ N(0, var=q)", (*steps, last))
