"""The rule of a recurrent layer: its tensors' scales, then every step, then the way back."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sympy import Float, simplify, sympify

from varprop.errors import BadInput, Undecided
from varprop.networks.arithmetic import Value
from varprop.networks.dense import FRESH, WIDE
from varprop.networks.layer import Forward, Setting, Weight
from varprop.networks.recurrent_cell import Cell, Drive, between
from varprop.networks.recurrent_cells import CELLS
from varprop.networks.recurrent_gates import ORDER
from varprop.networks.recurrent_points import count
from varprop.networks.recurrent_steps import arrived, arriving, stepped, stepped_gradient
from varprop.networks.signal import Back, Gradient, Signal
from varprop.networks.spatial_moments import profile_of

if TYPE_CHECKING:
    from varprop.networks.recurrent import Recurrent
    from varprop.networks.shape import Shape

POINTS = (
    "{name}: the paths of a wide layer's unit at {count} fixed points, the gates' memory of earlier "
    "steps included. {measured}"
)
SHORT = (
    "Within 3 % of sampled networks of width 256 over 4 to 24 steps, 7 % behind an average over the "
    "steps, in one layer and in two; gradients 7 %, but up to a quarter from fan_in·Var(w) = 20 on, where "
    "finite layers differ from wide ones"
)
LONGER = (
    "Over 64 steps within 3 % of sampled networks of width 1024, gradients 7 %; at width 256 it is 11 % "
    "behind an average over the steps, and a quarter for an LSTM's gradients"
)
LONGEST = (
    "Measured up to 64 steps only: 3 % at width 1024, gradients 7 %; with fewer points for each of "
    "{steps} steps expect {more:.2g} times that"
)
SERIES = (
    "{name}: products of two steps by {order} terms of their Hermite series. Within 2 % of sampled "
    "networks of width 256 over 4 to 64 steps, gradients 3 %"
)
SIZED = (
    "{name}: half of a gate's variance {size:.4g} comes from the input, half from the state, once {steps} "
    "steps have settled it at E[h²] = {second:.4g}; at the first steps, from h_0 = 0, it is less"
)

SETTLED, LATE = 32, 8
"""Steps that a state is given to settle, and how many of the last its variance is averaged over."""

ROUNDS = 40
CLOSE = 1e-4


def followed(layer: Recurrent, signal: Signal, setting: Setting) -> Forward:
    """Return the hidden states of all steps and the gradient's way back through time.

    Widths may be symbols: they cancel in fan_in·Var(w). Raises BadInput where another symbol is left.
    """
    shape = layer.output(signal.shape)
    steps = _steps(layer, shape)
    second, mean, cross = _numbers(layer, signal)
    if not math.isfinite(second):
        raise Undecided(f"{layer}: the second moment of what arrives is beyond double range.")
    drives = _drives(layer, signal, setting)
    if not all(math.isfinite(d.into * second + d.back) for d in drives):
        raise Undecided(f"{layer}: the pre-activation's variance is beyond double range.")
    own, two = arrived(signal, steps, second, mean, cross)
    cell = CELLS[type(layer)](layer, drives, own, two)
    for sentence in (FRESH, WIDE):
        setting.assume(sentence)
    setting.approximate(_stated(layer, steps))
    driven = float(cell.variance.mean())
    row = Signal(shape, driven, 0.0, None, None, None, 1, "h", driven)
    setting.enter("gates")
    into = setting.mark(row, lambda gradient: gradient, preactivation=True)
    setting.leave()

    widening = setting.arithmetic.value(layer.hidden / signal.shape.features)

    def back(gradient: Gradient) -> Gradient:
        if setting.arithmetic.symbolic:
            alone = _pulled(cell, Gradient(1.0), into, 1.0)
            return Gradient(gradient.second * widening * Float(alone.second))
        return _pulled(cell, gradient, into, float(widening))

    out = _leaving(cell, replace(row, words=f"{type(layer).__name__}'s state"))
    if setting.arithmetic.symbolic:
        out = _written(out)
    return out, setting.mark(out, back, preactivation=False)


def _stated(layer: Recurrent, steps: int) -> str:
    """Return how the layer is followed, and how far that was from sampled networks."""
    name, used = type(layer).__name__, count(steps)
    if len(layer.gates) == 1:
        return SERIES.format(name=name, order=ORDER)
    said = SHORT if steps <= 24 else LONGER if steps <= 64 else LONGEST
    measured = said.format(steps=steps, more=(count(64) / used) ** 0.5 * (steps / 64) ** 0.5)
    return POINTS.format(name=name, count=used, measured=measured)


def _written(signal: Signal) -> Signal:
    """Return the signal with its numbers as SymPy ones, for formulas that go on from here."""
    names = ("second", "mean", "cross", "between", "slope", "reference")
    kept: dict[str, Any] = {
        name: None if getattr(signal, name) is None else Float(getattr(signal, name), 17)
        for name in names
    }
    return replace(signal, **kept, space=None)


def _number(value: Value, what: str, layer: Recurrent) -> float:
    """Return a value as a float; raises BadInput while a symbol is in it."""
    found = simplify(sympify(value))
    if not found.is_number:
        raise BadInput(
            f"{layer}: {what} is {found}, and gates have no closed form in it. Widths may stay symbols "
            "under the forward condition; write numbers for the rest."
        )
    return float(found)


def _steps(layer: Recurrent, shape: Shape) -> int:
    tokens = shape.tokens
    if tokens is None or not tokens.is_Integer:
        raise BadInput(
            f"{layer} is followed step by step: {tokens} tokens have no closed form. Write their number."
        )
    return int(tokens)


def _numbers(layer: Recurrent, signal: Signal) -> tuple[float, float, float | None]:
    """Return E[x²], E[x] and, where two inputs are followed, E[x x̃]."""
    second = _number(signal.second, "E[x²]", layer)
    mean = _number(signal.mean, "the mean that arrives", layer)
    return second, mean, None if signal.cross is None else _number(signal.cross, "E[x x̃]", layer)


def _leaving(cell: Cell, row: Signal) -> Signal:

    seconds = cell.state.diagonal()
    crossed = None if cell.two is None else cell.crossed.diagonal()
    alone = float(cell.mean[0] ** 2)
    out = replace(
        row,
        second=float(seconds.mean()),
        mean=float(cell.mean.mean()),
        cross=None if crossed is None else float(crossed.mean()),
        between=alone if cell.steps == 1 else between(cell.state),
        slope=_opened(cell),
        space=profile_of(seconds, crossed),
    )
    return stepped(out, cell.state, None if cell.two is None else cell.crossed)


def _opened(cell: Cell) -> float:
    """Return the factor of E[δ²] back through the cell, infinite where it leaves double range."""
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        factor = float(cell.pull(np.eye(cell.steps)).second.mean())
    return math.inf if math.isnan(factor) else factor


def _pulled(cell: Cell, gradient: Gradient, into: Back, widening: float) -> Gradient:
    """Return E[δ²] at the input of every step; ``widening`` is hidden over input features."""
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        pulled = cell.pull(arriving(gradient, cell.steps))
    into(Gradient(float(pulled.second.mean())))
    return stepped_gradient(widening * pulled.below(cell.drives))


def _drives(layer: Recurrent, signal: Signal, setting: Setting) -> list[Drive]:
    """Ask for every tensor's variance: input weights first, each for half of a gate's variance."""
    weights = layer.weights(signal.shape)
    half = len(weights) // 2
    fed = replace(signal, second=2 * signal.second, parts=None)
    into: list[tuple[float, float]] = []
    for weight in weights[:half]:
        v = _driving(weight, setting.variance(weight, fed), layer)
        into.append((v, _number(setting.bias_variance(weight), "σ_b²", layer)))
    size = sum(v * 2 * float(signal.second) + b for v, b in into) / half
    bias = sum(b for _, b in into) / half
    held = replace(_state(layer, signal, size), reference=size - bias)
    if setting.arithmetic.symbolic:
        held = _written(held)
    back = [_driving(w, setting.variance(w, held), layer) for w in weights[half:]]
    _say_sized(layer, setting, (size, bias), back, float(held.second))
    gates = len(layer.gates) // half
    found = (Drive(v, u, b) for (v, b), u in zip(into, back, strict=True))
    return [drive for drive in found for _ in range(gates)]


def _say_sized(
    layer: Recurrent,
    setting: Setting,
    sizes: tuple[float, float],
    back: list[float],
    twice: float,
) -> None:
    """Say at which state the recurrent weights give half of the gates' variance, where they do."""
    size, bias = sizes
    if not all(math.isclose(v * twice, size - bias, rel_tol=1e-6) for v in back):
        return
    name = type(layer).__name__
    setting.assume(SIZED.format(name=name, size=size, steps=SETTLED, second=twice / 2))


