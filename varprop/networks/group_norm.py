"""Norms over groups of so few channels that the mean over a group is no longer that of the ensemble.

Over g channels at P positions a group's mean has E[m²] = E[x]² + (M − E[x]²)/g, with M the second moment
of one channel's mean over the positions. It takes off what two inputs share in that channel: with g = 1
(instance normalisation) all of it.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from sympy import Expr, Integer

from varprop.frozen import frozen
from varprop.networks.affine_units import affine_parts
from varprop.networks.batch_places import PHASED
from varprop.networks.beside_mean import rejoined_values
from varprop.networks.feature_norms import Norm, refuse_nothing, say_cancelled
from varprop.networks.few_features import FEWEST, few_features, is_few
from varprop.networks.gradient_places import apart, near_of, placed
from varprop.networks.lags import shared_pairs
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting
from varprop.networks.misfits import fitting
from varprop.networks.norm_sample import normalised
from varprop.networks.shape import Shape, size
from varprop.networks.signal import Gradient, Part, Signal
from varprop.networks.spatial import moved, over_all
from varprop.networks.spatial_pairs import in_phase, neighbours, space_after

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.arithmetic import Value
    from varprop.networks.drawing import Drawing

ALONE = 0.05
"""Share that one channel's own mean may have in a group's, up to which units of any law are followed."""

SMALL = (
    "{norm} over {count} values, as good as {free:.0f} independent ones, few enough that their variance is "
    "itself random and that the positions of a channel are no longer independent: behind an average over "
    "positions up to a quarter off. As good as 40, c is too large by 0.04; 11, by 0.04 and E[φ] of relu 2 % "
    "too small; 4, by 0.24, E[φ] 7 % and E[δ²] 19 % too small"
)


@frozen
class GroupNorm(Norm):
    """Normalise over groups of channels and all positions. Source: Wu & He 2018."""

    by_place = False

    groups: Expr = Integer(32)

    def __post_init__(self) -> None:
        """Read the number of groups."""
        super().__post_init__()
        object.__setattr__(
            self,
            "groups",
            size(self.groups, "the groups of GroupNorm", symbolic=False, such_as="1"),
        )

    def output(self, shape: Shape) -> Shape:
        """Return the same shape; raises BadInput where the groups don't divide the channels."""
        if shape.features.is_Integer and int(shape.features) % int(self.groups):
            raise Misfit(
                f"{self}: {shape.features} channels can't be split into {self.groups} equal groups. Take "
                f"{fitting(int(shape.features), int(self.groups))}."
            )
        return shape

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """As a norm over all features, less what the mean over a group's few values takes off."""
        if setting.arithmetic.symbolic or signal.shape.tokens is not None:
            return super().forward(signal, setting)
        count = int(signal.shape.features) // int(self.groups)
        if not signal.shape.space:
            found = few_features(self, count, signal, setting) if is_few(count) else None
            return found or super().forward(signal, setting)
        if signal.cross is None:
            return super().forward(signal, setting)
        return few_channels(self, count, signal, setting)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return the normalisation of each group."""
        groups = int(self.groups)
        inner = normalised(lambda x: tuple(range(2, x.ndim)), centred=True)

        def split(x: Array) -> Array:
            return x.reshape(len(x), groups, x.shape[1] // groups, *x.shape[2:])

        return Sampled(
            lambda x: inner.forward(split(x)).reshape(x.shape),
            lambda delta: inner.backward(split(delta)).reshape(delta.shape),
        )


def few_channels(norm: Layer, channels: int, signal: Signal, setting: Setting) -> Forward:
    """Return the norm over groups of that many channels at all positions."""
    setting.assume(f"{type(norm).__name__}: statistics over a group are those of the ensemble")
    say_cancelled(signal, norm, setting)
    space = tuple(int(n) for n in signal.shape.space)
    places = prod(space)
    count = channels * places
    square = signal.mean * signal.mean
    phases = in_phase(signal, setting.arithmetic)[0]
    if phases is not None:
        setting.approximate(PHASED.format(norm=norm, few="one channel a group (3 % with four)"))
    level = 1.0 if phases is None else float(phases.over_window(over_all(space)))
    own = _mean_square(signal, level, setting) - square
    far: Value = signal.cross
    taken, shared = own / channels, (far * level - square) / channels
    spread = signal.second - square - taken
    refuse_nothing(spread, norm)
    free = channels * _independent(signal, far * level, square + taken, spread, setting)
    if is_few(free):
        setting.approximate(SMALL.format(norm=norm, count=count, free=free))
    longer = free / (free - 2) if free > FEWEST else 1 + 2 / free
    parts = _parts(signal, taken, shared, spread)
    cross = (signal.cross - square - shared) / spread
    affine = parts is None and signal.parts is not None and taken <= ALONE * spread
    if affine:
        whole = spread + taken
        cross = (signal.cross - square) / whole
        parts = affine_parts(signal, signal.mean, whole, whole**0.5, (0, 0), minus_mean=True)
    out = Signal(
        signal.shape, 1.0, 0.0, cross, None, parts, 1, f"{type(norm).__name__}'s output", 1.0,
        None if parts is not None else moved(
            space_after(signal, setting.arithmetic), signal.cross, square + shared
        ),
    )  # fmt: skip

    def back(gradient: Gradient) -> Gradient:
        """The gradient's mean over the group and its part along x are taken off, too."""
        near = near_of(gradient)
        rest = 0.0 if near is None else apart(near) * (1 - 1 / places)
        lost = (1 / places + rest) / channels
        kept = max(1 - lost - 1 / count, 0.0)
        found = gradient.scaled(kept * longer / spread)
        if affine:
            by = rejoined_values(gradient.by, signal.parts, out.parts)
            found = replace(found, by=by)
        if near is None or not kept:
            return placed(found, None)
        left = (near - lost) / (1 - lost)
        left[tuple(n // 2 for n in left.shape)] = 1.0
        return placed(found, left)

    return out, setting.mark(out, back, preactivation=False)


def _independent(
    signal: Signal, far: float, taken: Value, spread: Value, setting: Setting
) -> float:
    """Return how many independent positions would let one channel's E[x²] vary as much as it does.

    Of Gaussians with correlations r the mean of squares has the variance of P²/Σ r² independent ones;
    ``far`` is E[x(p) x(p')] of positions far apart.
    """
    space = tuple(int(n) for n in signal.shape.space)
    window = over_all(space)
    own = signal.second - signal.cross
    pairs = neighbours(signal, setting.arithmetic)
    apart = float((far + own * pairs.rest - taken) / spread)
    total = 1 + (prod(space) - 1) * apart**2
    for lag, excess in pairs.items():
        near = float((far + own * excess - taken) / spread)
        total += float(shared_pairs(window, lag)) * (near**2 - apart**2)
    return prod(space) / total


def _mean_square(signal: Signal, level: float, setting: Setting) -> float:
    """Return the second moment of one channel's mean over all positions, which share that of C."""
    space = tuple(int(n) for n in signal.shape.space)
    window = over_all(space)
    inner = 1 + float(neighbours(signal, setting.arithmetic).within(window))
    common: Value = signal.cross
    return float(common * level + (signal.second - signal.cross) * inner / prod(space))


def _parts(signal: Signal, taken: Value, shared: Value, spread: Value) -> tuple[Part, ...] | None:
    """Return Gaussian parts less the group's mean, None for other laws."""
    if not signal.is_gaussian or signal.parts is None:
        return None
    found = []
    for part in signal.parts:
        if part.covariance is None:
            return None
        found.append(
            replace(
                part,
                variance=(part.variance - taken) / spread,
                covariance=(part.covariance - shared) / spread,
                between=None,
                space=moved(part.space, part.covariance, shared),
            )
        )
    return tuple(found)
