"""One open factor of a network, fixed by what all branches together may add to the skip path."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sympy import Eq, Expr, Float, Symbol

from varprop.answer.architecture_fold import exact
from varprop.answer.architecture_formula import Root, formula_root
from varprop.answer.architecture_update import IMPOSED as UPDATE
from varprop.answer.architecture_update import SOURCE, advice, update_size
from varprop.answer.question import as_float
from varprop.answer.root_search import WIDEST, smallest_factor
from varprop.derivation import Kind, Step
from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.moments.expectation import Expectation
from varprop.networks.layer import NoClosedForm
from varprop.networks.network import Network, every
from varprop.networks.residual import Residual
from varprop.result import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from varprop.answer.architecture_fold import Solving

DOUBLED = "the stream carries twice as much variance behind all blocks as before them"
IMPOSED = "all branches together add as much variance as the skip path carries"


@frozen
class Unknown:
    """An open factor of a network: the condition that fixed it, its value, and the lines to it.

    ``where`` says for which values of other symbols there is such a factor, "" for all.
    """

    symbol: Symbol
    imposed: str
    value: Quantity
    steps: tuple[Step, ...]
    where: str = ""


def solve_unknown(setting: Solving, symbol: Symbol, net: Network) -> Unknown:
    """Return the positive factor under which the stream's second moment doubles.

    Where a norm behind every sum keeps the stream as it is, the factor is fixed by the size of an
    update instead. Raises BadInput without a skip path, for a factor that enters neither, and
    without a solution.
    """
    skips = any(isinstance(layer, Residual) for layer in every(net.layer))
    if not setting.streams or not skips:
        raise without_streams(symbol)
    before, after = setting.streams[0][0], setting.streams[-1][1]
    if after.has(symbol):
        plain = all(layer.skip == 1 for layer in every(net.layer) if isinstance(layer, Residual))
        difference, imposed, source = after - 2 * before, IMPOSED if plain else DOUBLED, None
        equation = Eq(after, 2 * before, evaluate=False)
    else:
        size = update_size(net)
        if not size.has(symbol):
            raise BadInput(
                f"--for {symbol}: it changes neither what the skip path carries at its end "
                f"(E[x²] = {after}) nor the branches' share in an update."
            )
        _refuse_divided(setting, symbol)
        difference, imposed, source = size - 1, UPDATE, SOURCE
        equation = Eq(size, 1, evaluate=False)
    root, how = _positive_root(difference, symbol, net, imposed)
    value = root.value
    steps = (
        Step(equation, "condition on the stream", Kind.RULE, imposed, source=source),
        Step(Eq(symbol, value, evaluate=False), "solve", Kind.ALGEBRA, f"for {symbol}{how}"),
    )
    return Unknown(symbol, imposed, Quantity(value, as_float(value)), steps, root.where)


def _refuse_divided(setting: Solving, symbol: Symbol) -> None:
    """Raise BadInput where the weights' own scales undo the factor, as behind Scale(s)."""
    for tensor in setting.tensors:
        if (exact(tensor.value) / tensor.weight.scale**2).has(symbol):
            raise BadInput(
                f"--for {symbol}: the condition sizes {tensor.path[-1]} by what arrives, which divides "
                f"{symbol} out again. Write it as the layer's own scale={symbol}, or put Scale({symbol}) at "
                "the end of the branch."
            )


def never(
    symbol: Symbol, imposed: str, excess: Callable[[float], float], advice: str = ""
) -> BadInput:
    """Return the refusal of a factor that no power of 2 within reach fulfils; says what was seen."""
    if excess(-WIDEST) > 0:
        seen = f"it is exceeded however small {symbol} is, by what {symbol} doesn't scale"
    else:
        seen = f"it isn't reached up to {symbol} = 2^{WIDEST}"
    return BadInput(f"--for {symbol}: no value was found for: {imposed}; {seen}.{advice}")


def without_streams(symbol: Symbol) -> BadInput:
    """Return the refusal of a network without skip path."""
    return BadInput(
        f"--for {symbol} fixes what branches add to a skip path, but the network has none: use "
        f"Residual(…, scale={symbol})."
    )


def fulfilled(unknown: Unknown | None, followed: Solving) -> bool:
    """Whether the streams of a followed network are as the factor put in was to make them."""
    if unknown is None or unknown.imposed != IMPOSED:
        return True
    before, after = followed.streams[0][0], followed.streams[-1][1]
    return math.isclose(after, 2 * before, rel_tol=1e-9)


def _positive_root(
    difference: Expr, symbol: Symbol, net: Network, imposed: str
) -> tuple[Root, str]:
    """Return the smallest positive root, and how it was found where no formula is known."""
    if any(held.has(symbol) for held in difference.atoms(Expectation)):
        raise NoClosedForm(f"no formula for {symbol}: an expectation without closed form holds it.")
    others = sorted(str(one) for one in difference.free_symbols - {symbol})
    try:
        known = formula_root(difference, symbol, net)
    except NoClosedForm:
        if others:
            raise
        known = None
    if known is not None:
        return known, ""
    if others:
        names = " and ".join(others)
        raise BadInput(
            f"--for {symbol}: no formula in {names} was found that is positive where they are. Give "
            f"numbers for {names}."
        )

    def excess(exponent: float) -> float:
        return float(difference.subs(symbol, 2.0**exponent).evalf(17))

    root = smallest_factor(excess)
    if root is None:
        raise never(symbol, imposed, excess, advice(net, symbol) if imposed == UPDATE else "")
    return Root(Float(root[0], 15)), f", {root[1]}"
