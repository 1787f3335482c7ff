"""Pooling of arrays: (inputs, channels, *positions)."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from varprop.networks.layer import Sampled
from varprop.networks.spatial import Window

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


def _padded(x: Array, window: Window, value: float) -> Array:
    import numpy as np

    pads = [(0, 0), (0, 0), *((p, p) for p in window.padding)]
    return np.pad(x, pads, constant_values=value)


def sampled_mean(window: Window, out: tuple[int, ...]) -> Sampled:
    """Return the mean of each window; padding counts as zeros."""
    count = prod(window.kernel)
    kept: list[Any] = []

    def forward(x: Array) -> Array:
        import numpy as np

        padded = _padded(x, window, 0.0)
        kept[:] = [x.shape, padded.shape]
        total: Any = sum(padded[(..., *cut)] for cut in window.cuts(out))
        return np.asarray(total / count)

    def backward(delta: Array) -> Array:
        import numpy as np

        shape, wide = kept
        total = np.zeros(wide, delta.dtype)
        for cut in window.cuts(out):
            total[(..., *cut)] += delta / count
        return window.cropped(total, shape[2:])

    return Sampled(forward, backward)


def sampled_largest(window: Window, out: tuple[int, ...]) -> Sampled:
    """Return the largest value of each window; its gradient goes to that position alone."""
    kept: list[Any] = []

    def forward(x: Array) -> Array:
        import numpy as np

        padded = _padded(x, window, -np.inf)
        views = np.stack([padded[(..., *cut)] for cut in window.cuts(out)])
        kept[:] = [x.shape, padded.shape, views.argmax(axis=0)]
        top: Array = views.max(axis=0)
        return top

    def backward(delta: Array) -> Array:
        import numpy as np

        shape, wide, chosen = kept
        total = np.zeros(wide, delta.dtype)
        for place, cut in enumerate(window.cuts(out)):
            total[(..., *cut)] += delta * (chosen == place)
        return window.cropped(total, shape[2:])

    return Sampled(forward, backward)
