"""The mean over a window: its second moment needs the covariance between positions.

E[x̄²] = C + (E[x²] − C)·(1 + Σ_d n(d)·excess(d)/k)/k with C = E[x x̃], k positions and n(d) pairs of
them at lag d: what positions have in common stays, the rest averages out.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from sympy import Integer, Rational

from varprop.networks.arithmetic import Value
from varprop.networks.gradient_places import near_of, near_of_two, placed
from varprop.networks.lags import NO_LAGS, Lag, Lags, shared_pairs
from varprop.networks.layer import Forward, Setting
from varprop.networks.phases import Phases, pairs_in_phase, pooled_phases
from varprop.networks.pool_gradients import before_mean, overlapping
from varprop.networks.shape import Shape
from varprop.networks.signal import Back, Gradient, Part, Signal
from varprop.networks.spatial import WHITE, Space, Window, relative, space_of
from varprop.networks.spatial_moments import means, profiles, varying
from varprop.networks.spatial_pairs import in_phase, neighbours
from varprop.networks.spatial_sums import everywhere
from varprop.networks.token_pairs import far_of

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

ALONE = "E[x x̃] isn't followed with these symbols, so that positions count as independent"
AVERAGED = (
    "average pooling: "
    + ALONE
    + " given the mean. What they share makes E[x²] of {count} of them larger by "
    "a factor between 1 and {count} (over whole maps behind convolutions by tens), and the scale behind it "
    "smaller by it. With numbers it is followed"
)
PADDED = (
    "average pooling behind padding: positions at opposite borders count as if they shared all the terms "
    "of the poorer one. E[x²] within 3 % on maps of 8 positions a side, 12 % on maps as small as the kernel, "
    "20 to 35 % too small for a mean of padded means; gradients 14 %"
)
OVERLAP = (
    "pooling windows that overlap, with formulas: their gradients count as independent, within 2 % behind "
    "a Flatten or a Dense layer, as little as a fifth of them where a global average hands all positions "
    "one gradient. With numbers they are followed"
)


def mean(window: Window | None, shape: Shape, signal: Signal, setting: Setting) -> Forward:
    """Return the mean over each window, or over all tokens where there is no window."""
    count = signal.shape.tokens if window is None else prod(window.kernel)
    common = in_common(signal, setting, AVERAGED.format(count=count), tokens=window is None)
    if window is None:
        return _over_tokens(shape, signal, setting, common)
    setting.assume(WHITE)
    pairs = neighbours(signal, setting.arithmetic)
    inner = 1 + pairs.within(window)
    excess = _between_windows(window, shape, pairs, inner)
    own, shared = _average_reach(window, shape, signal.shape, setting)
    apart, beyond = in_phase(signal, setting.arithmetic)
    kept = None if prod(window.places(shape.space)) == 1 else pooled_phases(apart, window)
    if setting.arithmetic.symbolic or not setting.borders:
        spread = (signal.second - common) * inner * own
        shared = shared * (1 if apart is None else apart.over_window(window))
        space = space_of(excess=excess, phases=kept)
    else:
        if varying(signal.parts or ()):
            setting.approximate(PADDED)
        one, other = _filled(window, shape, signal, setting, common, beyond)
        one = one * float(inner)
        spread, shared = float(one.mean()), float(other.mean()) / common if common else 0.0
        space = space_of(relative(one), relative(other), excess, kept)
    common = common * shared
    filled = own * prod(window.kernel)
    share = setting.arithmetic.value(pulled_share(window, shape, signal.shape, 1))
    if setting.borders and signal.mean and not setting.arithmetic.symbolic:
        filled = _mean_share(window, shape, signal, setting, filled)
    out = averaged_signal(shape, signal, common + spread, common, share, space, filled)
    spread_back = pulled(window, shape, signal, setting, 1)
    into, places = window.places(signal.shape.space), window.places(shape.space)

    def back(gradient: Gradient) -> Gradient:
        below = spread_back(gradient)
        if setting.arithmetic.symbolic:
            return below
        both = near_of(gradient), near_of_two(gradient)
        more, near = before_mean(both[0], window, into, places)
        if both[1] is both[0]:
            return placed(below.scaled(more), near)
        more_of_two, two = before_mean(both[1], window, into, places)
        return placed(below.scaled(more, more_of_two), near, two=two)

    return out, setting.mark(out, back, preactivation=False)


def in_common(signal: Signal, setting: Setting, sentence: str, *, tokens: bool) -> Value:
    """Return E[x(p)x(p')] of two positions far apart: E of two tokens, or that of two inputs.

    Where neither is followed, ``sentence`` says so.
    """
    found = signal.between if tokens else signal.cross
    if found is None:
        setting.approximate(sentence)
        return signal.mean * signal.mean
    return found


def averaged_signal(
    shape: Shape,
    signal: Signal,
    second: Value,
    common: Value,
    share: Value,
    space: Space | None = None,
    filled: Value = 1,
) -> Signal:
    """Return the signal of means; Gaussian where a single Gaussian was averaged.

    ``share`` is what a position gets of E[δ²], ``filled`` the windows' mean over that of all positions, less
    than 1 for the share of them that is padding.
    """
    parts = None
    if signal.is_gaussian and signal.parts is not None and len(signal.parts) == 1:
        parts = (Part(signal.parts[0].share, second, common, space=space),)
    return Signal(
        shape,
        second,
        signal.mean * filled,
        None if signal.cross is None else common,
        None,
        parts,
        signal.slope * share,
        f"mean({signal.words})",
        signal.reference,
        space,
    )


def _over_tokens(shape: Shape, signal: Signal, setting: Setting, common: Value) -> Forward:
    tokens = setting.arithmetic.value(signal.shape.tokens)
    second = common + (signal.second - common) / tokens
    share = 1 / (tokens * tokens)
    out = averaged_signal(shape, signal, second, common, share)
    if signal.cross is not None:
        far = signal.cross
        if not setting.arithmetic.symbolic:
            apart = far_of(signal, setting.arithmetic)
            far = min(common if apart is None else apart, signal.cross)
        elif signal.between is None:
            far = common
        out = replace(out, cross=far + (signal.cross - far) / tokens)
        if out.parts is not None:
            out = replace(out, parts=tuple(replace(p, covariance=out.cross) for p in out.parts))

    def back(gradient: Gradient) -> Gradient:
        below = gradient.scaled(share)
        return below if setting.arithmetic.symbolic else placed(below, 1.0)

    return out, setting.mark(out, back, preactivation=False)


def _average_reach(
    window: Window, shape: Shape, before: Shape, setting: Setting
) -> tuple[Value, Value]:
    """Return the averages of n/k² and (n/k)² where n of k positions aren't padding."""
    count = prod(window.kernel)
    to = setting.arithmetic.value
    if not setting.borders or not any(window.padding):
        return to(Rational(1, count)), to(Integer(1))
    held = window.gather(everywhere(before), window.places(shape.space))
    n, square = int(held.sum().round()), int((held * held).sum().round())
    return to(Rational(n, held.size * count**2)), to(Rational(square, held.size * count**2))


def _filled(
    window: Window,
    shape: Shape,
    signal: Signal,
    setting: Setting,
    common: Value,
    apart: Phases | None,
) -> tuple[Array, Array]:
    """Return, for each window, its own share of the second moment and what it has in common.

    Two positions share E[x(p)]·E[x(p')], and of what lies beyond that the smaller of the two, or less
    of it where they differ in phase: ``apart``.
    """
    import numpy as np

    out, count = window.places(shape.space), prod(window.kernel)
    ones = everywhere(signal.shape)
    found = profiles(signal, setting.arithmetic)
    second, cross = (signal.second, common) if found is None else found
    shared = np.maximum(common if cross is None else cross, 0.0) * ones
    own = window.gather((second - shared) * ones, out) / count**2
    mean = means(signal, setting.arithmetic)
    flat = 0.0 * ones if mean is None else mean * ones
    left = np.maximum(shared - flat * flat, 0.0)
    beyond = window.pairs(left, out) if apart is None else pairs_in_phase(window, left, out, apart)
    products = window.gather(flat, out) ** 2 - window.gather(flat * flat, out)
    return own, (window.gather(shared, out) + beyond + products) / count**2


def _mean_share(
    window: Window, shape: Shape, signal: Signal, setting: Setting, filled: Value
) -> Value:
    """Return E[x] over all windows over that at all positions; ``filled`` where positions are alike.

    Windows that overlap look at the inside more often than at the border.
    """
    level = means(signal, setting.arithmetic)
    if level is None:
        return filled
    held = window.gather(level, window.places(shape.space))
    return float(held.mean()) / prod(window.kernel) / float(level.mean())


def _between_windows(window: Window, shape: Shape, pairs: Lags, inner: Value) -> Lags:
    """Return the excess of two windows' means: pairs of positions that coincide or resemble."""
    if prod(window.places(shape.space)) == 1:
        return NO_LAGS
    rest = pairs.rest * prod(window.kernel) / inner
    found: dict[Lag, Value] = {}
    zero = (0,) * len(window.kernel)
    for lag, e in {zero: Integer(1), **pairs}.items():
        for away in product(*(_away(window, axis, d) for axis, d in enumerate(lag))):
            step = tuple(d - s * a for d, s, a in zip(lag, window.stride, away, strict=True))
            if away != zero:
                met = shared_pairs(window, step) / inner
                found[away] = found.get(away, rest) + (e - pairs.rest) * met
    return Lags(found, rest)


def _away(window: Window, axis: int, lag: int) -> range:
    """Return the windows' distances along one direction at which the lag occurs."""
    k, s = window.kernel[axis], window.stride[axis]
    return range(-((k - 1 - lag) // s), (k - 1 + lag) // s + 1)


def pulled_share(window: Window, shape: Shape, before: Shape, power: int) -> Rational:
    """Return E[δ²] of a position over that of a window's mean (power 1) or maximum (power 0).

    Every window is counted, as the fans of a strided convolution count the stride: a mean over k
    positions that no other window looks at leaves 1/k² of E[δ²] to each of them.
    """
    import numpy as np

    into, out, count = window.places(before.space), window.places(shape.space), prod(window.kernel)
    terms = prod(out) * count
    if power and any(window.padding):
        terms = round(float(window.gather(np.ones(into), out).sum()))
    return Rational(terms, prod(into) * count ** (1 + power))


def pulled(window: Window, shape: Shape, signal: Signal, setting: Setting, power: int) -> Back:
    """Return the gradient's way back: each position gets (1/k)^(1 + power) of its windows' E[δ²].

    A mean (power 1) loses what goes to the padding, a maximum (power 0) is never there.
    """
    count = prod(window.kernel)
    into, out = window.places(signal.shape.space), window.places(shape.space)
    if setting.arithmetic.symbolic and overlapping(window) and prod(out) > 1:
        setting.approximate(OVERLAP)
    import numpy as np

    held = window.gather(np.ones(into), out)
    kept = held if power else np.full(out, count)
    share = setting.arithmetic.value(pulled_share(window, shape, signal.shape, power))

    def flat(gradient: Gradient) -> Gradient:
        return gradient.scaled(share)

    def profiled(gradient: Gradient) -> Gradient:
        arriving = np.ones(out) if gradient.profile is None else gradient.profile.reshape(out)
        arriving = arriving * (kept / held)
        spread = window.spread(arriving, into) / count ** (1 + power)
        ratio = float(spread.mean())
        cross = None if gradient.cross is None else gradient.cross * ratio
        return Gradient(gradient.second * ratio, cross, relative(spread))

    return flat if setting.arithmetic.symbolic or not setting.borders else profiled
