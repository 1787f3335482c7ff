"""One open factor of a network, fixed by what all branches together may add to the skip path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import (
    Dummy,
    Eq,
    Expr,
    Float,
    Pow,
    Symbol,
    factor_terms,
    powdenest,
    simplify,
    solve,
    sqrt,
)

from varprop.answer.architecture_update import IMPOSED as UPDATE
from varprop.answer.architecture_update import SOURCE, update_size
from varprop.answer.question import as_float
from varprop.answer.root_search import smallest_factor
from varprop.derivation import Kind, Step
from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.moments.expectation import Expectation
from varprop.moments.holding import set_apart
from varprop.networks.layer import NoClosedForm
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

    Where a norm behind every sum keeps the stream as it is, the factor is fixed by the size of an
    update instead. Raises BadInput without a skip path, for a factor that enters neither, and
    without a solution.
    """
    if not setting.streams:
        raise without_streams(symbol)
    before, after = setting.streams[0][0], setting.streams[-1][1]
    if after.has(symbol):
        difference, imposed, source = after - 2 * before, IMPOSED, None
        equation = Eq(after, 2 * before, evaluate=False)
    else:
        size = update_size(net)
        if not size.has(symbol):
            raise BadInput(
                f"--for {symbol}: it changes neither what the skip path carries at its end "
                f"(E[x²] = {after}) nor the branches' share in an update."
            )
        difference, imposed, source = size - 1, UPDATE, SOURCE
        equation = Eq(size, 1, evaluate=False)
    value, how = _positive_root(difference, symbol, net)
    steps = (
        Step(equation, "condition on the stream", Kind.RULE, imposed, source=source),
        Step(Eq(symbol, value, evaluate=False), "solve", Kind.ALGEBRA, f"for {symbol}{how}"),
    )
    return Unknown(symbol, imposed, Quantity(value, as_float(value)), steps)


def without_streams(symbol: Symbol) -> BadInput:
    """Return the refusal of a network without skip path."""
    return BadInput(
        f"--for {symbol} fixes what branches add to a skip path, but the network has none: use "
        f"Residual(…, scale={symbol})."
    )


def _positive_root(difference: Expr, symbol: Symbol, net: Network) -> tuple[Expr, str]:
    """Return the smallest positive root, and how it was found where no formula is known."""
    if any(held.has(symbol) for held in difference.atoms(Expectation)):
        raise NoClosedForm(f"no formula for {symbol}: an expectation without closed form holds it.")
    plain, held = set_apart(difference)
    try:
        known = _roots(plain, symbol)
    except NoClosedForm:
        if difference.free_symbols != {symbol}:
            raise
        known = {}
    if known:
        return min(known, key=lambda root: known[root]).xreplace(held), ""
    if difference.free_symbols == {symbol}:
        root = smallest_factor(lambda x: float(difference.subs(symbol, 2.0**x).evalf(17)))
        if root is not None:
            return Float(root[0], 15), f", {root[1]}"
    raise BadInput(f"no {symbol} > 0 fulfils the condition on the branches of {net}.")


def _roots(difference: Expr, symbol: Symbol) -> dict[Expr, tuple[float, ...]]:
    """Return the positive roots, solved in the square of the factor where only that enters.

    Raises NoClosedForm where roots of the factor itself stand in the way.
    """
    square = Dummy("u", positive=True)
    inside = difference.subs(symbol, sqrt(square))
    odd = inside.has(sqrt(square))
    unknown, equation = (symbol, difference) if odd else (square, inside)
    broken = [p for p in equation.atoms(Pow) if p.exp.is_Rational and not p.exp.is_Integer]
    if any(power.base.has(unknown) for power in broken):
        raise NoClosedForm(f"no formula for {symbol}: its equation holds roots of it.")
    try:
        found = solve(factor_terms(equation), unknown)
    except NotImplementedError as error:
        raise NoClosedForm(
            f"no formula for {symbol}: its equation has no known solution."
        ) from error
    tidy = [simplify(root) if odd else sqrt(simplify(root)) for root in found if _sizes(root)]
    return {powdenest(root, force=True): _sizes(root) or () for root in tidy}


TRIED = (2, 3, 7)
"""Values of the other symbols at which a root must be positive."""


def _sizes(root: Expr) -> tuple[float, ...] | None:
    """Return a root's value where other symbols are small numbers, None unless positive at each."""
    sizes = []
    for start in TRIED:
        symbols = sorted(root.free_symbols, key=str)
        value = complex(root.subs({s: start + k for k, s in enumerate(symbols)}))
        if not value.real > 0 or abs(value.imag) > 1e-12 * value.real:
            return None
        sizes.append(value.real)
    return tuple(sizes)
