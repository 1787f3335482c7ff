"""The largest value of a window: the positions count as equally correlated Gaussians.

g(p) = √C·u + √(V − C)·n(p) with u in common; a non-decreasing φ commutes with the maximum, so that
the law of the largest g is kept and φ stays to be applied.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from sympy import Expr, Rational, simplify, sympify

from varprop.errors import BadInput
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.densities import standard_normal, values
from varprop.networks.gradient_places import near_of, placed
from varprop.networks.lags import NO_LAGS, Lag, Lags, shared_pairs
from varprop.networks.largest_laws import largest_of, overlap
from varprop.networks.layer import Forward, Setting
from varprop.networks.maxout_pairs import over_tokens
from varprop.networks.phases import Phases, pooled_phases
from varprop.networks.pool_gradients import before_maximum
from varprop.networks.pool_values import before_largest
from varprop.networks.shape import Shape
from varprop.networks.signal import Back, Gradient, Part, Signal
from varprop.networks.spatial import WHITE, Space, Window, relative, space_of
from varprop.networks.spatial_means import ALONE, in_common, pulled, pulled_share
from varprop.networks.spatial_moments import averaged
from varprop.networks.spatial_sums import everywhere
from varprop.networks.thinned_maxima import is_floor, largest_kept
from varprop.networks.unequal_maxima import alike_within, at_windows, reached, spread_by
from varprop.networks.units import collapsed, mixed, slopes
from varprop.propagation.feed import moments_of

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

EQUAL = (
    "max pooling: the positions of a window count as Gaussians that are equally correlated, or have the "
    "same first two moments of their largest as those that aren't. Within 2 % of sampled networks, "
    "4 % behind padded convolutions on maps of 8 positions a side and where the pool itself is padded; a "
    "padded 2 by 2 map pooled whole is 56 % above"
)
OTHER = (
    "max pooling of {words}, which isn't Gaussian: treated as N(mean, variance). Of four products E[x²] is "
    "17 % too small and the gradient 36 %, of sums of rectified terms 17 and 34 %, behind GroupNorm of "
    "rectified ones 35 %; of many bounded states (24 steps of tanh) E[x²] is 80 % too large and the gradient "
    "20 times"
)
STEADY = (
    "max pooling of {words}, which falls somewhere: no rule. Put the activation behind the pool."
)

LARGEST = (
    "max pooling: "
    + ALONE
    + ". What they share makes E[x²] of the largest of {count} smaller by a factor "
    "between 1 and {count}. With numbers it is followed"
)


def maximum(window: Window | None, shape: Shape, signal: Signal, setting: Setting) -> Forward:
    """Return the largest of each window, or of all tokens where there is no window."""
    setting.approximate(EQUAL)
    if window is not None:
        setting.assume(WHITE)
    count = _count(window, signal)
    before = _entering(signal, setting, count, tokens=window is None)
    largest_parts = [_largest(part, count, window, shape, signal, setting) for part in before]
    after = tuple(part for part, _ in largest_parts)
    shares = [part.share for part in after]
    found = [averaged(part, setting.arithmetic) for part in after]
    chances = mixed(shares, [chance for _, chance in largest_parts])
    spread = _spread(window, count, shape, signal, setting, chances)
    share = Rational(1, count) if window is None else pulled_share(window, shape, signal.shape, 0)
    back, correction = _back(spread, setting.arithmetic.value(share), setting, before, after)
    if window is not None and not setting.arithmetic.symbolic:
        places = window.places(signal.shape.space), window.places(shape.space)
        back = _alike_back(back, window, places, before, after, setting.arithmetic)
    out = Signal(
        shape,
        mixed(shares, [m.second for m in found]),
        mixed(shares, [m.mean for m in found]),
        mixed(shares, [m.cross for m in found]),
        None,
        after,
        signal.slope * correction,
        f"max({signal.words})",
        signal.reference,
    )
    return out, setting.mark(out, back, preactivation=False)


def _alike_back(
    back: Back,
    window: Window,
    places: tuple[tuple[int, ...], tuple[int, ...]],
    before: tuple[Part, ...],
    after: tuple[Part, ...],
    arithmetic: Arithmetic,
) -> Back:
    """Return the way back of windows whose gradients may be alike."""

    def through(gradient: Gradient) -> Gradient:
        more, near = before_maximum(near_of(gradient), window, *places, before, after, arithmetic)
        return placed(back(gradient).times(more), near)

    return through


def _count(window: Window | None, signal: Signal) -> int:
    if window is not None:
        return prod(window.kernel)
    tokens = signal.shape.tokens
    if tokens is None or not tokens.is_Integer:
        raise BadInput(f"a maximum over {tokens} tokens needs their number. Try {tokens} = 64.")
    return int(tokens)


def _entering(signal: Signal, setting: Setting, count: int, *, tokens: bool) -> tuple[Part, ...]:
    """Return the units' laws, each with the covariance of two positions as ``covariance``."""
    symbolic = setting.arithmetic.symbolic
    sentence = LARGEST.format(count=count)
    if signal.parts is None or any(
        (part.lost and (symbolic or not is_floor(part))) or (part.law and part.law.product)
        for part in signal.parts
    ):
        common = in_common(signal, setting, sentence, tokens=tokens)
        square = signal.mean * signal.mean
        setting.approximate(OTHER.format(words=signal.words))
        return (
            Part(1, signal.second - square, common - square, mean=signal.mean, space=signal.space),
        )
    in_common(signal, setting, sentence, tokens=tokens)
    return tuple(
        replace(part, covariance=part.between, between=part.covariance) if tokens else part
        for part in signal.parts
    )


