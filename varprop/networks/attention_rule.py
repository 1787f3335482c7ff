"""The rule of self-attention: rows for query, key, value, logits and projection, and the way back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Dummy, Expr, S, Sum, exp, harmonic, simplify

from varprop.errors import Undecided
from varprop.networks.arithmetic import Value
from varprop.networks.attention_back import Returning
from varprop.networks.attention_core import Core, Moved
from varprop.networks.attention_words import (
    APART,
    CAUSAL,
    FEW,
    FORMULA,
    LOGITS,
    REPEATED,
    STACKED,
    UNEVEN,
)
from varprop.networks.dense import weighted
from varprop.networks.gradient_places import total
from varprop.networks.layer import Forward, Setting, Weight
from varprop.networks.shape import Shape
from varprop.networks.signal import Back, Gradient, Signal, times
from varprop.networks.softmax import Averaging, averaging
from varprop.networks.token_pairs import far_of, overlap_of, pairs_kept, relative_pairs

if TYPE_CHECKING:
    from varprop.networks.attention import SelfAttention

SMALL_VOCABULARY = 8
"""Overlap of two tokens, in units of that of independent features, from which it is spoken of."""


def attended(layer: SelfAttention, signal: Signal, setting: Setting) -> Forward:
    """Return what attention makes of a signal, and the gradient's way back."""
    shape = signal.shape
    layer.output(shape)
    (queries, keys, values), back_in = _into(layer, _followed(signal, setting), setting)
    spread = queries.second * keys.own
    overlap, length = _overlap(signal, setting)
    shares = _shares(layer, shape, spread, (overlap, length), setting)
    setting.assume(LOGITS)
    to = setting.arithmetic.value
    heads = to(layer.head(shape)), to(_group(layer))
    two = _overlap_of_two(signal, overlap, setting)
    core = Core(queries, keys, values, shares, *heads, overlap, length, two)
    back_logits = _logits(layer, shape, core, setting)
    mixed = core.mixed(shape.with_features(layer.width(shape)))
    if not setting.arithmetic.symbolic:
        beyond = overlap + 1 / (to(shape.tokens) * to(layer.heads))
        pairs = relative_pairs(
            mixed,
            overlap=beyond,
            far=core.far(),
            two=core.overlap_two / to(layer.heads),
            uneven=True,
        )
        mixed = replace(mixed, pairs=pairs)
    out, back_out = (mixed, _same) if not layer.out else _projected(layer, mixed, shape, setting)

    def through(gradient: Gradient) -> Gradient:
        arriving = back_out(gradient)
        back_logits(core.at_logits(arriving, to(shape.tokens)))
        return back_in(Returning(core, to(shape.tokens)).gradients(arriving))

    return out, through


def _same(gradient: Gradient) -> Gradient:
    return gradient


def _group(layer: SelfAttention) -> Expr:
    return S.One if layer.kv_heads is None else layer.heads / layer.kv_heads


def _projected(layer: SelfAttention, mixed: Signal, shape: Shape, setting: Setting) -> Forward:
    return _named("projection", layer.weights(shape)[-1], shape, mixed, setting)


def _named(role: str, weight: Weight, shape: Shape, signal: Signal, setting: Setting) -> Forward:
    setting.enter(f"attention {role}")
    found = weighted(weight, shape, signal, setting)
    setting.leave()
    return found


Three = tuple[Gradient, Gradient, Gradient]


def _into(
    layer: SelfAttention, signal: Signal, setting: Setting
) -> tuple[tuple[Moved, Moved, Moved], Callable[[Three], Gradient]]:
    """Return queries, keys and values, and the way back from the gradients at each."""
    shape = signal.shape
    passed = [
        _named(role, weight, shape.with_features(weight.fan_out), signal, setting)
        for role, weight in layer.tensors(shape).items()
        if role != "projection"
    ]
    moved = [_moved(out, signal, setting) for out, _ in passed]
    if not layer.packed:
        return (moved[0], moved[1], moved[2]), lambda three: _joined(passed, three)
    to = setting.arithmetic.value
    wide, narrow = to(layer.width(shape)), to(layer.keyed(shape))

    def together(three: Three) -> Gradient:
        q, k, v = three
        whole = wide + 2 * narrow
        each = [q.scaled(wide / whole), k.scaled(narrow / whole), v.scaled(narrow / whole)]
        return passed[0][1](total(each))

    return (moved[0], moved[0], moved[0]), together


def _joined(passed: list[Forward], three: Three) -> Gradient:
    return total([back(one) for (_, back), one in zip(passed, three, strict=True)])


