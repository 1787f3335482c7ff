"""``phase``: fixed points, stability, phase and depth scales of an infinitely deep network."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sympy import Expr

from varprop import notation
from varprop.answer.inputs import Number, numeric
from varprop.answer.phase_edge import Edge
from varprop.catalogue.activations import Activation, activation_from
from varprop.errors import BadInput
from varprop.faces import Shown
from varprop.moments import Moments
from varprop.propagation.feed import moments_of
from varprop.solving.correlation import (
    CorrelationLimit,
    CorrelationMap,
    depth_scale,
)
from varprop.solving.correlation_course import CRITICAL, course, course_decay
from varprop.solving.correlation_loss import c_map_formula
from varprop.solving.edge import EdgeCurve
from varprop.solving.edge_point import EdgePoint
from varprop.solving.fixed_points import (
    Destination,
    FixedPoint,
    FixedPoints,
    destination,
    fixed_points,
)
from varprop.solving.stability import linear_factor
from varprop.solving.universality import Decay, critical_decay
from varprop.verdict import Check

if TYPE_CHECKING:
    import numpy as np

__all__ = ["CRITICAL", "Edge", "Phase", "phase"]


@dataclass(frozen=True)
class Phase(Shown):
    """A network of one activation at (σ_w², σ_b²), σ_w² = fan_in·Var(w), in the limit of great depth.

    ``destination`` is where q goes from ``start``; χ, c*, ξ and the phase are taken there.
    """

    activation: str
    sigma_w2: Expr
    sigma_b2: Expr
    start: Expr
    moments: Moments = field(repr=False, compare=False)
    found: FixedPoints
    destination: Destination
    correlation: CorrelationLimit | None
    checks: tuple[Check, ...] | None = None

    @property
    def point(self) -> FixedPoint | None:
        """The fixed point that q reaches; None where it reaches none."""
        return self.destination.point

    @property
    def q_star(self) -> float | None:
        """The limit of q."""
        return None if self.point is None else self.point.q

    @cached_property
    def slope(self) -> float | None:
        """σ_w²·m where E[φ²] = m q: χ_∥ and χ_⊥ at every q; None for other activations."""
        factor = linear_factor(self.moments)
        return None if factor is None else float(factor * self.sigma_w2)

    @property
    def chi_parallel(self) -> float | None:
        """dq'/dq."""
        return self.slope if self.point is None else self.point.chi_parallel

    @property
    def chi_perp(self) -> float | None:
        """The gradient's factor per layer, σ_w²·E[φ'²]."""
        return self.slope if self.point is None else self.point.chi_perp

    @property
    def c_star(self) -> float | None:
        """The correlation that two inputs end at."""
        return None if self.correlation is None else self.correlation.c_star

    @property
    def xi_q(self) -> float | None:
        """Layers over which a wrong length is forgotten, −1/ln|χ_∥|; None where it isn't."""
        return None if self.point is None else depth_scale(self.point.chi_parallel)

    @property
    def xi_c(self) -> float | None:
        """Layers over which a correlation is forgotten; None on the edge of chaos.

        Where q dies out it is −1/ln χ_⊥, over which q(1 − c) fades; c itself need not.
        """
        if self.phase == "critical":
            return None
        return None if self.correlation is None else self.correlation.depth

    @property
    def phase(self) -> str | None:
        """Ordered, critical or chaotic by χ_⊥; chaotic where φ jumps, as alike inputs then separate.

        None where q reaches no fixed point, unless χ_⊥ > 1 is the same at every q.
        """
        if self.chi_perp is None:
            return None
        if self.separates_by_jumps:
            return "chaotic"
        if abs(self.chi_perp - 1) <= CRITICAL:
            return None if self.point is None and not self.found.continuum else "critical"
        return "ordered" if self.chi_perp < 1 else "chaotic"

    @property
    def separates_by_jumps(self) -> bool:
        """Whether c* < 1 although χ_⊥ ≤ 1: the slope of the c-map at c = 1 is infinite where φ jumps."""
        limit = self.correlation
        if limit is None or limit.c_star is None or not self.q_star or self.chi_perp is None:
            return False
        return limit.c_star < 1 and self.chi_perp <= 1 + CRITICAL

    @cached_property
    def formulas(self) -> dict[str, Expr | None]:
        """Length map, χ_∥ and χ_⊥ in ``notation.q``, and q* where it is algebraic; None: no closed form."""
        square = self.moments.closed("second_moment")
        slope = self.moments.closed("length_slope")
        below = self.moments.closed("derivative_second_moment")
        factor = linear_factor(self.moments)
        root = None
        if factor is not None and factor * self.sigma_w2 != 1 and self.q_star is not None:
            root = self.sigma_b2 / (1 - factor * self.sigma_w2)
        return {
            "q_star": root,
            "length_map": None if square is None else self.sigma_w2 * square + self.sigma_b2,
            "chi_parallel": None if slope is None else self.sigma_w2 * slope,
            "chi_perp": None if below is None else self.sigma_w2 * below,
        }

    @cached_property
    def c_map(self) -> Expr | None:
        """c' in ``notation.q`` and ``notation.c`` in closed form; None where unknown."""
        closed = c_map_formula(self.moments)
        if closed is None:
            return None
        return (self.sigma_w2 * closed + self.sigma_b2) / notation.q

    @cached_property
    def edge(self) -> tuple[EdgePoint, ...]:
        """Every point of the edge of chaos at this σ_b²."""
        return EdgeCurve(self.moments).solutions(float(self.sigma_b2))

    @property
    def decay(self) -> Decay | None:
        """The power law of q where it dies out at χ_∥ = 1."""
        if self.q_star != 0 or self.chi_parallel != 1.0:
            return None
        return critical_decay(self.moments)

    @cached_property
    def correlation_decay(self) -> Decay | None:
        """The power law of 1 − c where c nears 1 as a power of the depth."""
        return course_decay(self.moments, self.sigma_w2, self.sigma_b2, self.point)

    def correlation_map(self, c: Any) -> np.ndarray:
        """Return c' for an array of correlations from −1 to 1 of two inputs of variance q*.

        Raises BadInput where q reaches no fixed point above 0, and for what is no correlation.
        """
        import numpy as np

        if not self.q_star:
            raise BadInput(f"{self.activation} has no fixed point q* > 0 here: no map of c alone.")
        given = np.asarray(c, dtype=float)
        if not (np.abs(given) <= 1).all():
            raise BadInput("every correlation lies from -1 to 1.")
        weight, bias = float(self.sigma_w2), float(self.sigma_b2)
        one = CorrelationMap(self.moments, weight, bias, self.q_star)
        return np.reshape([one(float(value)) for value in given.ravel()], given.shape)

    def length_map(self, q: np.ndarray) -> np.ndarray:
        """Return σ_w²·E[φ²] + σ_b² for an array of variances."""
        values, _ = self.moments.numbers("second_moment", q)
        mapped: np.ndarray = float(self.sigma_w2) * values + float(self.sigma_b2)
        return mapped


