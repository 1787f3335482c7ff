"""Normalisation over the batch."""

from __future__ import annotations

from dataclasses import replace

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.arithmetic import Value
from varprop.networks.batch_places import beyond_mean, own_spread, part_places
from varprop.networks.feature_norms import Norm, refuse_nothing, say_cancelled
from varprop.networks.layer import Forward, Setting
from varprop.networks.signal import Gradient, Part, Signal
from varprop.networks.spatial import relative, space_of
from varprop.networks.spatial_moments import profiles

LARGE_BATCH = (
    "BatchNorm: a large batch of independent examples; statistics are those of the data at fixed "
    "weights"
)

SMALL_MAPS = (
    "BatchNorm behind padded convolutions: positions at opposite borders count as if they shared all the "
    "terms of the poorer one. Within 3 % on maps of 10 positions a side; on 4 by 4, E[x x̃] is up to 20 % "
    "too small and the gradient up to 23 % too large"
)
SMALL = 10


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
        kept = (
            None
            if setting.arithmetic.symbolic
            else beyond_mean(profiles(signal, setting.arithmetic))
        )
        if kept is not None and any(n.is_Integer and n < SMALL for n in signal.shape.space):
            setting.approximate(SMALL_MAPS)
        common = signal.cross if kept is None else kept[0]
        spread = signal.second - common
        refuse_nothing(spread, self)
        one, none = spread / spread, 0 * spread
        between = None
        if signal.between is not None:
            between = (signal.between - signal.cross) / spread
        out = Signal(
            signal.shape,
            one,
            none,
            none if kept is None else float(kept[1].mean()) / spread,
            between,
            self._parts(signal),
            1,
            "BatchNorm's output",
            one,
        )

        inverse = self._inverse(signal, spread)

        def back(gradient: Gradient) -> Gradient:
            return gradient.scaled(inverse)

        return out, setting.mark(out, back, preactivation=False)

    @staticmethod
    def _inverse(signal: Signal, spread: Value) -> Value:
        """Return the mean of 1/spread over units whose spreads differ."""
        if not signal.is_gaussian or signal.parts is None or len(signal.parts) == 1:
            return 1 / spread
        total: Value = 0
        for part in signal.parts:
            total = total + part.share / own_spread(part)
        return total

    @staticmethod
    def _parts(signal: Signal) -> tuple[Part, ...] | None:
        """Return N(0, 1) for every Gaussian unit: each is normalised by its own spread."""
        if not signal.is_gaussian or signal.parts is None:
            return None
        found = []
        for part in signal.parts:
            assert part.covariance is not None
            kept, spread = beyond_mean(part_places(part)), own_spread(part)
            between = None if part.between is None else (part.between - part.covariance) / spread
            left, space = 0 * spread, part.space
            if kept is not None and space is not None:
                left = float(kept[1].mean()) / spread
                space = space_of(space.own, relative(kept[1]), space.excess)
            found.append(
                replace(
                    part, variance=spread / spread, covariance=left, between=between, space=space
                )
            )
        return tuple(found)

    def _axes(self, ndim: int, tokens: bool) -> tuple[int, ...]:
        """Return the batch axis and the positions."""
        if tokens:
            return (0, 1)
        return (0, *range(2, ndim))
