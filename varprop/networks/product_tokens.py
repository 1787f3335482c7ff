"""What pairs of tokens have in common behind a product of units: other inputs' tokens, and chance."""

from __future__ import annotations

from math import prod

from varprop.networks.arithmetic import Arithmetic, Value, slope_pair
from varprop.networks.gate_moments import PairMoments
from varprop.networks.signal import Part, Signal
from varprop.networks.token_pairs import far_of, overlap_of, relative_pairs, with_pairs


def multiplied_pairs(out: Signal, signals: list[Signal], arithmetic: Arithmetic) -> Signal:
    """Return the product of independent branches with its pairs.

    What two tokens have in common by chance moves every factor of E[x_s x_t] at once.
    """
    if out.shape.tokens is None or arithmetic.symbolic or out.between is None:
        return out
    shared = [_known(signal.between) for signal in signals]
    far = [far_of(signal, arithmetic) for signal in signals]
    own = float(out.second - out.between)

    def overlap(common: list[float], *, two: bool) -> float:
        moved = 0.0
        for place, (signal, between) in enumerate(zip(signals, shared, strict=True)):
            chance = float(overlap_of(signal, arithmetic, two=two)) ** 0.5
            rest = prod([c for k, c in enumerate(common) if k != place])
            moved += chance * (float(signal.second) - between) * rest
        return (moved / own) ** 2 if own > 0 else 0.0

    apart = [_known(value) for value in far]
    pairs = relative_pairs(
        out,
        overlap=overlap(shared, two=False),
        far=None if None in far else prod(apart),
        two=overlap(apart, two=True),
        uneven=True,
    )
    return with_pairs(out, pairs)


def _known(value: Value | None) -> float:
    return 0.0 if value is None else float(value)


def gated_pairs(out: Signal, part: Part, pair: PairMoments) -> Signal:
    """Return a gate's product with its pairs; both halves come from one pre-activation."""
    to = pair.arithmetic
    if out.shape.tokens is None or to.symbolic or out.between is None or part.between is None:
        return out
    held = part.pairs.far
    apart = part.between if held is None else held * part.variance
    own, before = float(out.second - out.between), float(part.variance - part.between)

    def overlap(covariance: Value, chance: Value) -> float:
        if own <= 0 or not chance:
            return 0.0
        a, b, v = pair.value, pair.gate, part.variance
        slope = slope_pair(to, a, v, covariance) * to.pair(b, v, covariance)
        slope = slope + to.pair(a, v, covariance) * slope_pair(to, b, v, covariance)
        return float(chance) * (float(slope) * before / own) ** 2

    chance = part.pairs.overlap
    pairs = relative_pairs(
        out,
        overlap=overlap(part.between, chance),
        far=None if held is None else pair.both(part, apart),
        two=overlap(apart, chance * (1 - part.pairs.alone)),
        uneven=True,
    )
    return with_pairs(out, pairs)
