"""The exact routes in the order in which they are asked; each raises Unrecognised to pass."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr

from varprop.moments.problem import Problem, Trail
from varprop.moments.routes.line import by_pieces, by_stein
from varprop.moments.routes.symmetry import balanced, odd
from varprop.moments.unrecognised import Unrecognised


def solve(problem: Problem, trail: Trail) -> Expr:
    """Return the answer of the first route that has one; raises Unrecognised, Divergent."""
    for route in ROUTES:
        taken = len(trail.steps)
        try:
            return route(problem, trail)
        except Unrecognised:
            del trail.steps[taken:]
    raise Unrecognised("no route")


def by_waves(problem: Problem, trail: Trail) -> Expr:
    """Waves on pieces; loaded when asked."""
    from varprop.moments.routes import waves

    return waves.by_waves(problem, trail)


def by_fractions(problem: Problem, trail: Trail) -> Expr:
    """Rational functions of h and |h|; loaded when asked."""
    from varprop.moments.routes import fractions

    return fractions.by_fractions(problem, trail)


def term_by_term(problem: Problem, trail: Trail) -> Expr:
    """Sums whose terms go different ways; loaded when asked."""
    from varprop.moments.routes.termwise import termwise

    return termwise(problem, trail, solve)


ROUTES: tuple[Callable[[Problem, Trail], Expr], ...] = (
    odd,
    by_pieces,
    by_stein,
    by_waves,
    by_fractions,
    balanced,
    term_by_term,
)
