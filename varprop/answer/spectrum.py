"""``spectrum``: the squared singular values of the input-output Jacobian, theory beside a simulation."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from sympy import Expr

from varprop import notation
from varprop.answer.asking import asked
from varprop.answer.inputs import Number, numeric
from varprop.catalogue.activations import Activation, activation_from
from varprop.errors import BadInput, Undecided
from varprop.faces import Shown
from varprop.moments import Moments
from varprop.propagation.feed import moments_of
from varprop.solving.edge import EdgeCurve
from varprop.solving.fixed_points import destination, fixed_points
from varprop.solving.isometry import (
    SlopeMoments,
    can_reach_isometry,
    check_law,
    mean_and_variance,
    reachable_depth,
    slope_moments,
)

if TYPE_CHECKING:
    import numpy as np

    from varprop.answer.spectrum_simulation import Simulated
    from varprop.solving.isometry_density import Spectrum

CRITICAL = "critical"
POINTS = 400
SMALLEST_SHARE = 1e-8
DEEPEST, WIDEST = 10_000, 4096


@dataclass(frozen=True)
class SpectrumReport(Shown):
    """Eigenvalues of J Jᵀ for ``depth`` layers at (σ_w², σ_b²) and its fixed point q*."""

    activation: str
    depth: int
    law: str
    sigma_w2: float
    sigma_b2: float | None
    q_star: float
    slopes: SlopeMoments
    moments: Moments = field(repr=False, compare=False)
    simulated: Simulated | None = field(default=None, compare=False)

    @property
    def mean(self) -> float:
        """(σ_w² μ_1)^L."""
        return mean_and_variance(self.slopes, self.sigma_w2, self.depth, self.law)[0]

    @property
    def variance(self) -> float:
        """(σ_w² μ_1)^{2L}·L·(μ_2/μ_1² − 1 − s_1)."""
        return mean_and_variance(self.slopes, self.sigma_w2, self.depth, self.law)[1]

    @property
    def isometry(self) -> bool:
        """Whether this activation can reach dynamical isometry as σ_b, q* → 0 (orthogonal weights)."""
        return can_reach_isometry(self.moments)

    @property
    def depth_of_unit_variance(self) -> float:
        """The depth at which the variance reaches 1 at this q* with χ_⊥ = 1; infinite if never."""
        return reachable_depth(self.slopes, self.law)

    @cached_property
    def theory(self) -> Spectrum:
        """The law of the eigenvalues."""
        from varprop.solving.isometry_density import Spectrum, slope_law

        law = slope_law(self.moments, self.q_star)
        return Spectrum(law, self.sigma_w2, self.depth, self.law)

    @property
    def is_point(self) -> bool:
        """Whether every singular value is the same."""
        return self.law == "orthogonal" and self.slopes.spread <= 1e-12

    @cached_property
    def largest(self) -> float:
        """The largest singular value of J."""
        if self.is_point:
            return math.sqrt(self.mean)
        return math.sqrt(self.theory.largest)

    @property
    def zero_share(self) -> float:
        """The share of singular values that are 0."""
        return self.theory.slopes.mass_at_zero

    @property
    def largest_share(self) -> float:
        """The share of singular values that are the largest: above 0 for orthogonal weights only."""
        if self.is_point:
            return 1.0
        top = self.largest**2
        return math.fsum(
            s for value, s in self.theory.atoms if math.isclose(value, top, rel_tol=1e-6)
        )

    @cached_property
    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """Singular values s and their density, without shares at one value; empty where all are the same."""
        import numpy as np

        if self.is_point:
            return np.zeros(0), np.zeros(0)
        top = self.largest**2
        values = np.unique(
            np.concatenate(
                [
                    np.geomspace(SMALLEST_SHARE * top, top, POINTS // 2),
                    top * np.linspace(0.0, 1.0, POINTS // 2 + 2)[1:] ** 2,
                ]
            )
        )
        singular = np.sqrt(values)
        return singular, self.theory.density(values) * 2 * singular


@asked
def spectrum(
    act: str | Expr | Activation,
    depth: Number = 8,
    *,
    sigma_w2: Number = CRITICAL,
    sigma_b2: Number | None = None,
    q: Number = 1,
    law: str = "normal",
    width: int | None = None,
    networks: int = 4,
    seed: int = 0,
) -> SpectrumReport:
    """Return the law of the Jacobian's singular values, and a simulation of ``width`` where given.

    Parameters
    ----------
    act : a name, a formula in x, a SymPy expression or an Activation.
    depth : the number of layers L.
    sigma_w2 : a number, or ``critical`` for χ_⊥ = 1 at q* (or at ``sigma_b2`` where that is given).
    sigma_b2 : Var(b); 0 beside a number for σ_w².
    q : the fixed point of a critical network, or the start beside a number for σ_w².
    law : normal or orthogonal weights.

    >>> round(spectrum("relu", 8).variance, 6)
    16.0
    """
    found = activation_from(act)
    if found.phi.free_symbols - {notation.h}:
        raise BadInput(f"spectrum needs numbers: give the parameters of {found.name} values.")
    layers = read_depth(depth)
    moments = moments_of(found.phi)
    weight, bias, variance = _place(found.name, moments, sigma_w2, sigma_b2, q)
    report = SpectrumReport(
        found.name,
        layers,
        check_law(law),
        weight,
        bias,
        variance,
        slope_moments(moments, variance),
        moments,
    )
    if width is None:
        return report
    if not 2 <= width <= WIDEST:
        raise BadInput(f"--width must lie between 2 and {WIDEST} for a simulation, not {width}.")
    from varprop.answer.spectrum_simulation import with_simulation

    return with_simulation(report, width, networks, seed)


def read_depth(depth: Number) -> int:
    """Return a depth that was typed; raises BadInput."""
    from varprop.answer.inputs import width as whole

    found = whole(depth, "--depth")
    if not found.is_Integer or found > DEEPEST:
        raise BadInput(f"--depth must be a whole number up to {DEEPEST}, not {depth}.")
    return int(found)


def _place(
    name: str, moments: Moments, sigma_w2: Number, sigma_b2: Number | None, q: Number
) -> tuple[float, float | None, float]:
    """Return σ_w², σ_b² (None: it would be negative) and q*."""
    start = float(numeric(q, "--q", positive=True))
    bias = None if sigma_b2 is None else numeric(sigma_b2, "--sigma-b2")
    if sigma_w2 != CRITICAL:
        weight = numeric(sigma_w2, "--sigma-w2", positive=True)
        bias = bias if bias is not None else numeric(0, "--sigma-b2")
        where = destination(moments, weight, bias, fixed_points(moments, weight, bias), start)
        if where.point is None or where.point.q == 0:
            raise BadInput(
                f"{name} at σ_w² = {sigma_w2}, σ_b² = {bias}: {where.words}. A spectrum needs a fixed "
                "point q* > 0: try --sigma-w2 critical."
            )
        return float(weight), float(bias), where.point.q
    curve = EdgeCurve(moments)
    if bias is None:
        point = curve.at(start)
        if point is not None:
            return point.sigma_w2, point.sigma_b2, start
        return 1 / slope_moments(moments, start).first, None, start
    found = [p for p in curve.solutions(float(bias)) if p.q_star > 0]
    if not found:
        raise Undecided(
            f"{name} has no edge of chaos at σ_b² = {bias} with q* > 0: give --q instead."
        )
    return found[0].sigma_w2, float(bias), found[0].q_star
