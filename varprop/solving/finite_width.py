"""Leading corrections in 1/width: how far one network's signal strays from the infinite-width answer.

Given layer l−1, the pre-activations of layer l are Gaussian with a random variance s_l; over networks

    E s_l = q_l + δ_l,   Var s_l = V_l,

    V_{l+1} = χ_∥² V_l + σ_w⁴ (E φ⁴ − (E φ²)²)/n_l,
    δ_{l+1} = χ_∥ δ_l + σ_w² ½ g''(q_l) (V_l + κ σ_w⁴ E[φ⁴]_{l−1}/(3 n_{l−1})),   g(q) = E φ²,

with κ the excess kurtosis of the weights: a sum of n products is Gaussian only up to κ/n. The second
line of each is the four-point vertex of Roberts, Yaida & Hanin 2022, chapter 4; for φ homogeneous of
degree 1 the products Π(1 + c/n_l) are exact (He-ReLU c = 5, linear c = 2, Gaussian weights).
Source: Hanin & Rolnick 2018, theorem 5; Roberts, Yaida & Hanin 2022, sections 4.3 and 5.4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sympy import Expr, Integer, Mul, Symbol

from varprop.errors import BadInput
from varprop.moments import Moments
from varprop.propagation.curves import Curve
from varprop.solving.stability import linear_factor

MISLEADING = 0.25
"""Relative variance of the signal from which the infinite-width answer misleads."""


FAINTEST, LOUDEST = 1e-75, 1e75
"""Signals whose fourth moment is well inside double range."""


@dataclass(frozen=True)
class Fluctuation:
    """One layer: q of infinite width, its mean shift δ, and the variance V over networks."""

    q: float
    shift: float
    variance: float

    @property
    def relative(self) -> float:
        """V/q²."""
        return self.variance / self.q**2 if self.q > 0 else math.nan

    @property
    def mean(self) -> float:
        """E over networks."""
        return self.q + self.shift

    @property
    def median(self) -> float:
        """The typical network: mean/√(1 + V/q²), as for a log-normal variable."""
        return self.mean / math.sqrt(1 + self.relative)


def effective_depth(widths: Sequence[float]) -> float:
    """Return Σ 1/n_l over the hidden widths: the one number that corrections depend on."""
    return math.fsum(1 / n for n in widths)


def fluctuations(
    moments: Moments,
    widths: Sequence[float],
    sigma_w2: float,
    sigma_b2: float,
    q_first: float,
    excess_kurtosis: float = 0.0,
) -> tuple[Fluctuation, ...]:
    """Return s of the layers after widths n_1 … n_L, the first with variance ``q_first`` and no spread.

    Raises BadInput for widths below 1.
    """
    if any(not n >= 1 for n in widths):
        raise BadInput("a width is a whole number, at least 1.")
    here = Fluctuation(q_first, 0.0, 0.0)
    found, tail = [here], 0.0
    for width in widths:
        here, tail = _next(moments, here, width, sigma_w2, sigma_b2, tail)
        tail *= excess_kurtosis
        found.append(here)
    return tuple(found)


@dataclass(frozen=True)
class Hidden:
    """A hidden layer seen by the next matrix: its width, q, E[φ²], and that matrix's σ_w²."""

    width: float
    q: float
    second_moment: float
    sigma_w2: float


def relative_variances(
    moments: Moments, hidden: Sequence[Hidden], last_q: float
) -> tuple[float, ...]:
    """Return r = Var(s)/q² after each hidden layer, for one input and Gaussian weights.

    ``last_q`` is that of the layer after the last hidden one. nan from where q² leaves double range.

    r' = (χ_∥ q/q')²·r + σ_w⁴ (E φ⁴ − (E φ²)²)/(n q'²), q' = the next layer's q, to leading order in 1/n;
    for φ homogeneous of degree 1 the second term times 1 + r, exactly Π(1 + c/n) − 1 without bias.
    """
    fourth, slope = Curve(moments, "fourth_moment"), Curve(moments, "length_slope")
    products = linear_factor(moments) is not None
    relative = 0.0
    found: list[float] = []
    following = (*(layer.q for layer in hidden[1:]), last_q)
    for here, q in zip(hidden, following, strict=True):
        if not (FAINTEST < q < LOUDEST and FAINTEST < here.q < LOUDEST):
            return (*found, *(math.nan for _ in hidden[len(found) :]))
        carried = here.sigma_w2 * slope(here.q) * here.q / q
        excess = fourth(here.q) / here.second_moment / here.second_moment - 1
        share = here.sigma_w2 * here.second_moment / q
        gained = share * share * max(0.0, excess) / here.width
        relative = carried * carried * relative + gained * (1 + relative if products else 1)
        found.append(relative)
    return tuple(found)


