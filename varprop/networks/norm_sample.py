"""Normalisation of arrays by their own statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from varprop.networks.layer import Sampled

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


def normalised(axes: Callable[[Array], tuple[int, ...]], *, centred: bool) -> Sampled:
    """Return (x − mean)/std over some axes, with its exact gradient."""
    import numpy as np

    kept: list[Array] = []

    def forward(x: Array) -> Array:
        over = axes(x)
        moved = x - x.mean(axis=over, keepdims=True) if centred else x
        std = np.sqrt((moved * moved).mean(axis=over, keepdims=True))
        kept[:] = [moved / std, std]
        return kept[0]

    def backward(delta: Array) -> Array:
        unit, std = kept
        over = axes(unit)
        along = (delta * unit).mean(axis=over, keepdims=True) * unit
        rest = delta - along
        if centred:
            rest = rest - delta.mean(axis=over, keepdims=True)
        out: Array = rest / std
        return out

    return Sampled(forward, backward)
