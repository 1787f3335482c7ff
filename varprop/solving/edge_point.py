"""One point of the edge of chaos; q* of a half-stable one as an exact number."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, expand

from varprop.moments import Moments
from varprop.notation import q as variance


@dataclass(frozen=True)
class EdgePoint:
    """One point of the edge of chaos: σ_w², σ_b², its fixed point q* and the length slope χ_∥ there."""

    sigma_w2: float
    sigma_b2: float
    q_star: float
    chi_parallel: float

    @property
    def stable(self) -> bool | None:
        """|χ_∥| < 1; None when exactly 1."""
        return None if abs(self.chi_parallel) == 1.0 else abs(self.chi_parallel) < 1

    @property
    def verdict(self) -> str:
        """Stable, marginal or unstable."""
        return "marginal" if self.stable is None else "stable" if self.stable else "unstable"


def exact_half_stable(moments: Moments, q_star: float) -> Expr | None:
    """Return q* of a half-stable point as an exact number where χ_∥ − χ_⊥ has a closed form.

    Only factors that are polynomials of degree 1 or 2 in q are solved; None otherwise.
    """
    from sympy import cancel, factor, factor_list, roots

    slope, below = moments.closed("length_slope"), moments.closed("derivative_second_moment")
    if slope is None or below is None:
        return None
    gap = cancel(expand(slope - below))
    gap = cancel(gap.replace(lambda e: e.is_Pow, lambda e: factor(e.base) ** e.exp))
    for part, _ in factor_list(gap.as_numer_denom()[0])[1]:
        poly = part.as_poly(variance) if part.free_symbols == {variance} else None
        if poly is None or poly.degree() > 2:
            continue
        for root in roots(poly):
            if root.is_real and abs(float(root) - q_star) <= 1e-9 * q_star:
                return root
    return None
