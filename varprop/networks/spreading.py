"""One value of each feature at all positions or tokens, as a gate that a whole map is multiplied with.

A branch that ends in features alone (``GlobalAvgPool() >> Dense(…) >> sigmoid``) stands beside one
with positions. What it holds is the same at each of them, and its gradient is the sum over them:

    E[(Σ_p δ(p))²] = P·E[δ²]·(1 + Σ_d n(d)·near(d)/P), with n(d) pairs of positions at distance d.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from varprop.networks.arithmetic import Value
from varprop.networks.gradient_places import Near, near_of, near_of_two
from varprop.networks.lag_maps import pair_counts
from varprop.networks.lags import Lags
from varprop.networks.layer import Forward, Sampled, Setting
from varprop.networks.pairs import Pairs
from varprop.networks.shape import Shape
from varprop.networks.signal import Gradient, Part, Signal, times
from varprop.networks.spatial import Space
from varprop.networks.spatial_sums import with_space

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

SAME = "a branch of features alone holds the same at every position or token of the others"

ALONE = (
    "the gradient of a value that stands at {count} positions is the sum of theirs; with formulas they count "
    "as independent. Behind a global average of that map they are alike, so that E[δ²] of the value is up to "
    "{count} times as large; with numbers it is followed"
)


def fits(here: Shape, whole: Shape) -> bool:
    """Whether a branch of that shape can stand beside the other: the same, or its features alone."""
    return here in (whole, Shape(whole.features))


def widest(shapes: list[Shape]) -> Shape:
    """Return the first shape with positions or tokens, else the first."""
    return next((s for s in shapes if s.space or s.tokens is not None), shapes[0])


def spread(passed: Forward, shape: Shape, setting: Setting) -> Forward:
    """Return a branch as it stands beside one of that shape, and the way back of its gradient."""
    signal, back = passed
    if signal.shape == shape:
        return passed
    setting.assume(SAME)
    count = setting.arithmetic.value(shape.positions)
    if setting.arithmetic.symbolic:
        setting.approximate(ALONE.format(count=shape.positions))

    def summed(gradient: Gradient) -> Gradient:
        near, crossed = near_of(gradient), near_of_two(gradient)
        found = gradient.scaled(count * _over_all(near, count))
        cross = times(gradient.cross, count * _over_all(crossed, count))
        return back(Gradient(found.second, cross, by=gradient.by))

    out = _at_tokens(signal, shape) if shape.tokens is not None else _at_positions(signal, shape)
    return out, summed


def _at_positions(signal: Signal, shape: Shape) -> Signal:
    return with_space(signal.reshaped(shape), Space(excess=Lags(rest=1)))


def _at_tokens(signal: Signal, shape: Shape) -> Signal:
    parts = signal.parts
    if parts is not None:
        parts = tuple(_same_at_tokens(part) for part in parts)
    own = signal.second - signal.mean * signal.mean
    far = None if signal.cross is None else signal.cross - signal.mean * signal.mean
    pairs = Pairs(far=None if far is None or own == 0 else far / own)
    return replace(signal, shape=shape, between=signal.second, parts=parts, pairs=pairs)


def _same_at_tokens(part: Part) -> Part:
    known = part.covariance is not None and part.variance != 0
    far = part.covariance / part.variance if known else None
    return replace(part, between=part.variance, pairs=Pairs(far=far))


def _over_all(near: Near | None, count: Value) -> Value:
    """Return the square of the sum over all positions, over that of independent ones."""
    if near is None:
        return 1
    if isinstance(near, float):
        return 1 + (count - 1) * near
    return float((near * pair_counts(near.shape)).sum()) / count


def sampled_everywhere(drawn: Sampled, shape: Shape) -> Sampled:
    """Return a drawn branch of features alone at all positions or tokens of a shape."""
    dims = shape.concrete()
    axes = (1,) if shape.tokens is not None else tuple(range(2, 1 + len(dims)))

    def forward(x: Array) -> Array:
        import numpy as np

        return np.expand_dims(drawn.forward(x), axes) + np.zeros((1, *dims))

    return Sampled(forward, lambda delta: drawn.backward(delta.sum(axis=axes)))
