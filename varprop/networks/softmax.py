"""How a softmax over T independent N(0, s) logits averages: the sums of powers of its shares.

With Z = Σ e^l and 1/Z² = ∫ u e^{−uZ} du, the T logits separate:

    E[Σ A²] = T ∫ u ψ''(u) ψ(u)^{T−1} du,    ψ(u) = E[e^{−u e^l}],    ψ''(u) = E[e^{2l} e^{−u e^l}],

and so for the other sums; a standardised logit g_s enters as a factor of the same integrands. Both
integrals are over all of ℝ in log u and in l and their integrands fall doubly exponentially, where the
trapezoidal rule converges geometrically.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from varprop.frozen import frozen
from varprop.networks.arithmetic import Value

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

STEP = 0.25
"""Step in log u and in l, or std/16 if larger: the trapezoidal rule's error is exp(−π²/STEP) at most."""

REACH = 8.5
"""Standard deviations of a logit that are integrated over."""

TINY = 1e-300
FLATTEST = 7.0
"""Dimensions from which a sphere's coordinate has a density that the trapezoidal rule integrates."""
WIDEST = 100.0
HEAD_NODES = ((64, 8), (16, 12), (1, 20))
"""Features of a head from which so many nodes average over |q|²: within 5e-6 up to spread 1, and for
heads of 16 and more up to spread 20."""

WRITTEN = 48
"""Lengths up to here are each integrated; longer ones are interpolated in log T."""


@frozen
class Averaging:
    """``sharpness`` is E[Σ_s A_s²], between 1/T and 1; the logits' part of a gradient passes on
    ``passed`` = E[Σ_s A_s²(1 − 2A_s + Σ A²)], of which ``keyed`` weighs each query by its length.

    ``apart`` is E[Σ_s A_s A'_s] of two tokens' queries whose logits are independent, ``alone`` that of
    one token's in two inputs, ``spread`` the logits' variance between keys. All are averaged over
    positions where a mask makes their lengths differ; ``each`` holds SUMS at every one then.

    ``tilt``, ``longer`` and ``turned`` count where features are so few that averaged tokens lean along
    the query: E[Σ_{s≠t} A_s A_t g_s g_t] and E[Σ A_s²(g_s² − 1)] of the standardised logits g, and
    E[(1 − Σ A²)²].
    """

    sharpness: Value
    passed: Value
    keyed: Value
    apart: Value
    alone: Value
    spread: Value
    tilt: Value = 0
    longer: Value = 0
    turned: Value = 0
    each: tuple[Array, ...] | None = None

    def keyed_by(self, share: float) -> Averaging:
        """Return the sums where a query's length makes up only a share of the spread's variance."""

        def part(passed: Any, keyed: Any) -> Any:
            return passed + share * (keyed - passed)

        each = self.each
        if each is not None:
            each = (each[0], each[1], part(each[1], each[2]), *each[3:])
        return replace(self, keyed=part(self.passed, self.keyed), each=each)


SUMS = ("sharpness", "passed", "keyed", "tilt", "longer", "turned")
"""The sums that are followed at every position under a mask."""


@lru_cache(maxsize=1024)
def averaging(
    tokens: int, spread: float, head: float, causal: bool, level: float = 0.0
) -> Averaging:
    """Return the sums for logits of variance ``spread`` between keys and heads of ``head`` features.

    Given a query the logits are Gaussian with variance spread·|q|²/head, so the sums are averaged over
    the χ² law of |q|². Where few features arrive, their lengths vary, too, and ``head`` is less than a
    head's features. ``causal`` averages over sequences of 1 … ``tokens``. ``level`` is 1/d for tokens of
    one length in d dimensions, whose logits are coordinates on a sphere, and 0 for Gaussian ones.
    """
    import numpy as np

    if spread > WIDEST:
        return _hard(averaging(tokens, WIDEST, head, causal, level), WIDEST / spread)
    lengths = _lengths(tokens) if causal else np.array([float(tokens)])
    total = np.zeros((len(SUMS), len(lengths)))
    for size, mass in _head_law(head):
        sharp, passed, *lean = sums(lengths, spread * size, level)
        total += mass * np.stack([sharp, passed, size * passed, *lean])
    if not causal:
        return _averaging([float(row[0]) for row in total], 1.0 / tokens, 1.0 / tokens, spread)
    every = np.arange(1.0, tokens + 1)
    found = [_between(lengths, row * lengths, every) for row in total]
    mean = [float(row.mean()) for row in found]
    return _averaging(mean, later(tokens), float((1 / every).mean()), spread, tuple(found))


def _averaging(
    found: list[float], apart: float, alone: float, spread: float,
    each: tuple[Array, ...] | None = None,
) -> Averaging:  # fmt: skip
    sharp, passed, keyed, tilt, longer, turned = found
    return Averaging(sharp, passed, keyed, apart, alone, spread, tilt, longer, turned, each)


def _hard(wide: Averaging, narrower: float) -> Averaging:
    """Return the sums for still larger logits: what is off the largest falls like 1/√spread."""
    ratio = math.sqrt(narrower)
    each = None
    if wide.each is not None:
        sharp, passed, keyed, *lean, turned = wide.each
        each = (1 - (1 - sharp) * ratio, passed * ratio, keyed * ratio, *lean, turned * ratio)
    return Averaging(
        1 - (1 - wide.sharpness) * ratio, wide.passed * ratio, wide.keyed * ratio, wide.apart,
        wide.alone, wide.spread / narrower, wide.tilt, wide.longer, wide.turned * ratio, each,
    )  # fmt: skip


