"""Expectations of functions under a law that is only known to be symmetric about 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import sympy
from sympy import Abs, Add, Expr, Max, Pow, S, Symbol, expand

if TYPE_CHECKING:
    from varprop.checking.expectation import Engine


Moment = Callable[[int], Expr | None]


def expect_even(engine: Engine, g: Expr, x: Expr, moment: Moment) -> Expr:
    """Use the symmetry of x: E[g(x)] = E[(g(x) + g(−x))/2]; ``moment`` gives E[x^k]."""
    magnitude = sympy.Dummy("magnitude", positive=True)
    even = (g.xreplace({x: magnitude}) + g.xreplace({x: -magnitude})) / 2
    opened = expand(sympy.simplify(even))
    total = S.Zero
    for term in Add.make_args(opened):
        constant, rest = term.as_independent(magnitude, as_Add=False)
        power = power_of(rest, magnitude)
        known = moment(power) if power is not None and power % 2 == 0 else None
        if known is not None:
            total += constant * known
        else:
            total += constant * (
                engine.unknown(rest.xreplace({magnitude: Abs(x)})) if rest != 1 else 1
            )
    return total


def by_reflection(engine: Engine, g: Expr, atoms: list[Symbol]) -> Expr | None:
    """Return E[g] where the part of g that is even in a symmetric variable is a polynomial.

    relu(wx)² has the even part w²x²/2, whatever the law of x.
    """
    world = engine.world
    for atom in atoms:
        known = world.variable(atom)
        law = known.symmetric or (known.law is not None and known.law.symmetric)
        if not law or not all(world.are_independent(atom, b) for b in atoms if b != atom):
            continue
        turned = g.replace(Max, _by_size)
        even = expand((turned + turned.xreplace({atom: -atom})) / 2)
        even = even.replace(lambda e: e.is_Pow and isinstance(e.base, Abs) and e.exp == 2,
                            lambda e: e.base.args[0] ** 2)  # fmt: skip
        if expand(even).is_polynomial(*atoms) and not g.is_polynomial(*atoms):
            return engine.mean(expand(even))
    return None


def _by_size(*args: Expr) -> Expr:
    """Write max(0, u) as (u + |u|)/2."""
    others = [a for a in args if a != 0]
    if len(args) == 2 and len(others) == 1:
        return (others[0] + Abs(others[0])) / 2
    return Max(*args)


def symmetric_total(engine: Engine, total: Expr) -> bool:
    """Whether a sum is symmetric about 0: its terms are linear in a symmetric factor of their own.

    The factor's members are independent of each other and of all else in the sum.
    """
    term, running = total.args[0], total.args[1].name
    world = engine.world
    atoms = world.random_in(term)
    for atom in atoms:
        known, index = world.variable(atom), engine.family(atom)[1]
        law = known.symmetric or (known.law is not None and known.law.symmetric)
        odd = sympy.diff(term, atom)
        linear = not odd.has(atom) and sympy.expand(term - odd * atom) == 0
        apart = all(world.are_independent(atom, other) for other in atoms if other != atom)
        if law and known.iid and index == running and linear and apart:
            return True
    return False


def power_of(g: Expr, x: Symbol) -> int | None:
    """Return k where g is x^k, else None."""
    if g == x:
        return 1
    if isinstance(g, Pow) and g.base == x and g.exp.is_Integer and g.exp > 0:
        return int(g.exp)
    return 0 if g == 1 else None
