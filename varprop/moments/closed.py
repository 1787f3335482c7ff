"""From a held expectation to its closed form: routes in order, then the safety net."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from sympy import Expr

from varprop.derivation import Step
from varprop.moments.expectation import (
    BivariateExpectation,
    Expectation,
    GaussianExpectation,
    UniformExpectation,
)
from varprop.moments.one_variable import solve_gaussian
from varprop.moments.problem import Trail
from varprop.moments.unrecognised import Unrecognised


def closed_form(expectation: Expectation) -> Expr | None:
    """Return the expectation without integral sign, or None where no exact route is known.

    Every closed form has been compared with a quadrature that does not know it. Raises Divergent
    where the expectation is infinite or does not exist, SafetyNet where the comparison fails.
    """
    return _closed(expectation)


def closed_form_steps(expectation: Expectation) -> tuple[Step, ...]:
    """Return the closed form's derivation, as the routes took it; empty where there is none."""
    trail = Trail(kept=True)
    return tuple(trail.steps) if _solve(expectation, trail) is not None else ()


@lru_cache(maxsize=4096)
def _closed(expectation: Expectation) -> Expr | None:
    value = _solve(expectation, Trail())
    if value is not None:
        from varprop.moments.safety import compare

        compare(expectation, value)
    return value


def _solve(expectation: Expectation, trail: Trail) -> Expr | None:
    if not expectation.integrand.has_free(*expectation.bound_symbols):
        return expectation.integrand
    if isinstance(expectation, GaussianExpectation):
        return _answer(lambda: solve_gaussian(expectation, trail))
    if isinstance(expectation, BivariateExpectation):
        from varprop.moments.routes.bivariate import solve_bivariate

        return _answer(lambda: solve_bivariate(expectation, trail))
    if isinstance(expectation, UniformExpectation):
        from varprop.moments.routes.uniform import solve_uniform

        return _answer(lambda: solve_uniform(expectation, trail))
    raise TypeError(f"{type(expectation).__name__} is no expectation")


def _answer(route: Callable[[], Expr]) -> Expr | None:
    try:
        return route()
    except Unrecognised:
        return None
