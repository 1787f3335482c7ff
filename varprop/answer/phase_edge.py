"""The edge of chaos of one activation, with all that ``phase`` says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sympy import Expr

from varprop.errors import BadInput
from varprop.faces import Shown
from varprop.moments import Moments
from varprop.solving.correlation_course import critical_course
from varprop.solving.edge import EdgeCurve
from varprop.solving.edge_point import EdgePoint, exact_half_stable
from varprop.solving.universality import Decay, critical_decay, germ, universality_class
from varprop.verdict import Check

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Edge(Shown):
    """The edge of chaos of one activation; ``solutions`` are its points at ``sigma_b2``."""

    activation: str
    sigma_b2: Expr | None
    moments: Moments = field(repr=False, compare=False)
    solutions: tuple[EdgePoint, ...] | None = None
    checks: tuple[Check, ...] | None = None

    @cached_property
    def geometry(self) -> EdgeCurve:
        """The curve itself."""
        return EdgeCurve(self.moments)

    @cached_property
    def half_stable(self) -> tuple[tuple[EdgePoint, Expr | None], ...]:
        """Points with χ_∥ = χ_⊥ = 1 at q* > 0, and q* exactly where it is algebraic."""
        points = self.geometry.half_stable
        return tuple((point, exact_half_stable(self.moments, point.q_star)) for point in points)

    @cached_property
    def universality(self) -> str:
        """The name of the universality class."""
        return universality_class(self.moments, bool(self.half_stable))

    @property
    def decay(self) -> Decay | None:
        """The power law of q at the end q* = 0 of the curve."""
        return critical_decay(self.moments)

    @property
    def at_zero(self) -> dict[str, Expr]:
        """φ(0+), φ(0−) and the slopes on both sides."""
        return dict(vars(germ(self.moments.phi, self.moments.h)))

    def correlation_decay(self, point: EdgePoint) -> Decay | None:
        """Return the power law by which 1 − c of two inputs dies at a point with q* > 0."""
        if point.q_star == 0:
            return None
        return critical_course(self.moments, point.sigma_w2, point.q_star)

    def at(self, q: float) -> EdgePoint | None:
        """Return the point with fixed point q; None where there is none."""
        return self.geometry.at(q)

    def curve(self, q: Any) -> dict[str, np.ndarray]:
        """Return arrays q_star, sigma_w2, sigma_b2, chi_parallel for an array of fixed points."""
        import numpy as np

        variances = np.asarray(q, dtype=float)
        if not (np.isfinite(variances).all() and (variances > 0).all()):
            raise BadInput("every q of a curve is a variance: positive and finite.")
        return self.geometry.curve(variances)
