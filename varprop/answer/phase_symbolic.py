"""``phase`` with σ_w² or σ_b² left as symbols: maps, slopes, the fixed point where it is algebraic."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Eq, Expr, Lt, Rel, simplify

from varprop import notation
from varprop.answer.inputs import Number, variance
from varprop.catalogue.activations import Activation, activation_from
from varprop.errors import BadInput
from varprop.faces import Shown
from varprop.moments import Moments
from varprop.propagation.feed import moments_of
from varprop.solving.stability import linear_factor


@dataclass(frozen=True)
class SymbolicPhase(Shown):
    """A network at (σ_w², σ_b²) with symbols in them; everything is exact.

    ``q_star`` is known where E[φ²] = m q (``stable_when`` then says when it is reached from any start);
    elsewhere it is the root of ``length_map`` = q and the slopes are functions of q.
    """

    activation: str
    sigma_w2: Expr
    sigma_b2: Expr
    length_map: Expr
    chi_parallel: Expr
    chi_perp: Expr
    q_star: Expr | None

    @property
    def stable_when(self) -> Rel | None:
        """χ_∥ < 1, where χ_∥ does not depend on q."""
        return None if self.q_star is None else Lt(self.chi_parallel, 1)

    @property
    def critical_when(self) -> Rel:
        """χ_⊥ = 1, the edge of chaos."""
        return Eq(self.chi_perp, 1)

    @property
    def edge(self) -> tuple[Expr, Expr]:
        """(σ_w², σ_b²) of the edge of chaos in its fixed point q."""
        weight = self.sigma_w2 / self.chi_perp
        bias = notation.q - (self.length_map - self.sigma_b2) / self.chi_perp
        return simplify(weight), simplify(bias)

    @property
    def formulas(self) -> dict[str, Expr | None]:
        """Every formula by name."""
        names = ("sigma_w2", "sigma_b2", "length_map", "chi_parallel", "chi_perp", "q_star")
        return {name: getattr(self, name) for name in names}


def is_symbolic(sigma_w2: Number | None, sigma_b2: Number | None) -> bool:
    """Whether one of the variances given holds a symbol; raises BadInput for what is no variance."""
    named = ((sigma_w2, "--sigma-w2", True), (sigma_b2, "--sigma-b2", False))
    return any(
        not variance(value, name, positive=positive).is_number
        for value, name, positive in named
        if value is not None
    )


def symbolic_phase(
    act: str | Expr | Activation, sigma_w2: Number, sigma_b2: Number = 0
) -> SymbolicPhase:
    """Return the phase formulas at symbolic σ_w² and σ_b².

    Raises BadInput where E[φ²] or E[φ'²] of the activation has no closed form.

    >>> symbolic_phase("relu", "s", "b").q_star
    b/(1 - s/2)
    """
    found = activation_from(act)
    moments = moments_of(found.phi)
    weight = variance(sigma_w2, "--sigma-w2", positive=True)
    bias = variance(sigma_b2, "--sigma-b2")
    if notation.q in weight.free_symbols | bias.free_symbols:
        raise BadInput(
            "q is the variance that a fixed point is looked for in: take another symbol."
        )
    square, slope, below = (
        _closed(moments, found.name, name)
        for name in ("second_moment", "length_slope", "derivative_second_moment")
    )
    factor = linear_factor(moments)
    root = None if factor is None or factor * weight == 1 else bias / (1 - factor * weight)
    return SymbolicPhase(
        found.name, weight, bias, weight * square + bias, weight * slope, weight * below, root
    )


def _closed(moments: Moments, name: str, moment: str) -> Expr:
    closed = moments.closed(moment)
    if closed is None:
        raise BadInput(
            f"phase of {name} needs a number for --sigma-w2 and --sigma-b2: its "
            f"{moment.replace('_', ' ')} has no closed form. Try --sigma-w2 1.5."
        )
    return closed
