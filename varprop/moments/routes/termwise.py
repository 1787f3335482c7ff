"""Term by term: odd terms vanish, each other term goes its own way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sympy import Add, Eq, Expr, expand_mul

from varprop.derivation import Kind, Step
from varprop.errors import Divergent
from varprop.moments.problem import Problem, Trail
from varprop.moments.routes.symmetry import is_odd, is_tame
from varprop.moments.unrecognised import Unrecognised


def termwise(problem: Problem, trail: Trail, solve: Callable[[Problem, Trail], Expr]) -> Expr:
    """Add up the expectations of the terms of a sum; each must have a closed form."""
    h = problem.h
    terms = Add.make_args(expand_mul(problem.f))
    kept = [t for t in terms if problem.mean != 0 or not (is_odd(t, h) and is_tame(t, h))]
    if len(terms) < 2:
        raise Unrecognised("a single term")
    parts = [replace(problem, f=term) for term in kept]
    trail.add(
        lambda: Step(
            Eq(problem.held, Add(*(part.held for part in parts)), evaluate=False),
            "term by term",
            Kind.EXPECTATION,
            "linearity; odd terms vanish",
        )
    )
    try:
        return Add(*(_value(part, trail, solve) for part in parts))
    except Divergent as error:
        raise Unrecognised("a term diverges, the sum may not") from error


def _value(part: Problem, trail: Trail, solve: Callable[[Problem, Trail], Expr]) -> Expr:
    return solve(part, trail) if part.f.has_free(part.h) else part.f