def holding_depth(moments: Moments, q: float, sigma_w2: float, width: float) -> float:
    """Return after how many layers at a fixed point q a network is misleading; infinite if never."""
    homogeneous = linear_factor(moments) is not None
    second, fourth = _number(moments, "second_moment", q), _number(moments, "fourth_moment", q)
    slope = second / q if homogeneous else _number(moments, "length_slope", q)
    gained = (sigma_w2 / q) ** 2 * max(0.0, fourth - second**2) / width
    rate = (sigma_w2 * slope) ** 2 + (gained if homogeneous else 0.0)
    if gained == 0 or (rate < 1 and gained / (1 - rate) <= MISLEADING):
        return math.inf
    if abs(rate - 1) < 1e-12:
        return MISLEADING / gained
    return math.log1p(MISLEADING * (rate - 1) / gained) / math.log(rate)


def _next(
    moments: Moments, here: Fluctuation, width: float, sigma_w2: float, sigma_b2: float, tail: float
) -> tuple[Fluctuation, float]:
    """Return the next layer, and σ_w⁴ E[φ⁴]/n, the fourth cumulant that weights of kurtosis 1 make."""
    at = _layer(moments, here.q)
    slope = sigma_w2 * at.slope
    spread = slope**2 * here.variance + sigma_w2**2 * (at.fourth - at.second**2) / width
    shift = slope * here.shift + sigma_w2 * at.bend / 2 * (here.variance + tail / 3)
    q = sigma_w2 * at.second + sigma_b2
    return Fluctuation(q, shift, spread), sigma_w2**2 * at.fourth / width


@dataclass(frozen=True)
class _Layer:
    second: float
    fourth: float
    slope: float
    bend: float


@lru_cache(maxsize=4096)
def _layer(moments: Moments, q: float) -> _Layer:
    second, fourth, slope = (
        _number(moments, name, q) for name in ("second_moment", "fourth_moment", "length_slope")
    )
    return _Layer(second, fourth, slope, bend(moments, q))


def _number(moments: Moments, name: str, q: float) -> float:
    value = moments.number(name, q).value
    return math.inf if value is None else value


def bend(moments: Moments, q: float) -> float:
    """Return g'' = d²E[φ²]/dq² = E[φ² He₄(h/√q)]/(4q²)."""
    from varprop.moments.numbers.scalar import expectation

    if linear_factor(moments) is not None:
        return 0.0
    h = moments.h
    hermite = h**4 - 6 * h**2 * Symbol("q") + 3 * Symbol("q") ** 2
    weighted = moments.phi**2 * hermite.subs(Symbol("q"), _short(q))
    found = expectation(weighted, h, q)
    return 0.0 if found.value is None else found.value / (4 * q**4)


def _short(q: float) -> Expr:
    from sympy import Float

    return Float(q, 17)


@dataclass(frozen=True)
class Homogeneous:
    """φ with E[φ²] = m q: its moments over networks are exact products."""

    second: Expr
    fourth: Expr

    @property
    def constant(self) -> Expr:
        """c in Π(1 + c/n_l): E[φ⁴]/E[φ²]² − 1, so 5 for ReLU and 2 for linear."""
        return self.fourth / self.second**2 - 1


def homogeneous(moments: Moments) -> Homogeneous | None:
    """Return the exact form of a degree-1 activation, None for every other."""
    from varprop.notation import q

    second = linear_factor(moments)
    fourth = moments.closed("fourth_moment")
    if second is None or fourth is None:
        return None
    return Homogeneous(second, fourth / q**2)


def exact_growth(moments: Moments, widths: Sequence[Expr | int]) -> Expr | None:
    """Return E[s²]/E[s]² after layers of output widths n_l, exactly; Gaussian weights, no bias.

    With s_{l+1} = (σ_w²/n) Σ φ(h)² and h ~ N(0, s_l): E[s'²] = σ_w⁴ s²(m₂² + (m₄ − m₂²)/n).
    """
    form = homogeneous(moments)
    if form is None:
        return None
    return Mul(
        *(
            1 + form.constant / Integer(n) if isinstance(n, int) else 1 + form.constant / n
            for n in widths
        )
    )


def log_drift(moments: Moments, widths: Sequence[float]) -> float | None:
    """Return E ln s_L − ln E s_L to first order in 1/width, at a scale that keeps E s: −½ c Σ 1/n."""
    form = homogeneous(moments)
    return None if form is None else -float(form.constant) / 2 * effective_depth(widths)


def is_misleading(relative_variance: float) -> bool:
    """Whether a network of this relative variance is so far from its mean that q alone misleads."""
    return relative_variance > MISLEADING