def _driving(weight: Weight, variance: Value, layer: Recurrent) -> float:
    return _number(weight.fan_in * variance, f"fan_in·Var(w) of {weight.role}", layer)


def _state(layer: Recurrent, signal: Signal, size: float) -> Signal:
    """Return the state at which it gives half of the gates' variance ``size``, as one twice as large."""
    second, slope = _settled(layer, size)
    shape, words = layer.output(signal.shape), f"its settled state, E[h²] = {second:.4g}"
    return Signal(shape, 2 * second, 0.0, None, None, None, slope, words, size)


@lru_cache(maxsize=64)
def _settled(layer: Recurrent, size: float) -> tuple[float, float]:
    """Return E[h²] of the settled state and the factor of E[δ²] back through it.

    The state depends on its own weights, which make it alike from step to step. What it gives grows at
    least like fan_in·Var(w), so that secants of the logarithms find it without a bracket.
    """
    import numpy as np

    def at(back: float) -> Cell:
        drives = [Drive(1.0, back, 0.0)] * len(layer.gates)
        return CELLS[type(layer)](layer, drives, np.eye(SETTLED) * (size / 2))

    cell = at(0.0)
    second = float(cell.state.diagonal()[-LATE:].mean())
    log, steepness, before = 0.0, 2.0, None
    if 0 < second < math.inf and size > 0:
        log = math.log(size / 2 / second)
        for _ in range(ROUNDS):
            cell = at(math.exp(log))
            second = float(cell.state.diagonal()[-LATE:].mean())
            if not 0 < second < math.inf:
                break
            off = log + math.log(2 * second / size)
            if before is not None and before[0] != log:
                steepness = max(1.0, (off - before[1]) / (log - before[0]))
            if abs(off) < CLOSE:
                break
            before, log = (log, off), log - off / steepness
    return second, _opened(cell)
