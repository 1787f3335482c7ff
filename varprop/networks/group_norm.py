"""Norms over groups of so few channels that the mean over a group is no longer that of the ensemble.

Over g channels at P positions a group's mean has E[m²] = E[x]² + (M − E[x]²)/g, with M the second moment
of one channel's mean over the positions. It takes off what two inputs share in that channel: with g = 1
(instance normalisation) all of it.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from varprop.networks.batch_places import PHASED
from varprop.networks.gradient_places import apart, near_of, placed
from varprop.networks.layer import Forward, Layer, Setting
from varprop.networks.signal import Gradient, Part, Signal
from varprop.networks.spatial import moved, over_all
from varprop.networks.spatial_means import shared_pairs
from varprop.networks.spatial_pairs import in_phase, neighbours, space_after

if TYPE_CHECKING:
    from varprop.networks.arithmetic import Value

FEW = 128
SMALL = (
    "{norm} over {count} values, few enough that their variance is itself random and that the positions of "
    "a channel are no longer independent: behind an average over positions up to a quarter off"
)


def few_channels(norm: Layer, channels: int, signal: Signal, setting: Setting) -> Forward:
    """Return the norm over groups of that many channels at all positions."""
    from varprop.networks.feature_norms import refuse_nothing, say_cancelled

    setting.assume(f"{type(norm).__name__}: statistics over a group are those of the ensemble")
    say_cancelled(signal, norm, setting)
    space = tuple(int(n) for n in signal.shape.space)
    places = prod(space)
    count = channels * places
    if count < FEW:
        setting.approximate(SMALL.format(norm=norm, count=count))
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
    cross = (signal.cross - square - shared) / spread
    parts = _parts(signal, taken, shared, spread)
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
        found = gradient.scaled(kept * (1 + 2 / count) / spread)
        if near is None or not kept:
            return placed(found, None)
        left = (near - lost) / (1 - lost)
        left[tuple(n // 2 for n in left.shape)] = 1.0
        return placed(found, left)

    return out, setting.mark(out, back, preactivation=False)


def _mean_square(signal: Signal, level: float, setting: Setting) -> float:
    """Return the second moment of one channel's mean over all positions, which share that of C."""
    space = tuple(int(n) for n in signal.shape.space)
    window = over_all(space)
    pairs = neighbours(signal, setting.arithmetic)
    inner = 1 + sum(float(e) * float(shared_pairs(window, lag)) for lag, e in pairs.items())
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
