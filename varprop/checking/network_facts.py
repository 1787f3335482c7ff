"""The network that a claim speaks of, as far as its givens have told."""

from __future__ import annotations

from dataclasses import dataclass, field

from sympy import Expr


@dataclass(frozen=True)
class NetworkFacts:
    """Text of the network and of its initialiser, and numbers given for its signal.

    ``start`` holds given values such as q[0] or c[0] by (letter, level); ``scaled_variance`` is a
    given fan_in·Var(w), ``bias_variance`` a given σ_b².
    """

    net: str | None = None
    init: str | None = None
    act: str | None = None
    depth: Expr | None = None
    width: Expr | None = None
    weight_variance: Expr | None = None
    scaled_variance: Expr | None = None
    bias_variance: Expr | None = None
    start: dict[tuple[str, str], Expr] = field(default_factory=dict)
