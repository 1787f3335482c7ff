"""One expectation over a Gaussian variable as a question to the routes, and its trail of steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from sympy import Expr, Symbol, nan, oo

from varprop.derivation import Step
from varprop.frozen import frozen
from varprop.moments.expectation import GaussianExpectation
from varprop.moments.pieces import Piece, pieces


class Trail:
    """The steps that a route takes; a trail that is not kept costs nothing."""

    def __init__(self, kept: bool = False) -> None:
        self.kept = kept
        self.steps: list[Step] = []

    def add(self, step: Callable[[], Step]) -> None:
        """Note a step; ``step`` is called only if the trail is kept."""
        if self.kept:
            self.steps.append(step())


@frozen
class Problem:
    """E[f(h)] for h ~ N(mean, var=q)."""

    f: Expr
    h: Symbol
    q: Expr
    mean: Expr

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The smooth pieces of f; raises Unrecognised."""
        return pieces(self.f, self.h)

    @property
    def held(self) -> GaussianExpectation:
        """The question as a held expectation."""
        return GaussianExpectation(self.f, self.h, self.q, self.mean)

    @property
    def outside(self) -> Expr:
        """The value where the expectation does not converge: ∞ for f >= 0, else none."""
        return oo if self.f.is_nonnegative else nan