def _followed(signal: Signal, setting: Setting) -> Signal:
    """Return the signal with E[x_s x_t] filled in where it isn't followed."""
    if signal.between is not None:
        return signal
    setting.approximate(APART)
    return replace(signal, between=signal.mean * signal.mean)


def _beyond(signal: Signal, setting: Setting) -> Value | None:
    """Return E[x_s x̃_s] − E[x_s x̃_t] of two inputs.

    With formulas, different tokens of two inputs are as alike as different tokens of one, but never
    more than the same token of both.
    """
    if signal.cross is None:
        return None
    gap = signal.cross - far_of(signal, setting.arithmetic)
    if not setting.arithmetic.symbolic:
        return max(gap, 0.0)
    gap = simplify(gap)
    if gap.is_nonnegative:
        return gap
    return 0 * gap if gap.is_nonpositive else None


def _moved(out: Signal, signal: Signal, setting: Setting) -> Moved:
    """Return the moments behind one tensor, which keeps the proportions of what tokens share."""
    beyond, own = _beyond(signal, setting), signal.second - signal.between
    if beyond is not None and beyond != 0:
        beyond = 0 * own if own == 0 else (out.second - out.between) * beyond / own
    far = far_of(out, setting.arithmetic)
    return Moved(out.second, out.cross, out.between, beyond, far)


def _overlap(signal: Signal, setting: Setting) -> tuple[Value, Value]:
    """Return the mean square overlap of two tokens, and half the relative variance of |x|².

    Both are 0 with formulas, as for very many features.
    """
    if setting.arithmetic.symbolic:
        setting.approximate(FEW)
        return 0, 0
    found = 1 / setting.arithmetic.value(signal.shape.features)
    found = found + overlap_of(signal, setting.arithmetic)
    if found * setting.arithmetic.value(signal.shape.features) > SMALL_VOCABULARY:
        setting.approximate(REPEATED)
    return found, 0.0 if signal.pairs.level else found


def _overlap_of_two(signal: Signal, overlap: Value, setting: Setting) -> Value:
    """Return the mean square overlap of tokens of two inputs."""
    if pairs_kept(signal).uneven:
        setting.approximate(UNEVEN)
    if pairs_kept(signal).alone and signal.cross is not None:
        setting.approximate(STACKED)
    to = setting.arithmetic
    return overlap - overlap_of(signal, to) + overlap_of(signal, to, two=True)


def _shares(
    layer: SelfAttention, shape: Shape, spread: Value, few: tuple[Value, Value], setting: Setting
) -> Averaging:
    """Return how the softmax averages, integrated with numbers and as a formula with symbols."""
    if layer.causal:
        setting.approximate(CAUSAL)
    if setting.arithmetic.symbolic:
        setting.approximate(FORMULA)
        return _formula(shape.tokens, spread, layer.causal)
    if not math.isfinite(spread):
        raise Undecided(f"{layer}: the variance of the logits is beyond double range.")
    to = setting.arithmetic.value
    tokens, head, (overlap, length) = int(to(shape.tokens)), to(layer.head(shape)), few
    query = 1 / head + length
    level = overlap if length == 0 else 0.0
    found = averaging(tokens, float(spread), 1 / (query + overlap), layer.causal, level)
    return found.keyed_by(query / (query + overlap))


def _formula(tokens: Expr, spread: Expr, causal: bool) -> Averaging:
    def sharpness(count: Expr) -> Expr:
        return 1 / (1 + (count - 1) * exp(-spread))

    if not causal:
        s = sharpness(tokens)
        return Averaging(s, s * (1 - s), s * (1 - s), 1 / tokens, 1 / tokens, spread)
    t = Dummy("t", integer=True, positive=True)
    s = Sum(sharpness(t), (t, 1, tokens)) / tokens
    passed = Sum(sharpness(t) * (1 - sharpness(t)), (t, 1, tokens)) / tokens
    apart = S.One if tokens == 1 else 2 * (tokens - harmonic(tokens)) / (tokens * (tokens - 1))
    return Averaging(s, passed, passed, apart, harmonic(tokens) / tokens, spread)


def _logits(layer: SelfAttention, shape: Shape, core: Core, setting: Setting) -> Back:
    """Keep a row for q·k/√d_head: its variance, and what two keys of one query share of it."""
    q, k = core.queries, core.keys
    each = Shape(shape.tokens * layer.heads, (), shape.tokens)
    second = q.second * k.second
    between = q.second * k.between
    signal = Signal(
        each, second, 0 * second, times(q.cross, k.cross), between, None, 1, "logits", second
    )
    setting.enter("attention logits")
    back = setting.mark(signal, _same, preactivation=False)
    setting.leave()
    return back
