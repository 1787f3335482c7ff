"""Gradients in ``advise``: how alike they stay at two unlike inputs, and a residual Jacobian's spread."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Float, Integer

from varprop.moments import Moments
from varprop.solving.correlation_gradients import coactivation, plain, residual
from varprop.solving.isometry import residual_spread, slope_moments

NAME = "gradients at unlike inputs"


@dataclass(frozen=True)
class Judgement:
    """One quantity after the whole depth; ``holds`` is None where no band applies."""

    name: str
    value: float
    holds: bool | None
    reason: str
    formula: str


def plain_gradients(moments: Moments, q: float, depth: int) -> Judgement:
    """Return the correlation of the gradients at two inputs that stay uncorrelated, plain network."""
    kappa = coactivation(moments, q, 0.0)
    value = float(plain(Float(kappa, 17), Integer(depth)))
    return Judgement(
        NAME, value, None,
        f"κ = {kappa:.4g} of their correlation is left per layer while the inputs stay uncorrelated, "
        "as batch normalisation keeps them",
        "κ^L, κ = E[φ'(u)φ'(v)]/E[φ'²]",
    )  # fmt: skip


def residual_gradients(moments: Moments, branch: float, depth: int) -> Judgement:
    """Return it for residual blocks; ``branch`` = β² = s²·σ_w²·E[φ'²]."""
    kappa = coactivation(moments, 1.0, 0.0)
    value = float(residual(Float(kappa, 17), Integer(depth), Float(branch, 17)))
    return Judgement(
        NAME, value, None,
        f"the skip carries them; a branch leaves κ = {kappa:.4g} of their correlation",
        "((1 + β²κ)/(1 + β²))^L, β² = s²·σ_w²·E[φ'²]",
    )  # fmt: skip


def residual_spectrum(moments: Moments, branch: float, depth: int) -> Judgement:
    """Return variance over squared mean of the squared singular values of residual blocks at q = 1."""
    value = residual_spread(slope_moments(moments, 1.0), branch, depth)
    return Judgement(
        "spread of singular values", value, None,
        "variance over squared mean of the squared singular values of the Jacobian, Gaussian branches",
        "L·(2β² + β⁴μ₂/μ₁²)/(1 + β²)²",
    )  # fmt: skip
