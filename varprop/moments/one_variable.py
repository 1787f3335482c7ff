"""One Gaussian variable: put the question to the routes with the variance as a positive symbol."""

from __future__ import annotations

from dataclasses import replace

import sympy
from sympy import Expr, Symbol

from varprop.derivation import Step
from varprop.errors import Divergent
from varprop.moments.expectation import GaussianExpectation
from varprop.moments.problem import Problem, Trail
from varprop.moments.routes import solve


def solve_gaussian(expectation: GaussianExpectation, trail: Trail) -> Expr:
    """Return the closed form; raises Unrecognised, and Divergent where it is infinite."""
    f, h, variance, mean = expectation.args
    if not f.has_free(h):
        return f
    if variance == 0:
        return f.xreplace({h: mean})
    q = variance if _is_plain(variance) else sympy.Dummy("q", positive=True)
    value = solve(Problem(f, h, q, mean), trail)
    if q == variance:
        return value
    trail.steps[:] = [_renamed(step, {q: variance}) for step in trail.steps]
    value = value.xreplace({q: variance})
    if value in (sympy.oo, sympy.nan):
        raise Divergent(f"{expectation} is infinite or does not exist.")
    return value


def _renamed(step: Step, names: dict[Symbol, Expr]) -> Step:
    left, right = (side.xreplace(names) for side in step.equation.args)
    return replace(step, equation=sympy.Eq(left, right, evaluate=False))


def _is_plain(variance: Expr) -> bool:
    return isinstance(variance, Symbol) and bool(variance.is_positive)
