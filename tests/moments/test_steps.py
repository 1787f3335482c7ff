"""Every line of a closed form's derivation, checked with numbers."""

from __future__ import annotations

import mpmath
import pytest
import sympy
from sympy import Expr, Integral, Rational

from tests.moments.examples import EXAMPLES, KERNELS, Example, a, pair, u, v
from varprop.derivation import Kind, Step
from varprop.moments import (
    BivariateExpectation,
    Expectation,
    GaussianExpectation,
    UniformExpectation,
    closed_form,
    closed_form_steps,
)
from varprop.moments.numeric import quadrature
from varprop.notation import c, h, q

PLACE = {q: Rational(6, 5), c: Rational(3, 5)}


def number(side: Expr, point: dict[sympy.Symbol, Expr]) -> complex:
    """Evaluate a side: expectations by quadrature, integrals by mpmath, h at one place."""
    side = side.subs(h, Rational(1, 3)).xreplace(point)
    side = side.replace(lambda node: isinstance(node, Expectation), held_number)
    side = side.replace(lambda node: isinstance(node, Integral), integral_number)
    return complex(side.evalf(15))


def held_number(held: Expectation) -> Expr:
    found = quadrature(held)
    assert found is not None
    return sympy.Float(found[0])


def integral_number(integral: Integral) -> Expr:
    x, *ends = integral.limits[0]
    inner = [end_number(end) for end in ends]
    return sympy.Float(mpmath.quad(sympy.lambdify(x, integral.function, "mpmath"), inner))


def end_number(end: Expr) -> mpmath.mpf:
    if end.is_infinite:
        return mpmath.inf if end > 0 else -mpmath.inf
    return mpmath.mpf(float(end))


def check(steps: tuple[Step, ...], held: Expectation, point: dict[sympy.Symbol, Expr]) -> None:
    assert steps
    assert steps[-1].equation.args == (held, closed_form(held))
    for step in steps:
        left, right = (number(side, point) for side in step.equation.args)
        assert abs(left - right) < 1e-7 * max(1, abs(left)), step
        assert step.because
        assert isinstance(step.kind, Kind)


@pytest.mark.parametrize("name", EXAMPLES)
def test_second_moment(name: str) -> None:
    example = EXAMPLES[name]
    held = GaussianExpectation(example.phi**2, h, q)
    if held.integrand.has_free(h):
        check(closed_form_steps(held), held, {**example.values[0], **PLACE})


@pytest.mark.parametrize("name", KERNELS)
def test_kernel(name: str) -> None:
    example: Example = KERNELS[name]
    held = BivariateExpectation(pair(example.phi), u, v, q, 2 * q, c)
    check(closed_form_steps(held), held, {**example.values[0], **PLACE})


def test_uniform() -> None:
    held = UniformExpectation(EXAMPLES["elu"].phi ** 2, h, -a, a)
    check(closed_form_steps(held), held, {**EXAMPLES["elu"].values[0], **PLACE})


RULES = {
    "gelu": ["expand", "Stein's lemma", "arcsine law", "complete the square", "add up"],
    "elu": ["cut at the kinks", "complete the square", "moments of a cut Gaussian", "add up"],
    "softsign": ["fold at 0", "partial fraction", "add up"],
    "sin": ["expand", "characteristic function", "add up"],
}


@pytest.mark.parametrize("name", RULES)
def test_rules_are_named(name: str) -> None:
    steps = closed_form_steps(GaussianExpectation(EXAMPLES[name].phi ** 2, h, q))
    assert set(RULES[name]) <= {step.rule for step in steps}


def test_one_line_of_symmetry() -> None:
    (step,) = closed_form_steps(GaussianExpectation(sympy.tanh(h), h, q))
    assert step.rule == "odd function"


def test_no_closed_form_no_steps() -> None:
    assert closed_form_steps(GaussianExpectation(sympy.tanh(h) ** 2, h, q)) == ()
