"""CReLU, and the looks-linear pairing of the weights behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Max, Rational

from varprop.errors import BadInput
from varprop.frozen import frozen
from varprop.networks.arithmetic import slope_pair
from varprop.networks.combined_units import feature_axis, gaussian_only
from varprop.networks.convolution import Convolution
from varprop.networks.dense import Dense
from varprop.networks.gradient_places import near_of, placed, through_slopes
from varprop.networks.layer import Forward, Layer, Misfit, Sampled, Setting, Weight
from varprop.networks.shape import Shape
from varprop.networks.signal import Gradient, Part, Signal, times
from varprop.networks.spatial_moments import at_positions, profile_of, totals, varying
from varprop.networks.transposed import ConvTranspose
from varprop.networks.unit_points import grid, law_of, slope_at
from varprop.networks.units import mixed
from varprop.networks.values import followed
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing


BENT = (
    "activations behind CReLU: E[δ²] of h is that of its active half; c of gradients counts as if it didn't "
    "depend on h"
)


def _where_active(gradient: Gradient, parts: tuple[Part, ...]) -> float:
    """Return E[δ²] of h over that of the average half: it gets the gradient of its active half alone."""
    given = followed(gradient, parts)
    if given is None:
        return 1.0
    total = 0.0
    for part, at in zip(parts, given.at, strict=False):
        total += float(law_of(part).masses @ (slope_at(part.phi, grid(part)) ** 2 * at))
    return total


@frozen
class CReLU(Layer):
    """(relu(h), relu(−h)): twice the features. Source: Shang et al. 2016; Balduzzi et al. 2017."""

    def copied(self, entering: bool) -> bool:
        """Both halves are made of one h."""
        return True

    def output(self, shape: Shape) -> Shape:
        """Return twice the features."""
        return shape.with_features(2 * shape.features)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Each half has E[x²] = q/2; E[δ²] comes back from exactly one of them.

        Behind [W, −W] both halves hand h the same gradient, so that the pair is linear for two inputs,
        too.
        """
        part = gaussian_only(signal, "CReLU")
        arithmetic = setting.arithmetic
        half = arithmetic.value(Rational(1, 2))
        parts = tuple(replace(part, share=half, phi=Max(0, sign * h)) for sign in (1, -1))
        places = [at_positions(one, arithmetic) for one in parts]
        second, mean, cross, between = (
            mixed([half, half], [getattr(overall, name) for overall, _, _ in places])
            for name in ("second", "mean", "cross", "between")
        )
        out = replace(
            signal,
            shape=self.output(signal.shape),
            second=second,
            mean=mean,
            cross=cross,
            between=between,
            parts=parts,
            words=f"CReLU({signal.words})",
            space=profile_of(*totals(parts, places)) if varying(parts) else None,
        )
        same = (
            None
            if part.covariance is None
            else 2 * slope_pair(arithmetic, Max(0, h), part.variance, part.covariance)
        )

        def back(gradient: Gradient) -> Gradient:
            if gradient.mirrored:
                return replace(gradient, mirrored=False)
            more = _where_active(gradient, parts)
            if more != 1.0:
                setting.approximate(BENT)
            cross = times(gradient.cross, same)
            found = Gradient(gradient.second * more, times(cross, more), gradient.profile)
            return placed(
                found, through_slopes(near_of(gradient), (part,), parts, arithmetic), bent=True
            )

        return out, setting.mark(out, back, preactivation=False, elementwise=True)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Return both halves."""
        import numpy as np

        axis = feature_axis(shape)
        kept: list[Array] = []

        def forward(x: Array) -> Array:
            kept[:] = [x > 0]
            return np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)], axis=axis)

        def backward(delta: Array) -> Array:
            up, down = np.split(delta, 2, axis=axis)
            return np.where(kept[0], up, -down)

        return Sampled(forward, backward)


@frozen
class Mirrored(Layer):
    """A weight layer whose kernel is [W, −W] on CReLU's two halves: exactly W h, "looks linear".

    ``layer`` is a Dense or Conv layer; its fan_in counts both halves, as its array does.
    Source: Balduzzi et al. 2017, section 4.2.
    """

    layer: Layer

    def __post_init__(self) -> None:
        """Refuse what has no kernel of its own that could be paired."""
        super().__post_init__()
        kinds = isinstance(self.layer, Dense | Convolution)
        if not kinds or isinstance(self.layer, ConvTranspose):
            raise BadInput(
                f"Mirrored takes one Dense or Conv layer, not {self.layer}: write CReLU() >> "
                "Mirrored(Dense(64)), and what follows behind it."
            )
        if isinstance(self.layer, Convolution) and self.layer.groups != 1:
            raise BadInput(
                f"Mirrored pairs the two halves of all channels, so {self.layer} can't have groups: "
                "leave groups out."
            )

    @property
    def fresh(self) -> bool:
        """Every output is a sum with weights."""
        return True

    def output(self, shape: Shape) -> Shape:
        """Return the layer's shape; raises BadInput for an odd number of features."""
        if shape.features.is_Integer and int(shape.features) % 2:
            raise Misfit(
                f"{self} needs CReLU's two halves, but {shape} arrives: put CReLU() before it."
            )
        return self.layer.output(shape)

    def weights(self, shape: Shape) -> tuple[Weight, ...]:
        """Return the layer's tensors."""
        return self.layer.weights(shape)

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """W(relu(h) − relu(−h)) = W h: as half of the features that are h themselves."""
        base = self._base(signal)
        half = setting.arithmetic.value(Rational(1, 2))
        linear = replace(
            base, share=1, phi=h, variance=base.variance * half,
            covariance=times(base.covariance, half), between=times(base.between, half),
        )  # fmt: skip
        paired = replace(
            signal, second=linear.variance, mean=0 * half, cross=linear.covariance,
            between=linear.between, parts=(linear,), space=None,
        )  # fmt: skip
        out, back = self.layer.forward(paired, setting)
        return out, lambda gradient: replace(back(gradient), mirrored=True)

    @staticmethod
    def _base(signal: Signal) -> Part:
        parts = signal.parts or ()
        if len(parts) != 2 or {(p.phi, p.lost) for p in parts} != {
            (Max(0, s * h), ()) for s in (1, -1)
        }:
            raise BadInput(
                f"Mirrored needs CReLU right before it, but {signal.words} arrives: write CReLU() >> "
                "Mirrored(Dense(n))."
            )
        return parts[0]

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw the layer on one half and pair it."""
        return self.layer.sample(shape, _Mirrored(drawing))  # type: ignore[arg-type]


class _Mirrored:
    """A drawing whose kernels are [W, −W] along their input axis."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self.rng = drawing.rng

    def weight(self, weight: Weight) -> Array:
        import numpy as np

        full = self._drawing.weight(weight)
        first = full[:, : full.shape[1] // 2]
        return np.concatenate([first, -first], axis=1)

    def bias(self, weight: Weight) -> Array | None:
        return self._drawing.bias(weight)