def later(tokens: int) -> float:
    """Return the mean of 1/max(s, t) over two different positions: equal shares under a causal mask."""
    if tokens == 1:
        return 1.0
    harmonic = math.fsum(1.0 / t for t in range(1, tokens + 1))
    return 2.0 * (tokens - harmonic) / (tokens * (tokens - 1))


def _lengths(tokens: int) -> Array:
    """Return all lengths up to a bound, and a geometric grid beyond it."""
    import numpy as np

    short = np.arange(1.0, min(tokens, WRITTEN) + 1)
    if tokens <= WRITTEN:
        return short
    count = 4 + int(12 * math.log(tokens / WRITTEN))
    return np.concatenate([short, np.geomspace(WRITTEN, tokens, count)[1:]])


def _between(lengths: Array, scaled: Array, every: Array) -> Array:
    """Return a sum at every length from T·sum on a grid of lengths: cubics through four neighbours."""
    import numpy as np

    if len(lengths) == len(every):
        out: Array = scaled / every
        return out
    x, at = np.log(lengths), np.log(every[WRITTEN:])
    first = np.clip(np.searchsorted(x, at) - 2, 0, len(x) - 4)
    near = first[:, None] + np.arange(4)
    nodes, left = x[near], at[:, None] - x[near]
    total = np.zeros(len(at))
    for k in range(4):
        others = [j for j in range(4) if j != k]
        apart = nodes[:, [k]] - nodes[:, others]
        total += scaled[near[:, k]] * np.prod(left[:, others] / apart, axis=1)
    return np.asarray(np.concatenate([scaled[:WRITTEN], total]) / every)


@lru_cache(maxsize=64)
def _head_law(head: float) -> tuple[tuple[float, float], ...]:
    """Return nodes and masses of |q|²/head for a Gaussian query of mean square 1.

    Gauss-Laguerre from its recurrence (Golub and Welsch), which no head is too large for.
    """
    import numpy as np

    count = next(nodes for least, nodes in HEAD_NODES if head >= least)
    alpha, k = head / 2 - 1, np.arange(float(count))
    beside = np.sqrt(k[1:] * (k[1:] + alpha))
    nodes, vectors = np.linalg.eigh(
        np.diag(2 * k + alpha + 1) + np.diag(beside, 1) + np.diag(beside, -1)
    )
    masses = vectors[0] ** 2
    return tuple((float(x) * 2 / head, float(w)) for x, w in zip(nodes, masses, strict=True))


def sums(lengths: Array, spread: float, level: float = 0.0) -> tuple[Array, ...]:
    """Return sharpness, passed, tilt, longer and turned for each length, logits of variance ``spread``."""
    import numpy as np

    if spread == 0.0:
        none = 0 * lengths
        return 1 / lengths, (lengths - 1) / lengths**2, none, none, (1 - 1 / lengths) ** 2
    step, log, (second, third, fourth, once, twice) = _transform(
        math.sqrt(spread), float(lengths.max()), level
    )
    t = lengths[:, None]
    power = np.exp((t - 2) * log)
    one, two = t * power * np.exp(log), t * (t - 1) * power
    squares, cubes, fourths, long = (step * one @ np.stack([second, third, fourth, twice], 1)).T
    pairs, tilt = (step * two @ np.stack([second**2, once**2], 1)).T
    both = (fourths + pairs) / 6
    return squares, squares - cubes + both, tilt, long - squares, 1 - 2 * squares + both


def _density(g: Array, level: float) -> Array:
    """Return the density of a standardised logit: normal, or (1 − g²/d)^((d − 3)/2) on a sphere."""
    import numpy as np

    if level == 0:
        return np.asarray(np.exp(-0.5 * g**2) / math.sqrt(2 * math.pi))
    d = max(1 / level, FLATTEST)
    whole = math.lgamma(d / 2) - math.lgamma((d - 1) / 2) - 0.5 * math.log(math.pi * d)
    left = np.maximum(1 - g * g / d, TINY)
    return np.asarray(np.exp(whole + (d - 3) / 2 * np.log(left)))


def _transform(std: float, longest: float, level: float) -> tuple[float, Array, tuple[Array, ...]]:
    """Return the grid's step, log ψ(u), u^n·|ψ^(n)(u)| for n = 2, 3, 4, and two with the logit.

    These are E[g u e^l e^(−u e^l)] and E[(g u e^l)² e^(−u e^l)] for the logit l = std·g. The grid
    reaches from where T tilted logits no longer matter to where none is left.
    """
    import numpy as np

    tilt, coarse = min(4 * std * std, 4 * std), max(STEP, std / 16)
    lowest = -math.log(longest) - REACH * std - tilt - 18.0
    y = np.arange(lowest, REACH * std + 4.0, coarse)
    step = min(STEP, 0.5 * std)
    logits = np.arange(-REACH * std, REACH * std + tilt + step, step)
    g = logits / std
    mass = _density(g, level) * step / std
    u = np.exp(np.minimum(y[:, None] + logits[None, :], 6.7))
    left = np.exp(-u)
    kept, away = left @ mass, -np.expm1(-u) @ mass
    log = np.where(away < 0.5, np.log1p(-np.minimum(away, 0.5)), np.log(np.maximum(kept, TINY)))
    first = u * left
    second = first * u
    third = second * u
    found = (second @ mass, third @ mass, (third * u) @ mass)
    return coarse, log, (*found, first @ (g * mass), second @ (g * g * mass))
