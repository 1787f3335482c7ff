"""Moments behind pooling in a network with symbols, from the same network with numbers for them.

How much positions resemble each other depends on kernels and maps, not on how many channels there are:
two choices of numbers then give the same moments, and these stand in the formulas.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from sympy import Expr, Integer, Symbol

from varprop.answer.architecture_fold import Solving, Tensor, exact
from varprop.answer.architecture_places import uses_in_order
from varprop.answer.question import as_float
from varprop.errors import VarpropError
from varprop.networks.network import Network
from varprop.networks.spatial_means import ALONE
from varprop.networks.substitution import substituted
from varprop.notation import positive
from varprop.solving.conditions import Terms

MULTIPLE = 32
"""What numbers of channels are multiples of, so that groups fit."""

MOST_USES = 10_000
"""Uses of tensors that are compared."""

SAME = 1e-9
"""Relative difference up to which moments count as equal."""

FOLLOWED = (
    "positions in pooling are followed with numbers: what they have in common doesn't depend on the "
    "numbers of channels, which two choices of them confirmed"
)
READ = ("second_moment", "derivative_second_moment", "q")
"""Terms that a signal gives."""

Values = dict[Expr, Expr]


def with_positions(
    net: Network,
    setting: Solving,
    follow: Callable[[Network], Solving],
    holds: Callable[[Solving], bool],
) -> None:
    """Put moments with positions into a setting that took positions for independent.

    Tensors stay as they are where the moments depend on the symbols, or can't be followed, and where
    what fixed an open factor no longer ``holds``.
    """
    alone = [sentence for sentence in setting.approximations if ALONE in sentence]
    if not alone:
        return
    symbols = [positive(name) for name in sorted(net.symbols())]
    choices = _choices(symbols)
    try:
        followed = [follow(substituted(net, dict(at))) for at in choices]
    except VarpropError:
        return
    first, second = (_uses(one) for one in followed)
    formulas = _uses(setting)
    if len(formulas) == MOST_USES:
        return
    if len(formulas) != len(first) or not _alike(first, second) or not all(map(holds, followed)):
        return
    twins: dict[Tensor, list[Tensor]] = {}
    for tensor, twin in zip(formulas, first, strict=True):
        twins.setdefault(tensor, []).append(twin)
    if not all(_alike(each[:1] * len(each), each) for each in twins.values()):
        return
    for tensor, each in twins.items():
        _put(tensor, each[0], choices[0])
    for sentence in alone:
        del setting.approximations[sentence]
    setting.assume(FOLLOWED)


def _uses(setting: Solving) -> list[Tensor]:
    """Return the tensor of every use in order, copies written out."""
    return [tensor for tensor, _ in islice(uses_in_order(setting.uses), MOST_USES)]


def _choices(symbols: list[Symbol]) -> tuple[Values, Values]:
    """Return two numbers for each symbol, whose ratios to one another differ, too."""
    ways = (enumerate(symbols, start=2), enumerate(reversed(symbols), start=5))
    first, second = ({one: Integer(MULTIPLE * k) for k, one in way} for way in ways)
    return first, second


def _alike(first: list[Tensor], second: list[Tensor]) -> bool:
    return len(first) == len(second) and all(
        math.isclose(getattr(a.terms, name), getattr(b.terms, name), rel_tol=SAME)
        for a, b in zip(first, second, strict=True)
        for name in READ
    )


def _put(tensor: Tensor, twin: Tensor, values: Values) -> None:
    """Take over the terms that differ from the formulas at these values."""
    changed = {}
    for name in READ:
        formula, number = exact(getattr(tensor.terms, name)), getattr(twin.terms, name)
        known = as_float(formula.subs(values))
        if known is None or not math.isclose(known, number, rel_tol=SAME):
            changed[name] = number
    if not changed:
        return
    tensor.terms = replace(tensor.terms, **changed)
    named = Terms(**{name: exact(value) for name, value in vars(tensor.terms).items()})
    tensor.value = tensor.condition.solve(named) * tensor.weight.scale**2
