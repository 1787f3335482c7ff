"""The variance over the data, D = q(1 − c), of two inputs through many layers.

    D' = σ_w²·½ E[(φ(u) − φ(v))²],   u, v ~ N(0, q) of correlation c:

the bias drops out and nothing cancels as c → 1. The gradients at the two inputs, alike behind a layer,
have correlation κ = E[φ'(u)φ'(v)]/E[φ'²] before it. Both expectations come from Hermite's series
where φ is smooth on the scale √q, else from quadrature in the plane.
Source: Poole et al. 2016, section 3; Balduzzi et al. 2017, theorem 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from varprop.moments import Moments
from varprop.solving.correlation_step import Layer, Pair, PlaneSteps
from varprop.solving.hermite_series import (
    coactivation,
    half_squared_difference,
    mean_product,
    squared_coefficients,
)
from varprop.solving.stability import linear_factor

if TYPE_CHECKING:
    import numpy as np

CHUNK = 512
LOST = Pair(math.nan, math.nan)


@dataclass(frozen=True)
class TwoInputs:
    """Two inputs layer by layer, and κ of the activation behind each layer (nan behind the last)."""

    pairs: tuple[Pair, ...]
    coactivations: tuple[float, ...]

    @property
    def gradients(self) -> tuple[float, ...]:
        """The correlation of the gradients by each layer, of gradients that are alike at the last."""
        found = [1.0]
        for kappa in reversed(self.coactivations[:-1]):
            found.append(found[-1] * kappa)
        return tuple(found[::-1])


def two_inputs(
    moments: Moments, layers: Sequence[Layer], product: float, apart: float
) -> TwoInputs:
    """Follow inputs x of E[x_a x_b] = ``product`` and ``apart`` = E[x²] − it through the layers."""
    first = layers[0]
    found = [Pair(first.sigma_w2 * product + first.sigma_b2, first.sigma_w2 * apart)]
    kappas: list[float] = []
    planes = PlaneSteps(moments)
    steps = zip(pairwise(layers), _coefficients(moments, layers), strict=False)
    for kind, group in groupby(steps, key=_kind):
        if kind == "plane":
            moved = planes.follow(found[-1], [step for step, _ in group])
            kappas += [kappa for kappa, _ in moved]
            found += [pair for _, pair in moved]
            continue
        for (_, layer), squares in group:
            kappas.append(math.nan if squares is None else _kappa(found[-1], squares))
            found.append(LOST if squares is None else _by_series(found[-1], squares, layer))
    return TwoInputs(tuple(found), (*kappas, math.nan))


def pairs(
    moments: Moments, layers: Sequence[Layer], product: float, apart: float
) -> tuple[Pair, ...]:
    """Return the pair after each layer, for inputs x of E[x_a x_b] = ``product``, ``apart`` = E[x²] − it."""
    return two_inputs(moments, layers, product, apart).pairs


def _kind(step: tuple[tuple[Layer, Layer], np.ndarray | None]) -> str:
    (below, layer), squares = step
    if not (0 < below.q < math.inf and layer.q < math.inf):
        return "lost"
    return "plane" if squares is None else "series"


def _kappa(here: Pair, squares: np.ndarray) -> float:
    return coactivation(squares, here.correlation, here.apart / (here.product + here.apart))


def _by_series(here: Pair, squares: np.ndarray, layer: Layer) -> Pair:
    if here.correlation <= 0.5:
        product = layer.sigma_w2 * mean_product(squares, here.correlation) + layer.sigma_b2
        return Pair(product, layer.q - product)
    distance = here.apart / (here.product + here.apart)
    apart = layer.sigma_w2 * half_squared_difference(squares, distance)
    return Pair(layer.q - apart, apart)


def _coefficients(moments: Moments, layers: Sequence[Layer]) -> Iterator[np.ndarray | None]:
    """Yield Hermite's squared coefficients layer by layer, None where the series has not converged."""
    homogeneous = linear_factor(moments) is not None
    for start in range(0, len(layers), CHUNK):
        chunk = [(layer.q, layer.second_moment) for layer in layers[start : start + CHUNK]]
        inside = dict.fromkeys(p for p in chunk if 0 < p[0] < math.inf and p[1] < math.inf)
        known: dict[tuple[float, float], np.ndarray] = {}
        if inside and not homogeneous and _promising(moments, list(inside)):
            table = squared_coefficients(moments.phi, moments.h, *zip(*inside, strict=True))
            known = {
                pair: row for pair, row in zip(inside, table, strict=True) if not math.isnan(row[0])
            }
        yield from (known.get(pair) for pair in chunk)


def _promising(moments: Moments, points: Sequence[tuple[float, float]]) -> bool:
    """Whether the series converges at the smallest, the middle or the largest q of a stretch."""
    ordered = sorted(points)
    some = {ordered[0], ordered[len(ordered) // 2], ordered[-1]}
    table = squared_coefficients(moments.phi, moments.h, *zip(*some, strict=True))
    return any(not math.isnan(row[0]) for row in table)
