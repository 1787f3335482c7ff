"""The conditions under which a weight variance is solved for; one entry each.

Importing this module does not import SymPy, so that names can be listed at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Literal

from varprop.frozen import frozen
from varprop.registry import Registry

if TYPE_CHECKING:
    from sympy import Eq, Expr

Fan = Literal["fan_in", "fan_out", "mean"]


@frozen
class Terms:
    """What a condition may use: fans, E[x²], E[φ'²], σ_b² and q, as symbols, expressions or numbers."""

    fan_in: Expr
    fan_out: Expr
    second_moment: Expr
    derivative_second_moment: Expr
    bias_variance: Expr
    q: Expr

    def fan(self, which: Fan) -> Expr:
        """Return fan_in, fan_out or their mean."""
        if which == "mean":
            return (self.fan_in + self.fan_out) / 2
        return self.fan_in if which == "fan_in" else self.fan_out


@frozen
class Condition:
    """A requirement on one layer that fixes Var(w).

    A plain condition asks one direction to keep its second moment: ``forward`` that
    fan·Var(w)·E[x²] + σ_b² = q, ``backward`` that fan·Var(w)·E[φ'²] = 1. A compromise has
    ``parts``, the plain conditions whose solutions it combines. ``gain_fan`` says by which fan the
    gain √(v·fan) is normalised.
    """

    name: str
    words: str
    gain_fan: Fan
    direction: Literal["forward", "backward"] | None = None
    parts: tuple[str, ...] = ()
    combine: Callable[[Expr, Expr], Expr] | None = None
    aliases: tuple[str, ...] = ()
    source: str | None = None

    @property
    def sides(self) -> tuple[Condition, ...]:
        """The plain conditions behind this one: itself, or the parts of a compromise."""
        return tuple(CONDITIONS[part] for part in self.parts) or (self,)

    @property
    def needs(self) -> tuple[str, ...]:
        """The fans that the answer contains."""
        return tuple(dict.fromkeys(side.gain_fan for side in self.sides))

    def uses(self, direction: str) -> bool:
        """Whether the answer rests on that direction's recurrence."""
        return any(side.direction == direction for side in self.sides)

    def equation(self, terms: Terms, v: Expr) -> Eq:
        """Return the requirement of a plain condition as an equation in v = Var(w)."""
        from sympy import Eq

        from varprop.propagation.dense import gradient_factor, length_map

        fan = terms.fan(self.gain_fan)
        if self.direction == "forward":
            image = length_map(fan, v, terms.second_moment, terms.bias_variance)
            return Eq(image, terms.q, evaluate=False)
        return Eq(gradient_factor(fan, v, terms.derivative_second_moment), 1, evaluate=False)

    def solve(self, terms: Terms) -> Expr:
        """Return Var(w) under this condition in terms of ``terms``.

        The equation is solved once with a symbol for each term; the terms are put in afterwards.
        """
        from sympy import factor_terms

        solution, symbols = _solved(self.name)
        values = vars(terms)
        return factor_terms(solution.xreplace({s: values[name] for name, s in symbols.items()}))


@cache
def _solved(name: str) -> tuple[Expr, dict[str, Expr]]:
    from sympy import Dummy

    from varprop.solving.linear import isolate

    symbols = {field: Dummy(field, positive=True) for field in Terms.__dataclass_fields__}
    terms = Terms(**symbols)
    condition = CONDITIONS[name]
    unknown = Dummy("v", positive=True)
    solved = [isolate(side.equation(terms, unknown), unknown) for side in condition.sides]
    return (condition.combine(*solved) if condition.combine else solved[0]), symbols


def _harmonic_mean(forward: Expr, backward: Expr) -> Expr:
    return 2 / (1 / forward + 1 / backward)


def _geometric_mean(forward: Expr, backward: Expr) -> Expr:
    from sympy import sqrt

    return sqrt(forward * backward)


CONDITIONS: Registry[Condition] = Registry("condition", "conditions")

for _condition in (
    Condition(
        "forward",
        "keeps the forward signal E[h²] from layer to layer",
        "fan_in",
        direction="forward",
        aliases=("fan_in",),
        source="He et al. 2015, equation 10",
    ),
    Condition(
        "backward",
        "keeps the gradient's second moment from layer to layer",
        "fan_out",
        direction="backward",
        aliases=("fan_out",),
        source="He et al. 2015, equation 14",
    ),
    Condition(
        "harmonic",
        "harmonic mean of forward and backward scale",
        "mean",
        parts=("forward", "backward"),
        combine=_harmonic_mean,
        aliases=("fan_avg", "glorot", "xavier"),
        source="Glorot & Bengio 2010, equation 12",
    ),
    Condition(
        "geometric",
        "geometric mean of forward and backward scale",
        "mean",
        parts=("forward", "backward"),
        combine=_geometric_mean,
        aliases=("fan_geo_avg",),
    ),
    Condition(
        "critical",
        "edge of chaos: χ⊥ = σ_w²·E[φ'(h)²] = 1",
        "fan_in",
        direction="backward",
        aliases=("edge_of_chaos",),
        source="Schoenholz et al. 2017, section 3",
    ),
):
    CONDITIONS.add(_condition)
