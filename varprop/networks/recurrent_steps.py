"""What recurrent layers tell each other: how alike any two steps are, not only their average."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from varprop.frozen import frozen
from varprop.networks.arithmetic import Numeric
from varprop.networks.gradient_places import PlacedGradient, near_of
from varprop.networks.recurrent_cell import between
from varprop.networks.signal import Gradient, Signal
from varprop.networks.spatial import relative
from varprop.networks.spatial_moments import profiles

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


@frozen
class SteppedSignal(Signal):
    """A signal that was E[x_t x_s] = ``over`` and E[x_t x̃_s] = ``over_two`` behind a recurrent layer."""

    over: Array | None = None
    over_two: Array | None = None


@frozen
class SteppedGradient(PlacedGradient):
    """A gradient of which ``over`` is E[δ_t δ_s]."""

    over: Array | None = None


def stepped(signal: Signal, over: Array, over_two: Array | None) -> Signal:
    """Return the signal with those matrices."""
    return SteppedSignal(**vars(signal), over=over, over_two=over_two)


def stepped_gradient(over: Array) -> Gradient:
    """Return the gradient with that matrix over the steps."""
    second, apart = over.diagonal(), between(over)
    mean = float(second.mean())
    if not apart or not mean:
        return Gradient(mean, None, relative(second))
    return SteppedGradient(mean, profile=relative(second), near=apart / mean, over=over)


def arrived(
    signal: Signal, steps: int, second: float, mean: float, cross: float | None
) -> tuple[Array, Array | None]:
    """Return E[x_t x_s] of one input and, where followed, of two.

    Where only averages are known, any two steps are alike, and different steps of two inputs as alike
    as those of one, but never more than the same step.
    """
    apart = mean**2 if signal.between is None else float(signal.between)
    each = profiles(signal, Numeric())
    own, both = (None, None) if each is None else each
    first, other = _spread(steps, second, apart, own), None
    if cross is not None:
        other = _spread(steps, cross, min(apart, cross), both)
    if isinstance(signal, SteppedSignal) and signal.over is not None and len(signal.over) == steps:
        first = _like(signal.over, first, between)
        if other is not None and signal.over_two is not None:
            other = _like(signal.over_two, other, _on_average)
    return first, other


def _on_average(matrix: Array) -> float:
    return float(matrix.diagonal().mean())


def _like(known: Array, averages: Array, size: Callable[[Array], float]) -> Array:
    """Return a matrix with the averages' diagonal and pairs of steps as unequal as in the known one.

    Exact behind a factor and a dropout, which change all pairs of different steps alike.
    """
    import numpy as np

    if not size(known):
        return averages
    out = known * (size(averages) / size(known))
    np.fill_diagonal(out, averages.diagonal())
    return out


def arriving(gradient: Gradient, steps: int) -> Array:
    """Return E[δ_t δ_s] of a gradient that arrives at the states."""
    import numpy as np

    if isinstance(gradient, SteppedGradient) and gradient.over is not None:
        return gradient.over
    near = near_of(gradient)
    second, profile = float(gradient.second), gradient.profile
    each = None if profile is None else np.asarray(profile).reshape(steps) * second
    return _spread(steps, second, 0.0 if near is None else second * float(near), each)


def _spread(steps: int, same: float, apart: float, each: Any) -> Array:
    """Return a matrix with that diagonal, whose other entries average to ``apart``."""
    import numpy as np

    own = np.full(steps, same) if each is None else np.asarray(each, dtype=float).reshape(steps)
    shape = np.sqrt(np.abs(np.outer(own, own)))
    scale = between(shape)
    out = shape * (apart / scale if scale else 0.0)
    np.fill_diagonal(out, own)
    return out
