"""Pairs of values that E[x_s x_t] says nothing of: other inputs' tokens, other features, chance.

All of it is relative to a unit's own variance, so that no constant factor changes it. It is followed
with numbers; formulas keep what follows from E[x²], E[x x̃] and E[x_s x_t].
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from varprop.networks.arithmetic import Arithmetic, Value, slope_pair
from varprop.networks.pairs import NONE, Pairs
from varprop.networks.signal import Part, Signal
from varprop.networks.units import mixed, moments, shifted
from varprop.notation import h

if TYPE_CHECKING:
    from collections.abc import Callable

MIXED = (
    "Transpose: tokens that share their gradient, as behind an average over tokens, are mixed as if it were "
    "independent of the mixing weights. E[δ²] is too small, by 12 % at the input of 2 mixer blocks of 160 "
    "tokens and 256 features, and by 2 % without the average"
)


def far_of(signal: Signal, arithmetic: Arithmetic) -> Value | None:
    """Return E[x_s x̃_t] of two tokens of two inputs: E[x_s x_t] where nothing else is known."""
    if signal.parts is not None:
        if all(part.pairs.far is None for part in signal.parts):
            return signal.between
        return _moment(signal.parts, _far, arithmetic)
    far = signal.pairs.far
    return signal.between if far is None else far * _own(signal) + signal.mean * signal.mean


def _far(part: Part) -> Value | None:
    return part.between if part.pairs.far is None else part.pairs.far * part.variance


def features_of(signal: Signal, arithmetic: Arithmetic) -> tuple[Value, Value]:
    """Return the covariance of two features of one token, and the same of two inputs."""
    if signal.parts is None:
        both = signal.pairs.features, signal.pairs.features_far
        return both[0] * _own(signal), both[1] * _own(signal)
    if all(part.pairs.features == 0 == part.pairs.features_far for part in signal.parts):
        return 0, 0
    square = signal.mean * signal.mean
    one, two = (
        _moment(signal.parts, lambda p, n=name: getattr(p.pairs, n) * p.variance, arithmetic)  # type: ignore[misc]
        for name in ("features", "features_far")
    )
    return _or_zero(one, square), _or_zero(two, square)


def _or_zero(moment: Value | None, square: Value) -> Value:
    return 0 if moment is None else moment - square


def _moment(
    parts: tuple[Part, ...], covariance: Callable[[Part], Value | None], arithmetic: Arithmetic
) -> Value | None:
    """Return E[φ(g)φ(g')] for g and g' of that covariance."""
    found = [
        moments(replace(p, between=covariance(p), covariance=None, space=None), arithmetic).between
        for p in parts
    ]
    return mixed([p.share for p in parts], found)


def overlap_of(signal: Signal, arithmetic: Arithmetic, *, two: bool = False) -> Value:
    """Return by how much the mean square overlap of two tokens, or of ``two`` inputs', exceeds 1/features.

    The overlap is Σ_f x_sf x_tf of tokens without what they share, over Σ_f x_f². Independent features
    have 1/features; a linear map of n features to any number adds 1/n to what follows it. An activation
    multiplies it by the squared slope of the map of correlations.
    """
    if arithmetic.symbolic:
        return 0
    if signal.parts is None:
        return signal.pairs.overlap * (1 - signal.pairs.alone if two else 1)
    return mixed(
        [part.share for part in signal.parts],
        [_overlap(part, arithmetic, two) for part in signal.parts],
    )


def _overlap(part: Part, arithmetic: Arithmetic, two: bool) -> float:
    e = float(part.pairs.overlap) * float(1 - part.pairs.alone if two else 1)
    if e == 0 or part.phi == h or part.law is not None or part.between is None:
        return e
    found = moments(replace(part, covariance=None, space=None), arithmetic)
    own = float(found.second) - float(found.between or 0.0)
    if own <= 0:
        return e
    square, met = (1 - part.dropped) ** 2, _far(part) if two else part.between
    assert met is not None
    slope = slope_pair(arithmetic, shifted(part), part.variance / square, met / square)
    return e * (float(slope) * float(part.variance - part.between) / own) ** 2


def pairs_kept(signal: Signal) -> Pairs:
    """Return the pairs that a signal's units have, those of its first law where there are several."""
    return signal.parts[0].pairs if signal.parts else signal.pairs


def _share_alone(one: Value, two: Value) -> Value:
    return 1 - two / one if one else 0


def _own(signal: Signal) -> Value:
    return signal.second - signal.mean * signal.mean


def with_pairs(signal: Signal, pairs: Pairs) -> Signal:
    """Return the signal with these pairs, which its Gaussian parts have, too."""
    if pairs is NONE and signal.pairs is NONE:
        return signal
    parts = signal.parts
    if parts is not None:
        parts = tuple(replace(part, pairs=pairs) for part in parts)
    return replace(signal, pairs=pairs, parts=parts)


def relative_pairs(
    out: Signal,
    *,
    overlap: Value = 0,
    far: Value | None = None,
    features: tuple[Value, Value] = (0, 0),
    two: Value | None = None,
    uneven: bool = False,
) -> Pairs:
    """Return the pairs of a signal from E[x_s x̃_t] and the covariances of two features.

    ``two`` is the overlap of tokens of two inputs where it isn't that of one input's.
    """
    own = _own(out)
    if own == 0:
        return NONE
    if far is not None:
        far = None if far == out.between else (far - out.mean * out.mean) / own
    alone = 0 if two is None else _share_alone(overlap, two)
    here, there = (value / own if value != 0 else 0 for value in features)
    if overlap == 0 and far is None and here == 0 == there and not uneven:
        return NONE
    return Pairs(overlap, far, here, there, uneven=uneven, alone=alone)


def through_weights(
    out: Signal,
    signal: Signal,
    arithmetic: Arithmetic,
    image: Callable[[Value | None], Value | None],
) -> Signal:
    """Return Σ_j w_j x_j + b with the pairs of tokens; two features of it are uncorrelated."""
    if signal.shape.tokens is None or arithmetic.symbolic:
        return out
    chance = 1 / arithmetic.value(signal.shape.features)
    overlap, two = (overlap_of(signal, arithmetic, two=two) + chance for two in (False, True))
    far = far_of(signal, arithmetic)
    far = None if far is None or far == signal.between else image(far)
    uneven = pairs_kept(signal).uneven
    return with_pairs(out, relative_pairs(out, overlap=overlap, far=far, two=two, uneven=uneven))


def moved_by(signal: Signal, out: Signal, arithmetic: Arithmetic) -> Signal:
    """Return a sum with positions' vectors, which are the same for all inputs, with its pairs."""
    if arithmetic.symbolic or signal.between is None or out.second == out.between:
        return out
    share = (signal.second - signal.between) / (out.second - signal.between)
    pairs = relative_pairs(
        out,
        overlap=overlap_of(signal, arithmetic) * share * share,
        two=overlap_of(signal, arithmetic, two=True) * share * share,
        uneven=pairs_kept(signal).uneven,
        far=far_of(signal, arithmetic),
        features=features_of(signal, arithmetic),
    )
    return with_pairs(out, pairs)


def added_pairs(out: Signal, left: Signal, right: Signal, arithmetic: Arithmetic) -> Signal:
    """Return the sum of a skip path and a branch with its pairs.

    What tokens of the branch have in common by chance comes from the skip path where it is as large.
    """
    if out.shape.tokens is None or arithmetic.symbolic:
        return out
    a, b = (s.second - (s.mean * s.mean if s.between is None else s.between) for s in (left, right))
    chance = 1 / arithmetic.value(left.shape.features)

    def met(two: bool) -> Value:
        first, last = (overlap_of(s, arithmetic, two=two) for s in (left, right))
        if a + b <= 0:
            return 0
        return (a * a * first + b * b * last + 2 * a * b * min(first + chance, last)) / (a + b) ** 2

    pairs = relative_pairs(
        out,
        overlap=met(False),
        two=met(True),
        uneven=pairs_kept(left).uneven or pairs_kept(right).uneven,
        far=_sum_far(out, left, right, arithmetic),
        features=_sum_features(left, right, arithmetic),
    )
    return with_pairs(out, pairs)


def _sum_far(out: Signal, left: Signal, right: Signal, arithmetic: Arithmetic) -> Value | None:
    far = [far_of(s, arithmetic) for s in (left, right)]
    if out.between is None or far[0] is None or far[1] is None:
        return None
    if far == [left.between, right.between]:
        return None
    return far[0] + far[1] + 2 * left.mean * right.mean


def _sum_features(left: Signal, right: Signal, arithmetic: Arithmetic) -> tuple[Value, Value]:
    one, two = (features_of(s, arithmetic) for s in (left, right))
    return one[0] + two[0], one[1] + two[1]


def exchanged(flat: Signal, signal: Signal, arithmetic: Arithmetic) -> Signal:
    """Return what Transpose makes: pairs of tokens are pairs of features then, and the reverse."""
    square, far = signal.mean * signal.mean, far_of(signal, arithmetic)
    features, features_far = features_of(signal, arithmetic)
    out = replace(flat, between=square + features)
    if arithmetic.symbolic or signal.between is None or far is None:
        return with_pairs(out, NONE)
    pairs = relative_pairs(
        out, far=square + features_far, features=(signal.between - square, far - square)
    )
    if out.parts is None:
        return replace(out, pairs=pairs)
    return replace(out, parts=tuple(map(_exchanged, out.parts)), pairs=pairs)


def _exchanged(part: Part) -> Part:
    """Return a part whose g has the covariances of tokens and of features exchanged."""
    v, old = part.variance, part.pairs
    if part.between is None or v == 0:
        return replace(part, between=None, pairs=NONE)
    far = part.between if old.far is None else old.far * v
    pairs = Pairs(0, old.features_far, part.between / v, far / v)
    return replace(part, between=old.features * v, pairs=pairs)