def phase(
    act: str | Expr | Activation,
    sigma_w2: Number | None = None,
    sigma_b2: Number | None = None,
    start: Number = 1,
) -> Phase | Edge:
    """Return the phase at (σ_w², σ_b²), or without σ_w² the edge of chaos.

    Parameters
    ----------
    act : a name, a formula in x, a SymPy expression or an Activation.
    sigma_w2 : fan_in·Var(w), a positive number.
    sigma_b2 : Var(b); 0 beside a σ_w². Alone: every point of the edge of chaos at it.
    start : the q from which the length map is followed.

    >>> phase("tanh", "1.69", "0.09").phase
    'ordered'
    >>> [round(point.sigma_w2, 4) for point in phase("tanh", sigma_b2="0.04").solutions]
    [1.7008]
    """
    found = activation_from(getattr(act, "name", act) if not isinstance(act, Activation) else act)
    left = sorted(str(s) for s in found.phi.free_symbols - {notation.h})
    if left:
        raise BadInput(f"phase needs numbers: give {', '.join(left)} of {found.name} a value.")
    if not found.phi.has_free(notation.h):
        raise BadInput(f"{found.name} is constant: no signal passes through it.")
    moments = moments_of(found.phi)
    bias = None if sigma_b2 is None else numeric(sigma_b2, "--sigma-b2")
    if sigma_w2 is None:
        solutions = None if bias is None else EdgeCurve(moments).solutions(float(bias))
        return Edge(found.name, bias, moments, solutions)
    weight = numeric(sigma_w2, "--sigma-w2", positive=True)
    return _phase(
        found.name,
        moments,
        weight,
        bias or numeric(0, "--sigma-b2"),
        numeric(start, "--from", positive=True),
    )


def _phase(name: str, moments: Moments, weight: Expr, bias: Expr, start: Expr) -> Phase:
    points = fixed_points(moments, weight, bias)
    where = destination(moments, weight, bias, points, float(start))
    limit = course(moments, weight, bias, where.point)
    return Phase(name, weight, bias, start, moments, points, where, limit)
