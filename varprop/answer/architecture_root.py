"""An open factor of a network without closed form, as a root of its followed numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

from sympy import Eq, Float, Symbol, log

from varprop.answer.architecture_fold import Solving
from varprop.answer.architecture_unknown import IMPOSED, Unknown, never, without_streams
from varprop.answer.root_search import smallest_factor
from varprop.derivation import Kind, Step
from varprop.networks.network import Network
from varprop.networks.substitution import substituted
from varprop.result import Quantity


def followed_root(
    net: Network, symbol: Symbol, follow: Callable[[Network], Solving], reason: str
) -> Unknown:
    """Return the smallest factor found under which the stream's second moment doubles.

    Raises BadInput without a skip path, and where no factor between 2^−60 and 2^60 doubles it.
    """

    def excess(exponent: float) -> float:
        """ln(after/before) − ln 2 at the factor 2^exponent."""
        found = follow(substituted(net, {symbol: Float(2.0**exponent, 17)})).streams
        if not found:
            raise without_streams(symbol)
        before, after = float(found[0][0]), float(found[-1][1])
        return math.log(after / before / 2) if math.isfinite(after) else math.inf

    root = smallest_factor(excess)
    if root is None:
        raise never(symbol, IMPOSED, excess)
    value = Float(root[0], 15)
    steps = (
        Step(
            Eq(log(Symbol("S_after", positive=True) / Symbol("S_before", positive=True)), log(2)),
            "condition on the stream", Kind.RULE, IMPOSED,
        ),
        Step(
            Eq(symbol, value, evaluate=False), "root of the followed network", Kind.ALGEBRA,
            f"{root[1]}: {reason}",
        ),
    )  # fmt: skip
    return Unknown(symbol, IMPOSED, Quantity(value, float(value)), steps)
