"""Sums over windows of positions: forward and gradient with their profiles, border included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from sympy import Expr, S

from varprop.frozen import frozen
from varprop.networks.arithmetic import Value
from varprop.networks.dense import weighted
from varprop.networks.gradient_places import (
    Near,
    PlacedGradient,
    apart,
    near_of,
    near_of_two,
    placed,
)
from varprop.networks.lags import Lags
from varprop.networks.layer import Forward, Setting, Weight
from varprop.networks.phases import Phases
from varprop.networks.shape import Shape
from varprop.networks.signal import Back, Gradient, Signal
from varprop.networks.spatial import Space, relative, space_of
from varprop.networks.spatial_moments import profiles
from varprop.networks.spatial_pairs import in_phase, neighbours

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


FEW_CHANNELS = (
    "convolution of few channels, with gradients alike at all positions as behind a global average: which "
    "units are on depends on weights that the positions share. Behind relu E[δ²] before it is 22 % too small "
    "for 1 channel, 8 to 15 % for 3 and 2 % for 16"
)
FEW = 16
"""Channels up to which that is told."""

ALIKE = 0.1
"""How alike the gradients of two positions then are on average."""


@frozen
class Ways:
    """What a convolution does to a profile, relative to an interior unit: forwards and backwards.

    ``reach`` is the forward share averaged over outputs where the input is the same everywhere,
    ``ratio`` the same for the gradient. ``lags`` carries pairs of neighbours forwards, ``phases`` what far
    positions share, ``alike`` the likeness of gradients backwards.
    """

    forward: Callable[[Array], Array]
    backward: Callable[[Array], Array]
    reach: Expr
    ratio: Expr
    lags: Callable[[Lags], Lags]
    alike: Callable[[Near | None], Near | None]
    phases: Callable[[Phases | None], Phases | None]


def convolved(
    weight: Weight, shape: Shape, signal: Signal, setting: Setting, ways: Ways
) -> Forward:
    """Return a convolution with fresh weights and its way back.

    With numbers and borders followed, profiles over positions are exact; with formulas the border
    enters as its average.
    """
    excess = ways.lags(neighbours(signal, setting.arithmetic))
    apart = ways.phases(in_phase(signal, setting.arithmetic)[0])
    if setting.arithmetic.symbolic or not setting.borders:
        one = S.One
        reach, ratio = (ways.reach, ways.ratio) if setting.borders else (one, one)
        out, back = weighted(weight, shape, signal, setting, reach=reach, ratio=ratio)
        if not setting.arithmetic.symbolic:
            back = _alike_too(back, ways, weight, setting)
        bias = setting.bias_variance(weight)
        return with_space(
            out, space_of(excess=excess, phases=_biased(apart, out.cross, bias))
        ), back
    second, cross = _summed(signal, setting, ways)
    reach = float(second.mean()) / signal.second if signal.second else float(ways.reach)
    fed = signal
    if cross is not None and signal.cross:
        fed = replace(signal, cross=float(cross.mean()) / reach)
    out, back = weighted(weight, shape, fed, setting, reach=reach)
    bias = setting.bias_variance(weight)
    space = space_of(*_shares(out, second, cross, bias), excess, _biased(apart, out.cross, bias))

    def through(gradient: Gradient) -> Gradient:
        below = _pulled(gradient, back(gradient), shape, ways)
        _say_few(weight, gradient, setting)
        return _alike_below(below, gradient, ways)

    return with_space(out, space), through


def _biased(apart: Phases | None, common: Value | None, bias: Value) -> Phases | None:
    """Return the phases with a bias, which all positions have in common; ``common`` includes it."""
    if apart is None or common is None or common == 0:
        return None
    weighted = (common - bias) / common
    return apart.mapped(lambda u: 1 - (1 - u) * weighted)


def _alike_too(back: Back, ways: Ways, weight: Weight, setting: Setting) -> Back:
    """Return the way back that also tells how alike the positions' gradients are."""

    def through(gradient: Gradient) -> Gradient:
        _say_few(weight, gradient, setting)
        return _alike_below(back(gradient), gradient, ways)

    return through


def _alike_below(below: Gradient, gradient: Gradient, ways: Ways) -> Gradient:
    near, two = near_of(gradient), near_of_two(gradient)
    return placed(below, ways.alike(near), two=None if two is near else ways.alike(two))


def _say_few(weight: Weight, gradient: Gradient, setting: Setting) -> None:
    """Name what few channels do to gradients that an activation stands right above."""
    if not isinstance(gradient, PlacedGradient) or gradient.near is None or not gradient.bent:
        return
    few = weight.layout == "conv" and weight.dims[1] <= FEW and prod(weight.dims[2:]) > 1
    if few and apart(gradient.near) > ALIKE:
        setting.approximate(FEW_CHANNELS)


def with_space(signal: Signal, space: Space | None) -> Signal:
    """Return the signal with that difference between positions in each of its parts."""
    if signal.parts is None:
        return replace(signal, space=space)
    return replace(signal, parts=tuple(replace(part, space=space) for part in signal.parts))


def everywhere(shape: Shape) -> Array:
    """Return ones at every position."""
    import numpy as np

    return np.ones(tuple(int(n) for n in shape.space))


def _summed(signal: Signal, setting: Setting, ways: Ways) -> tuple[Array, Array | None]:
    """Return E[x²] and E[x x̃] summed over the terms of each output, over the terms inside."""
    found = profiles(signal, setting.arithmetic)
    ones = everywhere(signal.shape)
    if found is None:
        flat = ways.forward(ones)
        return flat * signal.second, None if signal.cross is None else flat * signal.cross
    second, cross = found
    return ways.forward(second * ones), None if cross is None else ways.forward(cross * ones)


def _shares(
    out: Signal, second: Array, cross: Array | None, bias: Value
) -> tuple[Array | None, Array | None]:
    """Return the profiles of V − C and of C; the bias is the same everywhere, and in C alone."""
    if cross is None or out.cross is None:
        mean = float(second.mean())
        rest = (out.second - bias) / mean if mean else 0.0
        return relative(second * rest + bias), None
    mean = float(cross.mean())
    rest = (out.cross - bias) / mean if mean else 0.0
    return relative(second - cross), relative(cross * rest + bias)


def _pulled(gradient: Gradient, inside: Gradient, shape: Shape, ways: Ways) -> Gradient:
    """Return the gradient at the input; ``inside`` is that of an interior unit."""
    arriving = everywhere(shape) if gradient.profile is None else gradient.profile
    spread = ways.backward(arriving)
    ratio = float(spread.mean())
    both = ratio
    if gradient.crossed is not None:
        both = float(ways.backward(gradient.crossed).mean())
    return Gradient(
        inside.second * ratio,
        None if inside.cross is None else inside.cross * both,
        relative(spread),
    )


def strided(excess: Lags, stride: tuple[int, ...]) -> Lags:
    """Return the pairs that are left when only every s-th position is kept."""
    kept = {
        tuple(d // s for d, s in zip(lag, stride, strict=True)): e
        for lag, e in excess.items()
        if all(d % s == 0 for d, s in zip(lag, stride, strict=True))
    }
    return Lags(kept, excess.rest)


def spread_out(excess: Lags, stride: tuple[int, ...]) -> Lags:
    """Return the pairs where positions are put s apart; what all have in common, on average."""
    moved = {tuple(d * s for d, s in zip(lag, stride, strict=True)): e for lag, e in excess.items()}
    return Lags(moved, excess.rest / prod(stride) if excess.rest != 0 else 0)