def _largest(
    part: Part, count: int, window: Window | None, shape: Shape, signal: Signal, setting: Setting
) -> tuple[Part, Array | None]:
    """Return the law of the largest g, and who is it; φ, which must not fall, stays to be applied."""
    _refuse_falling(part.phi, signal.words)
    chances, apart = None, None if part.space is None else part.space.phases
    pairs = NO_LAGS if part.space is None or window is None else part.space.excess
    if window is not None and setting.borders and not setting.arithmetic.symbolic:
        part, chances = at_windows(part, window, count, shape, signal)
    elif apart is not None and window is not None and count > 1:
        whole = apart.over_window(window)
        inside = part.covariance * (whole * count - 1) / (count - 1)
        part = replace(part, covariance=inside, between=part.covariance)
    common = 0 if part.covariance is None else part.covariance
    alike = alike_within(window, pairs, count)
    shared = common + (part.variance - common) * alike
    if setting.arithmetic.symbolic:
        size = part.variance
        correlation = simplify(sympify(shared) / size)
        if not correlation.is_number:
            raise BadInput(
                f"a maximum over {count} positions with correlation {correlation}: no formula is known. "
                "Give numbers instead of symbols."
            )
        own = 1.0 - float(correlation)
        if window is not None and setting.borders and any(window.padding):
            held = window.gather(everywhere(signal.shape), window.places(shape.space))
            own *= float(reached(held, count).mean())
        mean, variance, law = largest_of(count, own, float(correlation))
    else:
        size = 1.0
        own, kept = float(part.variance - shared), float(part.dropped)
        mean, variance, law = largest_kept(count, own, float(shared), kept)
    whole = collapsed(variance * size) if setting.arithmetic.symbolic else variance
    everywhere_alike: Value = 0
    if pairs.rest != 0:
        everywhere_alike = pairs.rest * (part.variance - common) / (whole - common)
    found = Part(
        part.share,
        whole,
        part.covariance
        if window is not None and apart is None
        else over_tokens(part, count, setting.arithmetic),
        phi=part.phi,
        mean=part.mean + mean * setting.arithmetic.sqrt(size),
        lost=((part.dropped**count, part.lost[0][1]),) if part.lost else (),
        space=None
        if window is None
        else _space(part, apart, window, count, shape, setting, everywhere_alike),
        law=law,
    )
    return found, chances


def _refuse_falling(phi: Expr, words: str) -> None:
    from varprop.notation import h

    if (
        phi.free_symbols - {h}
        or values(moments_of(phi).derivative, standard_normal().points).min() < -1e-9
    ):
        raise BadInput(STEADY.format(words=words))


def _space(
    part: Part,
    apart: Phases | None,
    window: Window,
    count: int,
    shape: Shape,
    setting: Setting,
    rest: Value,
) -> Space | None:
    """Return the windows' profile, and the correlation of windows that share positions.

    ``rest`` is that of all windows, of what stands at every position.
    """
    out = window.places(shape.space)
    if prod(out) == 1:
        return None
    excess: dict[Lag, Value] = {}
    ranges = [
        range(-((k - 1) // s), (k - 1) // s + 1)
        for k, s in zip(window.kernel, window.stride, strict=True)
    ]
    for away in product(*ranges):
        step = tuple(a * s for a, s in zip(away, window.stride, strict=True))
        if any(away):
            excess[away] = setting.arithmetic.value(
                overlap(count, int(shared_pairs(window, step) * count))
            )
    lags = Lags({away: e + (1 - e) * rest for away, e in excess.items()}, rest)
    if setting.arithmetic.symbolic or part.space is None:
        return space_of(excess=lags, phases=pooled_phases(apart, window))
    return space_of(part.space.own, part.space.shared, lags, pooled_phases(apart, window))


def _spread(
    window: Window | None,
    count: int,
    shape: Shape,
    signal: Signal,
    setting: Setting,
    chances: Array | None,
) -> Back:
    """Return how a gradient reaches the positions: each gets its windows' by its chances."""
    if window is None:
        share = setting.arithmetic.value(1) / count
        return lambda gradient: gradient.scaled(share)
    alike = pulled(window, shape, signal, setting, 0)
    if chances is None:
        return alike
    into, out = window.places(signal.shape.space), window.places(shape.space)

    def by_chance(gradient: Gradient) -> Gradient:
        import numpy as np

        arriving = np.ones(out) if gradient.profile is None else gradient.profile.reshape(out)
        spread = spread_by(window, chances, arriving, into)
        found = gradient.scaled(float(spread.mean()))
        return replace(found, profile=relative(spread))

    return by_chance


def _back(
    spread: Back,
    share: Value,
    setting: Setting,
    before: tuple[Part, ...],
    after: tuple[Part, ...],
) -> tuple[Back, Value]:
    """Return the gradient's way back, and its factor: one position of each window gets it.

    The activation before the pool will multiply by its own E[φ'²]; at the largest g it is another.
    """
    arithmetic = setting.arithmetic
    shares = [part.share for part in after]
    top, usual = (
        mixed(shares, [slopes(part, arithmetic)[0] for part in parts]) for parts in (after, before)
    )
    factor = 0 if usual == 0 or usual is None or top is None else top / usual

    def back(gradient: Gradient) -> Gradient:
        found = spread(gradient)
        if arithmetic.symbolic:
            return replace(found, second=found.second * factor, cross=None)
        return before_largest(gradient, found, before, after, arithmetic)

    return back, share * factor
