"""``propagate --arch``: signal, gradient and two inputs through any network, row by row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from sympy import Expr

from varprop.answer.architecture_fold import Solving
from varprop.answer.initialiser import Initialiser, initialiser
from varprop.answer.inputs import InputMoments, Number, variance
from varprop.answer.propagate import SOLVED, Followed, Propagation
from varprop.answer.two_inputs import first_correlation
from varprop.errors import BadInput
from varprop.networks.arithmetic import Numeric
from varprop.networks.containers import Repeat
from varprop.networks.layer import Weight
from varprop.networks.network import InputLaw, Network, every, fold, single_input, through
from varprop.networks.recording import Given, Recording, Row, Scale, is_copy
from varprop.networks.signal import Signal
from varprop.propagation.depth import Level, gradient_trend, power, trend
from varprop.solving.conditions import CONDITIONS


def propagate_network(
    net: Network,
    init: str = SOLVED,
    *,
    bias_variance: Number | None = None,
    data: InputMoments | None = None,
    correlation: Number | None = None,
) -> Propagation:
    """Follow E[x²], the mean, the gradient and two inputs through every layer of a network.

    Parameters
    ----------
    init : an initialiser as text, or ``solved`` for each tensor's own forward condition.
    bias_variance : σ_b² of every bias; the initialiser's own (solved: 0) when left out.
    data, correlation : moments of the input, and E[x_a x_b]/E[x²] of two inputs.

    ``gradient`` is E[∂loss/∂x²] per unit, relative to the last weight layer's pre-activation, as is how
    alike those of two inputs are. Trends run from end to end along the stream, not into its branches;
    that of the gradient is its norm's, summed over units, between maps of one size: neither width nor
    pooling counts as depth. Raises BadInput while a symbol is left, for what no rule follows, and for
    more copies than can be listed.
    """
    _refuse_deep(net)
    law = _law(data, correlation)
    setting, used = _scaled(net, init, bias_variance, law)
    out, gradient = fold(net, setting, law)
    levels = tuple(_levels(setting.rows))
    points = _trunk(setting.rows)
    depth = len(points)
    notes = (*setting.approximations, *used)
    return Propagation(
        str(net),
        init,
        (),
        levels,
        trend([_log(float(row.second)) for row in points], depth),
        gradient_trend(_along(points), depth),
        notes,
        network=str(net),
        blocks=depth if points and not points[-1].preactivation else None,
        steps=depth,
        followed=_followed(net, setting, law, out, gradient),
    )


MOST_COPIES = 1_000_000
"""Copies of a block that are followed one by one."""


def _refuse_deep(net: Network) -> None:
    for layer in every(net.layer):
        if isinstance(layer, Repeat) and layer.count.is_Integer and layer.count > MOST_COPIES:
            raise BadInput(
                f"{layer.count} copies are too many to follow each: {MOST_COPIES:,} at most. Write fewer; "
                "varprop solve --arch takes any number."
            )


def _followed(
    net: Network, setting: Recording, law: InputLaw, out: Signal, gradient: float
) -> Followed:
    return Followed(
        net,
        tuple((float(v), float(bias)) for v, bias in setting.uses),
        law,
        out,
        float(gradient),
    )


INSIDE = frozenset(f"attention {role}" for role in ("query", "key", "value", "query, key, value"))
"""Rows beside the stream: an attention is one step of depth."""


def _trunk(rows: list[Row]) -> list[Row]:
    """Return points that lie one behind the other: where branches end, without them weight layers.

    What a branch holds lies beside the stream, and a layer behind the last norm on another scale.
    """
    around = {row.path[:k] for row in rows for k in range(1, len(row.path))}
    ends = [row for row in rows if row.path in around and all(map(is_copy, row.path[:-1]))]
    layers = [row for row in rows if row.preactivation and row.name not in INSIDE]
    return ends if len(ends) > 2 else layers


def _law(data: InputMoments | None, correlation: Number | None) -> InputLaw:
    second = 1 if data is None else data.second_moment
    mean = 0 if data is None else data.mean
    return InputLaw(second, mean, float(second) * first_correlation(correlation, data))


def _scaled(
    net: Network, init: str, bias_variance: Number | None, law: InputLaw
) -> tuple[Recording, tuple[str, ...]]:
    left = sorted(net.symbols())
    if left:
        raise BadInput(
            f"propagate needs numbers, but {', '.join(left)} is a symbol of the network. Write a number "
            f"for it, or ask varprop solve --arch, which keeps symbols."
        )
    bias = None if bias_variance is None else variance(bias_variance, "--bias-variance")
    if init == SOLVED:
        return Given(Numeric(), solved_scales(net, bias, law)), ()
    chosen = initialiser(init)
    if chosen.scheme.deterministic:
        raise BadInput(
            f"{chosen.text} is not drawn at random: the rules for iid zero-mean weights don't apply. "
            "It is followed for --act linear with --width and --depth only."
        )
    return Given(Numeric(), _drawn(chosen, bias)), ()


def solved_scales(net: Network, bias: Expr | None, law: InputLaw) -> list[Scale]:
    """Return Var(w) and σ_b² of every tensor in the order of use, under the forward condition."""
    from sympy import S

    setting = Solving(Numeric(), CONDITIONS["forward"], S.One, S.Zero if bias is None else bias)
    through(net, setting, single_input(law, net))
    return [(float(t.value), float(setting.bias_variance(t.weight))) for t in setting.used()]


def _drawn(chosen: Initialiser, bias: Expr | None) -> Callable[[Weight], Scale]:
    known: dict[tuple[Expr, Expr], Scale] = {}

    def scale(weight: Weight) -> Scale:
        key = (weight.fan_in, weight.fan_out)
        if key not in known:
            v, b = chosen.at(float(weight.fan_in), float(weight.fan_out))
            known[key] = (v, b if bias is None else float(bias))
        return known[key]

    return scale


def _whole(row: Row) -> float:
    """Return ln E|δ|², the gradient summed over all units of a point."""
    _, logarithm = row.gradient_size
    return -math.inf if row.gradient is None else logarithm + math.log(row.shape.count)


def _along(points: list[Row]) -> list[float]:
    """Return ln E|δ|² along the points, leaving out the steps between maps of different size.

    A mean over positions divides the gradient among them all, and they add up again in the weights.
    """
    found = [_whole(points[-1])] if points else []
    for row, after in zip(points[-2::-1], points[:0:-1], strict=True):
        step = 0.0
        if row.shape is after.shape or row.shape.positions == after.shape.positions:
            step = _whole(row) - _whole(after)
        lost = not math.isfinite(step)
        found.append(_whole(row) if lost else found[-1] + step)
    return found[::-1]


def _levels(rows: list[Row]) -> Iterator[Level]:
    """Yield one level per point, a weight layer together with the activation right behind it."""
    last = next((row for row in reversed(rows) if row.preactivation), None)
    index = 0
    skip = False
    names: Counter[str] = Counter()
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        if skip:
            skip = False
            continue
        joined = after if after is not None and _joins(row, after) else None
        level = _level(index, row, joined, last)
        names[level.name] += 1
        count = names[level.name]
        yield level if count == 1 else replace(level, name=f"{level.name} #{count}")
        skip = joined is not None
        index += 1


def _joins(row: Row, after: Row) -> bool:
    same = row.path[:-1] == after.path[:-1] and row.shape == after.shape
    return row.preactivation and after.elementwise and same


def _level(index: int, row: Row, after: Row | None, last: Row | None) -> Level:
    copy = next((name for name in reversed(row.path) if is_copy(name)), "")
    name = f"{copy} {row.name}".strip() + (f" >> {after.name}" if after is not None else "")
    end = row if after is None else after
    gradient, logarithm = _relative(row, last)
    known = row.cross is not None and row.second > 0 and math.isfinite(row.second)
    return Level(
        index,
        "input" if index == 0 else name,
        float(row.second) if row.preactivation else None,
        float(end.second),
        float(end.mean),
        gradient,
        logarithm,
        float(row.cross) / float(row.second) if known else None,  # type: ignore[arg-type]
        float(row.second) - float(row.cross) if known else None,  # type: ignore[arg-type]
        _alike_relative(row, last),
    )


def _relative(row: Row, last: Row | None) -> tuple[float, float]:
    """Return E[δ²] over that of the last weight layer, and its logarithm."""
    size, logarithm = row.gradient_size
    unit = 0.0 if last is None else last.gradient_size[1]
    if not unit or not math.isfinite(unit) or not math.isfinite(logarithm):
        return size, logarithm
    return power(logarithm - unit), logarithm - unit


def _alike_relative(row: Row, last: Row | None) -> float | None:
    """Return how alike gradients are where those of the last weight layer are taken for equal."""
    own, unit = _alike(row), None if last is None else _alike(last)
    return own if own is None or not unit else own / unit


def _alike(row: Row) -> float | None:
    """Return E[δδ̃]/E[δ²] of two inputs, None where it isn't followed or there is no gradient."""
    found = row.gradient
    if found is None or found.cross is None or row.cross is None or not float(found.second) > 0:
        return None
    return float(found.cross) / float(found.second)


def _log(value: float | None) -> float:
    if not value:
        return -math.inf
    return math.log(value) if math.isfinite(value) else math.inf
