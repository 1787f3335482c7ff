"""Statistics of weights that somebody else has drawn, with thresholds for rare false alarms."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from varprop.catalogue.arrays import Array
from varprop.montecarlo.quantiles import normal_quantile

FALSE_ALARM = 1e-9
"""Largest chance that a right initialiser is called wrong in one run."""

PARTS = 12
"""Statistics looked at in one run, two tails each; they share the false alarms."""

DEVIATIONS = -normal_quantile(FALSE_ALARM / (2 * PARTS))
"""Standard errors that a statistic may lie off."""

GROUPS = 16
GROUP_DEVIATIONS = 3.6
"""A median of 16 groups is off only if 8 are: C(16, 8)·(3.2e-4)⁸ is below 1e-23."""

FEWEST = 16
"""Squares that a group needs: means of fewer are too skewed for that."""

HEAVY = 6.5
"""Above this kurtosis a mean square of the usual size has no normal tail at 1e-9."""


def weights_needed(kurtosis: float, tolerance: float) -> int:
    """Return how many weights bring the threshold of the variance down to ``tolerance``.

    The mean of N squares of kurtosis κ has the relative variance (κ − 1)/N. Above a kurtosis of
    6.5 it is the median of 16 such means.
    """
    deviations, groups = (GROUP_DEVIATIONS, GROUPS) if kurtosis > HEAVY else (DEVIATIONS, 1)
    return max(64, math.ceil(groups * max(kurtosis - 1, 0.01) * (deviations / tolerance) ** 2))


@dataclass(frozen=True)
class Finding:
    """One statistic: what it is, its value, what a right initialiser gives and how far off it is
    allowed to be, all as numbers of its own unit.
    """

    what: str
    value: float
    expected: float
    allowed: float

    @property
    def wrong(self) -> bool:
        """Whether the value lies further off than allowed; NaN does."""
        return not abs(self.value - self.expected) <= self.allowed


def mean_square(weights: Array, kurtosis: float) -> tuple[float, float]:
    """Return E[w²] and its standard error; a median of group means for heavy tails."""
    squares = weights.reshape(-1) ** 2
    relative = math.sqrt(max(kurtosis - 1, 0.01) / squares.size)
    if kurtosis <= HEAVY or squares.size < 64 * GROUPS:
        return float(squares.mean()), relative * float(squares.mean())
    middle = float(np.median([group.mean() for group in np.array_split(squares, GROUPS)]))
    return middle, relative * middle * GROUP_DEVIATIONS * math.sqrt(GROUPS) / DEVIATIONS


def moments(weights: Array, variance: float, kurtosis: float, tolerance: float) -> list[Finding]:
    """Return the findings on mean (in standard deviations) and variance (as a ratio)."""
    scale = math.sqrt(variance)
    observed, error = mean_square(weights, kurtosis)
    spread = error / observed if observed > 0 else 0.0
    mean = float(weights.mean()) / scale
    return [
        Finding("variance", observed / variance, 1.0, max(tolerance, DEVIATIONS * spread)),
        Finding("mean", mean, 0.0, max(tolerance, DEVIATIONS / math.sqrt(weights.size))),
    ]


def independence(matrices: Array, kurtosis: float, tolerance: float) -> list[Finding]:
    """Return the findings on dependence within and between matrices (draws, rows, columns).

    Products of neighbours have mean 0, in units of the observed variance. A sum of n independent
    weights has the variance n·Var(w) in every row and column; its chi-squared tails follow Laurent
    and Massart 2000, lemma 1. Of heavy-tailed weights, too few sums tell nothing and are left out.
    """
    rows, columns = matrices.shape[1:]
    spread = float(matrices.std())
    if spread == 0:
        return []
    centred = (matrices - matrices.mean()) / spread
    found = []
    pairs = {
        "correlation of neighbours in a row": (centred[:, :, 1:], centred[:, :, :-1]),
        "correlation of neighbours in a column": (centred[:, 1:], centred[:, :-1]),
        "correlation of one draw with the next": (centred[1:], centred[:-1]),
    }
    if rows == columns and rows > 1:
        upper = np.triu_indices(rows, 1)
        pairs["correlation of w_ij with w_ji"] = (
            centred[:, upper[0], upper[1]],
            centred[:, upper[1], upper[0]],
        )
    for what, (first, second) in pairs.items():
        if first.size:
            allowed = max(tolerance, DEVIATIONS / math.sqrt(first.size))
            found.append(Finding(what, float((first * second).mean()), 0.0, allowed))
    for what, axis in (("row sums", 2), ("column sums", 1)):
        sums = centred.sum(axis=axis).reshape(-1) ** 2 / matrices.shape[axis]
        if matrices.shape[axis] > 1 and (kurtosis <= HEAVY or sums.size >= FEWEST * GROUPS):
            value, allowed = _spread_of_sums(sums, kurtosis, matrices.shape[axis])
            found.append(Finding(f"variance of {what}", value, 1.0, allowed))
    return found


def _spread_of_sums(squares: Array, kurtosis: float, terms: int) -> tuple[float, float]:
    """Return the mean square of sums and how far it may lie off; for heavy tails by group medians.

    The square of a sum of n terms has the variance 2 + (κ − 3)/n.
    """
    heavy = 1 + max(kurtosis - 3, 0) / (2 * terms)
    if kurtosis <= HEAVY:
        return float(squares.mean()), _chi_squared(squares.size / heavy)
    middle = float(np.median([group.mean() for group in np.array_split(squares, GROUPS)]))
    return middle, GROUP_DEVIATIONS * math.sqrt(2 * heavy * GROUPS / squares.size)


def _chi_squared(count: float) -> float:
    """Return how far the mean of ``count`` squared normals may lie from 1."""
    x = math.log(2 * PARTS / FALSE_ALARM)
    return 2 * math.sqrt(x / count) + 2 * x / count


def orthogonality(matrix: Array, gain: float) -> float:
    """Return the largest entry of |WᵀW/g² − 1| over the shorter side of W."""
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    product = tall.T @ tall / gain**2
    return float(np.abs(product - np.eye(len(product))).max())
