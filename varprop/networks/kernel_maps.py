"""A drawn kernel as a map of arrays: from fine positions to coarse ones, and its transpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

Map = Callable[["Array"], "Array"]


def joined(
    split: Array,
    windows: list[tuple[Any, Any]],
    coarse: tuple[int, ...],
    fine: tuple[int, ...],
    pads: tuple[int, ...],
) -> tuple[Map, Map]:
    """Return the map from fine positions to coarse ones that a kernel makes, and its transpose.

    ``split`` is (groups, coarse channels, fine channels, *kernel); ``windows`` pairs each tap with
    the padded fine positions that it meets. A convolution goes from fine to coarse.
    """
    groups = len(split)
    grown = tuple(
        max(n + 2 * p, *(w[1][axis].stop for w in windows))
        for axis, (n, p) in enumerate(zip(fine, pads, strict=True))
    )
    inner: Any = tuple(slice(p, p + n) for p, n in zip(pads, fine, strict=True))

    def gather(x: Array) -> Array:
        import numpy as np

        count = len(x)
        wide = np.zeros((count, groups, split.shape[2], *grown), x.dtype)
        wide[(..., *inner)] = x.reshape(count, groups, -1, *fine)
        total = np.zeros((count, groups, split.shape[1], *coarse), x.dtype)
        for tap, window in windows:
            total += mix(split[(..., *tap)], wide[(..., *window)])
        return total.reshape(count, -1, *coarse)

    def scatter(x: Array) -> Array:
        import numpy as np

        count = len(x)
        grouped = x.reshape(count, groups, -1, *coarse)
        total = np.zeros((count, groups, split.shape[2], *grown), x.dtype)
        for tap, window in windows:
            total[(..., *window)] += mix(split[(..., *tap)].swapaxes(1, 2), grouped)
        found: Array = total[(..., *inner)].reshape(count, -1, *fine)
        return found

    return gather, scatter


def biased(apply: Map, bias: Array | None) -> Map:
    """Return the map with a bias per channel added."""
    if bias is None:
        return apply

    def forward(x: Array) -> Array:
        found = apply(x)
        return found + bias.reshape(-1, *(1,) * (found.ndim - 2))

    return forward


def mix(matrix: Array, x: Array) -> Array:
    """Return Σ_c matrix[g, o, c]·x[b, g, c, …]."""
    import numpy as np

    count, groups, channels, *space = x.shape
    flat = x.reshape(count, groups, channels, -1)
    out: Array = np.matmul(matrix[None], flat)
    return out.reshape(count, groups, -1, *space)
