"""Normalisation over the batch."""

from __future__ import annotations

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.arithmetic import Value
from varprop.networks.batch_places import PHASED, beyond_flat, own_spread
from varprop.networks.batch_units import before_norm, normalised_units
from varprop.networks.feature_norms import Norm, refuse_nothing, say_cancelled
from varprop.networks.layer import Forward, Setting
from varprop.networks.signal import Gradient, Signal
from varprop.networks.spatial import space_of
from varprop.networks.spatial_moments import means, profiles
from varprop.networks.spatial_pairs import in_phase, neighbours

LARGE_BATCH = (
    "BatchNorm: a large batch of independent examples; statistics are those of the data at fixed "
    "weights"
)

BORDERS = (
    "BatchNorm behind padded convolutions: positions at opposite borders count as if they shared all the "
    "terms of the poorer one. Behind one, two or four convolutions of a rectified signal without a norm "
    "between, E[x x̃] is 0.01, 0.03 or 0.06 too high on maps of 8 to 32 positions a side and the gradient up "
    "to 2, 8 or 14 % too small; on 4 by 4, E[x x̃] is up to 40 % too small and the gradient up to 24 % too "
    "large"
)
SEEN = 1e-3
"""Share of what is left that is named."""


@frozen
class BatchNorm(Norm):
    """Normalise every unit over the data: x → (x − E_data x)/std_data x.

    The variance over the data at fixed weights is E[x²] − E[x x̃], q(1 − c) and not q; a gradient
    grows by its inverse. ReLU networks without skips: π/(π − 1) a layer in large batches.
    Source: Ioffe & Szegedy 2015; Yang et al. 2019, A mean field theory of batch normalization.
    """

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """E[x²] = 1, two examples uncorrelated; E[δ²]/(E[x²] − E[x x̃])."""
        setting.assume(LARGE_BATCH)
        say_cancelled(signal, self, setting)
        if signal.cross is None:
            raise BadInput(
                "BatchNorm needs E[x x̃] of two examples, which isn't followed through what comes before "
                f"({signal.words}). Put it behind a weight layer."
            )
        kept, to = None, setting.arithmetic
        apart, beyond = in_phase(signal, to)
        if apart is not None:
            setting.approximate(PHASED.format(norm="BatchNorm", few="statistics over a channel"))
        if not to.symbolic:
            kept = beyond_flat(profiles(signal, to), means(signal, to), beyond)
        common = signal.cross * (1 if apart is None else apart.average())
        left = signal.cross - common
        if kept is not None:
            common, left = kept[0], float(kept[1].mean())
        spread = signal.second - common
        if kept is not None and float(kept[1].mean()) > SEEN * spread:
            setting.approximate(BORDERS)
        refuse_nothing(spread, self)
        one, none = spread / spread, 0 * spread
        between = None
        if signal.between is not None:
            between = (signal.between - signal.cross) / spread
        units = normalised_units(signal, setting.arithmetic)
        out = Signal(
            signal.shape,
            one,
            none,
            left / spread,
            between,
            None if units is None else tuple(own.part for own in units),
            1,
            "BatchNorm's output",
            one,
            None
            if units is not None or apart is None
            else space_of(excess=neighbours(signal, to), phases=apart.less(signal.cross, common)),
        )

        def back(gradient: Gradient) -> Gradient:
            if setting.arithmetic.symbolic or units is None or signal.parts is None:
                return gradient.scaled(_inverse(signal, spread))
            return before_norm(gradient, signal.parts, units, setting.arithmetic)

        return out, setting.mark(out, back, preactivation=False)

    def _axes(self, ndim: int, tokens: bool) -> tuple[int, ...]:
        """Return the batch axis and the positions."""
        if tokens:
            return (0, 1)
        return (0, *range(2, ndim))


def _inverse(signal: Signal, spread: Value) -> Value:
    """Return the mean of 1/spread over units whose spreads differ."""
    if not signal.is_gaussian or signal.parts is None or len(signal.parts) == 1:
        return 1 / spread
    total: Value = 0
    for part in signal.parts:
        total = total + part.share / own_spread(part)
    return total
