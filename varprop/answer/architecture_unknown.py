"""One open factor of a network, fixed by what all branches together may add to the skip path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Dummy, Eq, Expr, Symbol, factor_terms, powdenest, simplify, solve, sqrt

from varprop.answer.question import as_float
from varprop.derivation import Kind, Step
from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.result import Quantity

if TYPE_CHECKING:
    from varprop.answer.architecture_fold import Solving
    from varprop.networks.network import Network

IMPOSED = "all branches together add as much variance as the skip path carries"


@frozen
class Unknown:
    """An open factor of a network: the condition that fixed it, its value, and the lines to it."""

    symbol: Symbol
    imposed: str
    value: Quantity
    steps: tuple[Step, ...]


def solve_unknown(setting: Solving, symbol: Symbol, net: Network) -> Unknown:
    """Return the positive factor under which the stream's second moment doubles.

    Raises BadInput without a skip path, for a factor that doesn't enter it, and without a solution.
    """
    if not setting.streams:
        raise BadInput(
            f"--for {symbol} fixes what branches add to a skip path, but the network has none: use "
            f"Residual(…, scale={symbol})."
        )
    before, after = setting.streams[0][0], setting.streams[-1][1]
    if not after.has(symbol):
        raise BadInput(
            f"--for {symbol}: it doesn't change what the skip path carries at its end "
            f"(E[x²] = {after}). Normalisation behind the sum removes it."
        )
    equation = Eq(after, 2 * before, evaluate=False)
    value = _positive_root(after - 2 * before, symbol, net)
    steps = (
        Step(equation, "condition on the stream", Kind.RULE, IMPOSED),
        Step(Eq(symbol, value, evaluate=False), "solve", Kind.ALGEBRA, f"for {symbol}"),
    )
    return Unknown(symbol, IMPOSED, Quantity(value, as_float(value)), steps)


def _positive_root(difference: Expr, symbol: Symbol, net: Network) -> Expr:
    """Return the one positive root, solved in the square of the factor."""
    square = Dummy("u", positive=True)
    inside = difference.subs(symbol, sqrt(square))
    roots = [root for root in solve(factor_terms(inside), square) if root.is_positive is not False]
    if not roots:
        raise BadInput(
            f"no {symbol} > 0 makes the branches of {net} double what the skip path carries."
        )
    smallest = min(roots, key=float) if all(r.is_number for r in roots) else roots[0]
    return powdenest(sqrt(simplify(smallest)), force=True)
