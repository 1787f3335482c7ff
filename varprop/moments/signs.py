"""Write the kinks of an expression with sign functions: smooth factors times sign(linear form)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sympy import Abs, Basic, Expr, Heaviside, Max, Min, Piecewise, S, Symbol, sign
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Not, Or

from varprop.moments.pieces import SWITCHES, pieces, switch_argument
from varprop.moments.unrecognised import Unrecognised


def with_signs(f: Expr, variables: Sequence[Symbol]) -> Expr:
    """Return an expression equal to ``f`` almost everywhere whose only switches are signs.

    A part in one variable is cut into pieces; a switch that joins variables is rewritten by its own
    rule. Raises Unrecognised.
    """
    used = [symbol for symbol in variables if f.has_free(symbol)]
    if not used or not f.has(*SWITCHES):
        return f
    if len(used) == 1 and isinstance(f, (*SWITCHES, Piecewise)):
        return _one_variable(f, used[0])
    if isinstance(f, Piecewise):
        return with_signs(_folded(f), variables)
    inner = f.func(*(with_signs(argument, variables) for argument in f.args))
    return _joint(inner, variables)


def _one_variable(f: Expr, h: Symbol) -> Expr:
    parts = pieces(f, h)
    result = (parts[0].expr + parts[-1].expr) / 2
    for left, right in pairwise(parts):
        result += sign(h - left.high) * (right.expr - left.expr) / 2
    return result


def _joint(f: Expr, variables: Sequence[Symbol]) -> Expr:
    if not isinstance(f, SWITCHES) or isinstance(f, sign) or not f.has_free(*variables):
        return f
    x = switch_argument(f)
    if isinstance(f, Abs):
        return x * sign(x)
    if isinstance(f, Heaviside):
        return (1 + sign(x)) / 2
    if isinstance(f, (Max, Min)):
        first, second = f.args[:2]
        way = 1 if isinstance(f, Max) else -1
        pair = (first + second + way * x * sign(x)) / 2
        return pair if len(f.args) == 2 else _joint(f.func(pair, *f.args[2:]), variables)
    raise Unrecognised(f)


def _folded(f: Piecewise) -> Expr:
    """Write a Piecewise with step functions, from its last branch to its first."""
    result = S.NaN
    for value, condition in reversed(f.args):
        step = _step(condition)
        result = value if step == 1 else result + (value - result) * step
    return result


def _step(condition: Basic) -> Expr:
    """Return 1 where a condition holds and 0 where it does not, up to a null set."""
    if condition in (S.true, S.false):
        return S.One if condition == S.true else S.Zero
    if isinstance(condition, And):
        product = S.One
        for part in condition.args:
            product *= _step(part)
        return product
    if isinstance(condition, Or):
        return 1 - _step(And(*(Not(part) for part in condition.args)))
    if isinstance(condition, Relational) and condition.rel_op in (">", ">=", "<", "<="):
        x = condition.lhs - condition.rhs
        way = 1 if condition.rel_op in (">", ">=") else -1
        return (1 + way * sign(x)) / 2
    raise Unrecognised(condition)
