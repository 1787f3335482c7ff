"""An open factor of a network without closed form, as a root of its followed numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

from sympy import Eq, Float, Symbol, log

from varprop.answer.architecture_unknown import IMPOSED, Unknown, without_streams
from varprop.derivation import Kind, Step
from varprop.errors import BadInput
from varprop.networks.network import Network
from varprop.networks.substitution import substituted
from varprop.result import Quantity

Streams = list[tuple[float, float]]
"""What the skip path carries before and after each of its branches."""

WIDEST = 60
"""Doublings of the factor, from 1, between which its root is looked for."""

PRECISE = 1e-13


def followed_root(
    net: Network, symbol: Symbol, streams: Callable[[Network], Streams], reason: str
) -> Unknown:
    """Return the smallest factor found under which the stream's second moment doubles.

    Raises BadInput without a skip path, and where no factor between 2^−60 and 2^60 doubles it.
    """
    from scipy.optimize import brentq

    def excess(exponent: float) -> float:
        """ln(after/before) − ln 2 at the factor 2^exponent."""
        found = streams(substituted(net, {symbol: Float(2.0**exponent, 17)}))
        if not found:
            raise without_streams(symbol)
        before, after = found[0][0], found[-1][1]
        return math.log(after / before / 2) if math.isfinite(after) else math.inf

    high = _first_above(excess)
    if high is None:
        raise BadInput(f"no {symbol} between 2^−{WIDEST} and 2^{WIDEST} fulfils: {IMPOSED}.")
    exponent, report = brentq(
        lambda x: min(excess(x), 1.0), high - 1.0, high, xtol=PRECISE, full_output=True
    )
    value = Float(2.0**exponent, 15)
    steps = (
        Step(
            Eq(log(Symbol("S_after", positive=True) / Symbol("S_before", positive=True)), log(2)),
            "condition on the stream", Kind.RULE, IMPOSED,
        ),
        Step(
            Eq(symbol, value, evaluate=False), "root of the followed network", Kind.ALGEBRA,
            f"by Brent's method in {report.function_calls} passes, to {PRECISE:g} of its logarithm: "
            f"{reason}",
        ),
    )  # fmt: skip
    return Unknown(symbol, IMPOSED, Quantity(value, float(value)), steps)


def _first_above(excess: Callable[[float], float]) -> float | None:
    """Return the smallest whole exponent at which the stream has more than doubled, one below hasn't."""
    at = 0
    if excess(at) > 0:
        while at > -WIDEST and excess(at - 1) > 0:
            at -= 1
        return float(at) if at > -WIDEST else None
    while at < WIDEST and excess(at) <= 0:
        at += 1
    return float(at) if excess(at) > 0 else None
