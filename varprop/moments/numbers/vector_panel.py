"""Panels of many integrals in one table, and the rule applied to all of them with NumPy."""

from __future__ import annotations

import numpy as np

from varprop.frozen import frozen
from varprop.moments.numbers.combine import Integrand
from varprop.moments.numbers.number import UNIT
from varprop.moments.numbers.panel import ENDLESS_RATIO
from varprop.moments.numbers.panels import DIGITS_LEFT
from varprop.moments.numbers.precise import precise
from varprop.moments.numbers.prepared import Prepared
from varprop.moments.numbers.rule import GAUSS, KRONROD, LADDER, NODES

Array = np.ndarray

CHUNK = 4096
"""Panels evaluated together: the temporaries stay in the cache."""

ELEMENTARY = 35.0
"""Unit roundoffs of one weighted value: the density's, the product's, and the dot product's."""

_NODES, _KRONROD, _GAUSS = map(np.array, (NODES, KRONROD, GAUSS))


@frozen
class Panels:
    """Columns: which variance a panel belongs to, its ends, and what the rule says about it."""

    owner: Array
    low: Array
    high: Array
    depth: Array
    steady: Array
    value: Array
    error: Array
    absolute: Array
    rounding: Array

    def take(self, rows: Array) -> Panels:
        """Return some of the panels."""
        return Panels(*(column[rows] for column in self.columns()))

    def columns(self) -> tuple[Array, ...]:
        """Return the columns in the order of the fields."""
        return (
            self.owner, self.low, self.high, self.depth, self.steady,
            self.value, self.error, self.absolute, self.rounding,
        )  # fmt: skip

    @property
    def finite(self) -> Array:
        """Tell which panels had finite values only."""
        return np.isfinite(self.rounding) & np.isfinite(self.absolute)


def joined(parts: list[Panels]) -> Panels:
    """Return all panels in one table."""
    return Panels(
        *(np.concatenate(column) for column in zip(*(p.columns() for p in parts), strict=True))
    )


@frozen
class Batch:
    """One integrand at many variances; zero mean, ``half`` keeps h ≥ 0."""

    integrand: Prepared
    kind: Integrand
    q: Array
    half: bool

    def values(
        self, owner: Array, h: Array, *, careful: bool = False
    ) -> tuple[Array, Array, Array]:
        """Return the integrand times exp(−z²/2), its error, and z² at points (panel, node)."""
        columns = list(self.integrand.vector(h))
        if careful:
            columns = _corrected(self.integrand, h, columns)
        z2 = h * h / self.q[owner][:, None]
        root = np.exp(z2 * (-0.5 / self.kind.power))
        shift = (part[owner][:, None] for part in self.kind.shift)
        scaled = [root * part for part in (*columns, *shift)]
        return *self.kind.combine(h, *scaled), z2

    def evaluate(
        self,
        owner: Array,
        low: Array,
        high: Array,
        *,
        parent: Panels | None = None,
        careful: bool = False,
    ) -> Panels:
        """Apply the rule to panels, some thousands at a time."""
        parts = []
        for start in range(0, max(len(low), 1), CHUNK):
            rows = slice(start, start + CHUNK)
            parts.append(self._rule(owner[rows], low[rows], high[rows], careful=careful))
        value, error, absolute, rounding = map(np.concatenate, zip(*parts, strict=True))
        depth = steady = np.zeros(len(low), dtype=int)
        if parent is not None:
            depth = parent.depth + 1
            steady = np.where(absolute >= ENDLESS_RATIO * parent.absolute, parent.steady + 1, 0)
        return Panels(owner, low, high, depth, steady, value, error, absolute, rounding)

    def _rule(self, owner: Array, low: Array, high: Array, *, careful: bool) -> tuple[Array, ...]:
        half = (high - low) / 2
        h = ((low + high) / 2)[:, None] + half[:, None] * _NODES
        y, error, z2 = self.values(owner, h, careful=careful)
        size = np.abs(y)
        noise = (error + size * (ELEMENTARY + 3 * z2)) @ _KRONROD
        moved = np.abs(np.diff(y, axis=1)).sum(axis=1)
        jitter = 2.0 * np.maximum(np.abs(low), np.abs(high)) * moved / half
        front = half / np.sqrt(2 * np.pi * self.q[owner])
        kronrod = y @ _KRONROD
        return (
            front * kronrod,
            front * _estimate(kronrod, y),
            front * (size @ _KRONROD),
            UNIT * front * (noise + jitter),
        )


def _estimate(kronrod: Array, y: Array) -> Array:
    difference = np.abs(kronrod - y @ _GAUSS)
    spread = np.abs(y - kronrod[:, None] / 2) @ _KRONROD
    share = np.where(spread > 0, LADDER * difference / np.where(spread > 0, spread, 1.0), 0.0)
    return spread * np.minimum(1.0, share**1.5)


def _corrected(integrand: Prepared, h: Array, columns: list[Array]) -> list[Array]:
    """Replace the points at which φ or φ' lost its digits by values from higher precision."""
    columns = [np.broadcast_to(np.asarray(column, dtype=float), h.shape) for column in columns]
    bad = np.zeros(h.shape, dtype=bool)
    for value, error in zip(columns[::2], columns[1::2], strict=True):
        bad |= ~(error <= DIGITS_LEFT * np.abs(value)) | ~np.isfinite(value)
    if not bad.any():
        return columns
    right = np.array([precise(integrand, x) for x in h[bad]])
    columns = [np.array(column) for column in columns]
    for column, values in zip(columns, right.T, strict=True):
        column[bad] = values
    return columns
