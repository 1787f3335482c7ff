"""Signal and gradient through a stack of dense layers, number by number."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

from varprop.frozen import frozen
from varprop.moments import Moments
from varprop.propagation.curves import Curve
from varprop.propagation.dense import gradient_factor, length_map


@frozen
class Matrix:
    """One weight matrix: its fans, Var(w) and the σ_b² of its bias."""

    fan_in: int
    fan_out: int
    weight_variance: float
    bias_variance: float = 0.0


@frozen
class Level:
    """One row of ``propagate``: what is known after a weight layer, index 0 being the input.

    ``correlation`` is that of two inputs at the pre-activation, ``data_variance`` = q(1 − c), and
    ``gradient_correlation`` that of their gradients by it, which are alike at the output.
    """

    index: int
    name: str
    q: float | None
    second_moment: float
    mean: float
    gradient: float
    log_gradient: float
    correlation: float | None = None
    data_variance: float | None = None
    gradient_correlation: float | None = None


class Levels(Sequence[Level], ABC):
    """Levels of which each is made when it is looked at: ten thousand, and a screen shows forty."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The names of all levels."""


def levels(
    moments: Moments, matrices: Sequence[Matrix], input_mean: float, input_second_moment: float
) -> tuple[Level, ...]:
    """Return the input and one level per matrix.

    ``q`` is E[h²] of the pre-activation, ``second_moment`` and ``mean`` those of φ(h), ``gradient``
    E[δ_l²]/E[δ_L²] with δ the derivative by the pre-activation (by the input in row 0).
    """
    second = Curve(moments, "second_moment")
    mean = Curve(moments, "mean", lambda q: math.sqrt(second(q)))
    slope = Curve(moments, "derivative_second_moment")
    forward: list[tuple[float, float, float]] = []
    signal = input_second_moment
    for matrix in matrices:
        q = length_map(matrix.fan_in, matrix.weight_variance, signal, matrix.bias_variance)
        signal = second(q)
        forward.append((q, signal, mean(q)))
    logs = _log_gradients(matrices, [slope(q) for q, _, _ in forward])
    rows = [Level(0, "input", None, input_second_moment, input_mean, power(logs[0]), logs[0])]
    for index, ((q, square, first), matrix) in enumerate(zip(forward, matrices, strict=True), 1):
        name = f"Dense({matrix.fan_out}) {index}"
        rows.append(Level(index, name, q, square, first, power(logs[index]), logs[index]))
    return tuple(rows)


def _log_gradients(matrices: Sequence[Matrix], slopes: Sequence[float]) -> list[float]:
    """Return ln E[δ_l²]/E[δ_L²] for l = 0 … L; logarithms, for a product of many factors."""
    logs = [0.0]
    for index in range(len(matrices) - 1, -1, -1):
        below = 1.0 if index == 0 else slopes[index - 1]
        factor = gradient_factor(matrices[index].fan_out, matrices[index].weight_variance, below)
        logs.append(logs[-1] + (math.log(factor) if factor > 0 else -math.inf))
    return logs[::-1]


def power(logarithm: float) -> float:
    """Return exp(logarithm), infinite beyond double range."""
    return math.exp(logarithm) if logarithm < 709 else math.inf


def log_size(value: float) -> float:
    """Return ln of a size, infinite for one that is 0 or beyond double range."""
    if not value:
        return -math.inf
    return math.log(value) if math.isfinite(value) else math.inf


@frozen
class Trend:
    """Growth or decay: the factor per layer over the last half, and the word for it."""

    rate: float
    verdict: str


def trend(logarithms: Sequence[float], depth: int) -> Trend:
    """Return the geometric mean factor a layer between the middle and the end of a sequence.

    Stable means that the whole depth at that rate changes the quantity by a factor 10 at most.
    """
    finite = [(k, v) for k, v in enumerate(logarithms) if math.isfinite(v)]
    tail = [(k, v) for k, v in finite if k >= (len(logarithms) - 1) // 2] or finite[-1:]
    if len(tail) < 2:
        tail = finite[-2:]
    if len(tail) < 2:
        lost = any(v == -math.inf for v in logarithms)
        return Trend(0.0 if lost else 1.0, "vanishing" if lost else "stable")
    (first, low), (last, high) = tail[0], tail[-1]
    slope = (high - low) / (last - first)
    if abs(depth * slope) <= math.log(10):
        return Trend(math.exp(slope), "stable")
    return Trend(power(slope), "vanishing" if slope < 0 else "exploding")


def gradient_trend(logarithms: Sequence[float], depth: int) -> Trend:
    """Return the trend of ln E[δ_l²]/E[δ_L²], l = 1 … L, followed from the output to the input.

    Where φ' is 0 almost everywhere the gradient is lost, where E[φ'²] is infinite it is boundless.
    """
    if -math.inf in logarithms:
        return Trend(0.0, "vanishing")
    if not all(map(math.isfinite, logarithms)):
        return Trend(math.inf, "exploding")
    return trend([-value for value in logarithms], depth)
