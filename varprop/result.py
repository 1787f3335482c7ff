"""Answers: what was asked, the derivation that answers it, and the experiments that tested it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from varprop.derivation import Derivation
from varprop.faces import Shown, face
from varprop.frozen import frozen
from varprop.verdict import Check

if TYPE_CHECKING:
    from sympy import Expr


@frozen
class Quantity:
    """A formula and its number; ``value`` is None where symbols are left, ``bound`` its error."""

    expr: Expr
    value: float | None = None
    bound: float = 0.0


@frozen
class MomentAnswer:
    """One moment behind an answer: held and closed as functions of q, and its number at the q asked.

    ``closed`` is None where no closed form is known; ``words`` names the moment: E[tanh(h)²].
    """

    words: str
    held: Expr
    closed: Expr | None
    at_q: Quantity

    def verify(self, **options: Any) -> Any:
        """Return the moment against sampled values; options as for ``verify``, and ``q``."""
        return face("verify")(self, **options)


@frozen
class Alternative:
    """What a condition would give: its scale (None where it has no solution) and its costs.

    ``forward`` and ``gradient`` are the factors of E[h²] and of E[δ²] per layer under that scale,
    None while symbols are left.
    """

    scale: Quantity | None
    forward: float | None = None
    gradient: float | None = None


@frozen
class Stability:
    """How a repeated layer treats its own variance and gradient.

    ``q`` is the fixed point that the length map reaches, None when q grows without bound;
    ``chi_parallel`` = dq'/dq and ``chi_perp`` = σ_w²·E[φ'²] are taken there (at the q asked for
    when there is none). ``gradient_factor`` = fan_out·Var(w)·E[φ'²] is the factor of E[δ²] per
    layer. ``stable`` is |χ_∥| < 1, None when it is exactly 1; ``drift`` describes where q goes.
    """

    q: float | None
    chi_parallel: float
    chi_perp: float
    gradient_factor: float
    stable: bool | None
    verdict: str
    drift: str | None = None


@frozen
class Fans:
    """The fans of one weight matrix, as formulas and, where they are known, as numbers."""

    fan_in: Expr
    fan_out: Expr
    fan_in_value: int | None
    fan_out_value: int | None


@frozen
class LawParameter:
    """What to pass to a sampler of one law: the parameter's name, meaning, number and formula.

    Number and formula are worked out when they are first read; ``extra`` holds numbers of form such
    as the cut of a truncated normal.
    """

    law: str
    parameter: str
    meaning: str
    number: Callable[[], float | None] = field(repr=False, compare=False)
    formula: Callable[[], Expr] = field(repr=False, compare=False)
    extra: tuple[tuple[str, float], ...] = ()

    @cached_property
    def expr(self) -> Expr:
        """The parameter as a formula."""
        return self.formula()

    @cached_property
    def value(self) -> float | None:
        """The parameter as a number, None while a width is a symbol."""
        return self.number()


@frozen
class LayerScale:
    """The solved scale of one weight tensor of a network."""

    name: str
    fans: Fans
    fed_by: str
    weight_variance: Quantity
    gain: Quantity
    distributions: tuple[LawParameter, ...]


@frozen
class InputSignal:
    """Mean and second moment of the data that feeds a first layer."""

    mean: Expr
    second_moment: Expr


@frozen
class Solution(Shown):
    """The answer of ``solve``; the weight variance is the last line of its derivation.

    ``value`` is that variance as a number (None while a width is a symbol); ``conditions`` holds
    what every condition would give and cost, worked out when first read; ``moments`` are E[x²] and E[φ'²];
    ``in_words`` is the formula with these left as named expectations.
    """

    activation: str
    phi: Expr
    condition: str
    condition_words: str
    fans: Fans
    q: Expr
    bias_variance: Expr
    fed_by: str
    derivation: Derivation
    value: float | None
    gain: Quantity
    compare: Callable[[], dict[str, Alternative]] = field(repr=False, compare=False)
    distributions: tuple[LawParameter, ...]
    stability: Stability | None
    moments: dict[str, MomentAnswer]
    in_words: Expr
    input: InputSignal | None = None
    layers: tuple[LayerScale, ...] = ()
    notes: tuple[str, ...] = ()
    checks: tuple[Check, ...] | None = None
    seed: int = 0

    @cached_property
    def conditions(self) -> dict[str, Alternative]:
        """What each condition would give, and what it costs either direction."""
        return self.compare()

    @property
    def weight_variance(self) -> Expr:
        """Var(w), the right side of the derivation's last line."""
        return self.derivation.value

    @property
    def std(self) -> Expr:
        """The standard deviation of a normal law with that variance."""
        return self._law("normal")

    @property
    def bound(self) -> Expr:
        """The bound a of U(-a, a) with that variance."""
        return self._law("uniform")

    def _law(self, name: str) -> Expr:
        return next(law.expr for law in self.distributions if law.law == name)
