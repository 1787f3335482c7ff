"""Squared singular values of the input-output Jacobian J = D_L W_L … D_1 W_1 of a wide network.

With μ_k = E[φ'^(2k)] at q* and S-transforms multiplying over independent factors,

    S_{D²}(z) = 1/μ_1 + z (1/μ_1)(1 − μ_2/μ_1²) + …,   S_{WWᵀ}(z) = (1 + s_1 z + …)/σ_w²,

s_1 = −1 for Gaussian and 0 for orthogonal weights, the eigenvalues of J Jᵀ have

    mean (σ_w² μ_1)^L,   variance (σ_w² μ_1)^{2L}·L·(μ_2/μ_1² − 1 − s_1).

Source: Pennington, Schoenholz & Ganguli 2017 (arXiv:1711.04735) and 2018 (arXiv:1802.09979), section 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import sympy
from sympy import Expr, Symbol

from varprop.errors import BadInput
from varprop.moments import Moments
from varprop.notation import positive

SECOND = {"normal": -1, "orthogonal": 0}
"""s_1 of W Wᵀ/σ_w²: the second coefficient of its S-transform."""

ROUNDING = 4e-15

L, SIGMA_W2 = positive("L"), positive("sigma_w2")


def slope_moment(k: int) -> Symbol:
    """Return the symbol of μ_k = E[φ'^(2k)]."""
    return positive(f"mu_{k}")


def check_law(law: str) -> str:
    """Return the law if its S-transform is known; raises BadInput."""
    if law not in SECOND:
        raise BadInput(f"the spectrum knows {' and '.join(SECOND)} weights, not {law!r}.")
    return law


def spectrum_moments(law: str, count: int = 2) -> tuple[Expr, ...]:
    """Return the first moments of the squared singular values in L, sigma_w2 and mu_1, mu_2, ….

    From S(z) = Σ s_k z^k the inverse of M(u) = Σ m_k u^k is u = z S(z)/(1 + z).
    """
    z = sympy.Dummy("z")
    slopes = [slope_moment(k) for k in range(1, count + 1)]
    single = _s_transform(slopes, z, count)
    weights = (1 / (1 + z) if law == "normal" else sympy.Integer(1)) / SIGMA_W2
    log = sympy.series(sympy.log(single * slopes[0] * weights * SIGMA_W2), z, 0, count).removeO()
    whole = sympy.series(sympy.exp(L * log), z, 0, count).removeO() / (slopes[0] * SIGMA_W2) ** L
    found = _inverted(sympy.series(z * whole / (1 + z), z, 0, count + 1).removeO(), z, count)
    return tuple(sympy.factor(moment) for moment in found)


def _s_transform(moments: Sequence[Expr], z: Symbol, count: int) -> Expr:
    """Return S(z) up to z^(count−1) of a law with the given moments."""
    u = sympy.Dummy("u")
    series = sum(m * u ** (k + 1) for k, m in enumerate(moments))
    inverse = sum(c * z ** (k + 1) for k, c in enumerate(_inverted(series, u, count)))
    return sympy.expand(sympy.series(inverse * (1 + z) / z, z, 0, count).removeO())


def _inverted(series: Expr, x: Symbol, count: int) -> list[Expr]:
    """Return the coefficients of the power series inverse to ``series`` (Lagrange)."""
    ratio = sympy.expand(series / x)
    found = []
    for k in range(1, count + 1):
        power = sympy.series(ratio ** (-k), x, 0, k).removeO()
        found.append(sympy.simplify(sympy.expand(power).coeff(x, k - 1) / k))
    return found


def variance_formula(law: str) -> Expr:
    """Return (σ_w² μ_1)^{2L}·L·(μ_2/μ_1² − 1 − s_1)."""
    first, second = slope_moment(1), slope_moment(2)
    return (SIGMA_W2 * first) ** (2 * L) * L * (second / first**2 - 1 - SECOND[law])


@dataclass(frozen=True)
class SlopeMoments:
    """μ_1 = E[φ'²] and μ_2 = E[φ'⁴] at a variance q."""

    first: float
    second: float

    @property
    def spread(self) -> float:
        """μ_2/μ_1² − 1: 0 where φ' has the same size everywhere."""
        found = self.second / self.first**2 - 1
        return found if found > ROUNDING else 0.0


def slope_moments(moments: Moments, q: float) -> SlopeMoments:
    """Return μ_1 and μ_2 at q > 0; raises BadInput where φ' vanishes."""
    from varprop.moments.numbers.scalar import expectation

    first = moments.number("derivative_second_moment", q).value
    rate = moments.derivative
    if not first:
        raise BadInput("φ' is 0 almost everywhere: the Jacobian is 0.")
    if not rate.has_free(moments.h):
        return SlopeMoments(first, first**2)
    second = expectation(rate**4, moments.h, q).value
    return SlopeMoments(first, math.inf if second is None else second)


def mean_and_variance(
    slopes: SlopeMoments, sigma_w2: float, depth: int, law: str
) -> tuple[float, float]:
    """Return mean and variance of the squared singular values."""
    mean = (sigma_w2 * slopes.first) ** depth
    return mean, mean**2 * depth * (slopes.spread - SECOND[law])


def reachable_depth(slopes: SlopeMoments, law: str, variance: float = 1.0) -> float:
    """Return the depth at which the variance of J Jᵀ's eigenvalues reaches ``variance`` at χ_⊥ = 1."""
    rate = slopes.spread - SECOND[law]
    return math.inf if rate == 0 else variance / rate


def can_reach_isometry(moments: Moments) -> bool:
    """Whether μ_2/μ_1² → 1 as q* → 0, so that orthogonal weights keep every singular value near 1.

    So it is where φ'(0)² is the same, not 0, on both sides; never for ReLU, where it is 1/2 of the units.
    """
    from varprop.solving.universality import germ

    start = germ(moments.phi, moments.h)
    if not start.slope_right.is_finite or start.slope_right == 0:
        return False
    return bool(start.slope_right**2 == start.slope_left**2)


def residual_spread(slopes: SlopeMoments, branch: float, depth: int) -> float:
    """Return variance over squared mean of the eigenvalues of J Jᵀ, J = Π (1 + s W D), W Gaussian.

    ``branch`` is β² = s²·σ_w²·μ_1. A block has mean 1 + β² and mean square
    1 + 4β² + β⁴(1 + μ_2/μ_1²): of the pairs in (1 + A)ᵀ(1 + A)(1 + A)ᵀ(1 + A), A = s W D, the four of
    an A with an Aᵀ remain. Blocks are free of each other, and variance over squared mean adds.
    """
    square = 2 * branch + branch**2 * slopes.second / slopes.first**2
    return depth * square / (1 + branch) ** 2
