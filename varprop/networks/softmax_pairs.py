"""What the softmax shares of one position have in common for two inputs whose logits are correlated.

f(r) = E[Σ_s A_s A'_s] is a power series in the correlation r of the logits with coefficients that
aren't negative. Both its ends and both slopes there are known, from E[∂A_s/∂l_t] and from
E[Σ (∂A_s/∂l_t)²]; log f is taken as the cubic in r that has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from varprop.networks.arithmetic import Value
from varprop.networks.softmax import Averaging

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


def geometric(least: Value, most: Value, share: Value) -> Value:
    """Return least^(1 − share)·most^share."""
    if share == 0 or least == 0:
        return least
    return least * (most / least) ** share


def in_common(shares: Averaging, share: Value, profile: Array | None = None) -> Value:
    """Return E[Σ A A'] of one position's queries in two inputs; geometric in ``share`` with formulas.

    ``profile`` weighs the positions of a mask, None for all alike.
    """
    if not isinstance(shares.sharpness, float):
        return geometric(shares.alone, shares.sharpness, share)
    return _mean(_weighed(shares, each_in_common(shares, float(share)), profile))


def each_in_common(shares: Averaging, share: float) -> Array:
    """Return the same at every position that a mask leaves a length of its own."""
    lengths, sharp, _, keyed, *_ = _each(shares)
    return _cubic(lengths, sharp, keyed, shares.spread, share)


def _weighed(shares: Averaging, each: Array, profile: Array | None) -> Array:
    return each if shares.each is None or profile is None else each * profile


def through_logits(shares: Averaging, share: Value, profile: Array | None = None) -> Value:
    """Return Σ of E[∂A ∂A'] of one position's queries in two inputs, geometric in ``share``."""
    if not isinstance(shares.sharpness, float):
        s, alone = shares.sharpness, shares.alone
        free = 0 * s if alone == 1 else alone * (1 - s) ** 2 / (1 - alone)
        return geometric(free, shares.passed, share)
    import numpy as np

    lengths, sharp, passed, *_ = _each(shares)
    free = (1 - sharp) ** 2 / np.maximum(lengths - 1, 1)
    some = (free > 0) & (passed > 0)
    base = np.where(some, free, 1.0)
    each = np.where(some, base * (np.where(some, passed, 1.0) / base) ** float(share), 0.0)
    return _mean(_weighed(shares, each, profile))


def _each(shares: Averaging) -> tuple[Array, ...]:
    """Return length, E[Σ A²] and the sums of the gradient for every position, or for the one length."""
    import numpy as np

    if shares.each is not None:
        return np.arange(1.0, len(shares.each[0]) + 1), *shares.each
    one: Any = (1 / shares.alone, shares.sharpness, shares.passed, shares.keyed)
    return tuple(np.array([float(x)]) for x in one)


def _cubic(lengths: Array, sharp: Array, keyed: Array, spread: float, share: float) -> Array:
    """Return exp of the cubic with log f's ends and slopes: f(0) = 1/T, f'(0) = s(1 − S)²/(T − 1)."""
    import numpy as np

    start = np.log(lengths * sharp)
    first = lengths * spread * (1 - sharp) ** 2 / np.maximum(lengths - 1, 1)
    last = spread * keyed / sharp
    r, left = share, 1 - share
    log = start * r * r * (3 - 2 * r) + first * r * left**2 - last * r * r * left
    return np.asarray(np.exp(np.clip(log, 0.0, start)) / lengths)


def _mean(values: Array) -> float:
    return float(values.mean())
