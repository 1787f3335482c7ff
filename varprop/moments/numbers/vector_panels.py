"""The adaptive panels of many integrals at once: NumPy over (variance, panel, node)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from varprop.moments.numbers.combine import Integrand
from varprop.moments.numbers.layout import FARTHEST, STANDARD, graded
from varprop.moments.numbers.number import UNIT
from varprop.moments.numbers.panels import (
    CORE,
    DIGITS_LEFT,
    ENDLESS_DEPTH,
    ENDLESS_RATIO,
    GLANCE,
    LOST,
    NOTHING,
    SETTLED,
    TAIL,
    blown_up,
)
from varprop.moments.numbers.precise import precise
from varprop.moments.numbers.prepared import Prepared
from varprop.moments.numbers.rule import GAUSS, KRONROD, LADDER, NODES
from varprop.moments.numbers.tails import tail

Array = np.ndarray

CHUNK = 4096
"""Panels evaluated together: the temporaries stay in the cache."""

MOST_PANELS = 600_000
SUMMATION = 30.0
"""Unit roundoffs of ∫|f| that pairwise summation over panels may lose."""

ELEMENTARY = 35.0
"""Unit roundoffs of one weighted value: the density's, the product's, and the dot product's."""

_NODES, _KRONROD, _GAUSS = map(np.array, (NODES, KRONROD, GAUSS))


@dataclass(frozen=True)
class Panels:
    """Columns: which variance a panel belongs to, its ends, and what the rule says about it."""

    owner: Array
    low: Array
    high: Array
    depth: Array
    parent: Array
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
            self.owner, self.low, self.high, self.depth, self.parent,
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


@dataclass(frozen=True)
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

    def kind_of(self, index: int) -> Integrand:
        """Return what is integrated at one variance."""
        return replace(self.kind, shift=tuple(float(part[index]) for part in self.kind.shift))

    def evaluate(
        self, owner: Array, low: Array, high: Array, depth: Array, parent: Array, *,
        careful: bool = False,
    ) -> Panels:  # fmt: skip
        """Apply the rule to panels, some thousands at a time."""
        parts = []
        for start in range(0, max(len(low), 1), CHUNK):
            rows = slice(start, start + CHUNK)
            found = self._rule(owner[rows], low[rows], high[rows], careful=careful)
            parts.append(
                Panels(owner[rows], low[rows], high[rows], depth[rows], parent[rows], *found)
            )
        return joined(parts)

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


def sums(panels: Panels, column: Array, count: int) -> Array:
    """Add a column up over each variance, pairwise."""
    order = np.argsort(panels.owner, kind="stable")
    owners, starts = np.unique(panels.owner[order], return_index=True)
    total = np.zeros(count)
    if len(order):
        total[owners] = np.add.reduceat(column[order], starts)
    return total


def first_spans(batch: Batch) -> tuple[Array, Array, Array]:
    """Return owner, low and high of the first panels (see ``layout.ends``)."""
    sigma = np.sqrt(batch.q)[:, None]
    largest = float(sigma.max())
    fixed = {kink.value for kink in batch.integrand.shape.kinks}
    for centre, length in batch.integrand.shape.lengths:
        fixed |= set(graded(centre, length, largest))
    standard = np.array([s * z for z in STANDARD for s in (1, -1)])
    limit = FARTHEST * sigma
    points = np.hstack([standard * sigma, np.broadcast_to(sorted(fixed), (len(sigma), len(fixed)))])
    points = np.sort(np.clip(points, 0 * limit if batch.half else -limit, limit), axis=1)
    owner, place = np.nonzero(np.diff(points, axis=1) > 0)
    return owner, points[owner, place], points[owner, place + 1]


def glanced(batch: Batch, owner: Array, low: Array, high: Array) -> Array:
    """Bound panels by three of their points; only for where they are negligible."""
    h = low[:, None] + (high - low)[:, None] * np.array([0.04, 0.5, 0.96])
    y, _, _ = batch.values(owner, h)
    bound = np.abs(y).max(axis=1) * (high - low) / np.sqrt(2 * np.pi * batch.q[owner])
    return np.where(np.isnan(bound), np.inf, bound)


def first_panels(batch: Batch) -> tuple[Panels, Array]:
    """Return the first panels and, per variance, the bound of what was only glanced at."""
    owner, low, high = first_spans(batch)
    core = np.minimum(np.abs(low), np.abs(high)) < CORE * np.sqrt(batch.q)[owner]
    depth, parent = np.zeros(len(low), dtype=int), np.full(len(low), np.inf)
    inner = batch.evaluate(owner[core], low[core], high[core], depth[core], parent[core])
    known = GLANCE * sums(inner, np.where(inner.finite, inner.absolute, 0.0), len(batch.q))
    bounds = np.zeros(len(low))
    outer = np.nonzero(~core)[0]
    bounds[outer] = glanced(batch, owner[outer], low[outer], high[outer])
    full = outer[~(bounds[outer] < known[owner[outer]])]
    skipped = np.setdiff1d(outer, full)
    left = np.bincount(owner[skipped], bounds[skipped], len(batch.q))
    rest = batch.evaluate(owner[full], low[full], high[full], depth[full], parent[full])
    return joined([inner, rest]), left


def settle(batch: Batch, panels: Panels, left: Array) -> tuple[Panels, Array]:
    """Repair and halve panels until they have settled; also return which variances are out of reach.

    Raises Divergent where the integrand blows up too fast to be integrated.
    """
    count = len(batch.q)
    absolute = sums(panels, np.where(panels.finite, panels.absolute, 0.0), count)
    panels = _repaired(batch, panels, absolute)
    lost = _out_of_reach(batch, panels, left)
    pending = panels.take(~lost[panels.owner])
    done: list[Panels] = []
    total = 0
    while len(pending.low) and total + len(pending.low) < MOST_PANELS:
        rough = _rough(pending, absolute, batch.integrand)
        done.append(pending.take(~rough))
        total += len(done[-1].low)
        pending = _repaired(batch, _halved(batch, pending.take(rough)), absolute)
        lost[pending.owner[~pending.finite]] = True
        pending = pending.take(~lost[pending.owner])
    return joined([*done, pending]), lost


def _repaired(batch: Batch, panels: Panels, absolute: Array) -> Panels:
    good = panels.finite & (panels.rounding <= LOST * absolute[panels.owner])
    if good.all():
        return panels
    bad = panels.take(~good)
    again = batch.evaluate(*bad.columns()[:5], careful=True)
    return joined([panels.take(good), again])


def _halved(batch: Batch, panels: Panels) -> Panels:
    middle = (panels.low + panels.high) / 2
    depth, parent = panels.depth + 1, panels.absolute
    return joined(
        [
            batch.evaluate(panels.owner, panels.low, middle, depth, parent),
            batch.evaluate(panels.owner, middle, panels.high, depth, parent),
        ]
    )


def _rough(panels: Panels, absolute: Array, integrand: Prepared) -> Array:
    rough = panels.error > np.maximum(SETTLED * absolute[panels.owner], panels.rounding)
    middle = (panels.low + panels.high) / 2
    rough &= (panels.low < middle) & (middle < panels.high)
    endless = rough & (panels.depth >= ENDLESS_DEPTH)
    endless &= panels.absolute >= ENDLESS_RATIO * panels.parent
    if endless.any():
        raise blown_up(float(panels.low[endless][0]), integrand)
    return rough


def _out_of_reach(batch: Batch, panels: Panels, left: Array) -> Array:
    """Tell which variances double range can't hold, or may not (see ``panels``)."""
    finite = panels.finite
    absolute = sums(panels, np.where(finite, panels.absolute, 0.0), len(batch.q))
    lost = left > np.maximum(TAIL * absolute, NOTHING)
    lost[panels.owner[~finite]] = True
    return lost


def _tails(batch: Batch) -> Array:
    """Bound what lies beyond the last panels."""
    kinds = (batch.kind_of(index) for index in range(len(batch.q)))
    pairs = zip(batch.q, kinds, strict=True)
    return np.array([tail(batch.integrand, kind, float(q), 0.0) for q, kind in pairs])


def integrate_many(batch: Batch) -> tuple[Array, Array, Array]:
    """Return values, absolute error bounds, and which variances are out of double range's reach."""
    with np.errstate(all="ignore"):
        panels, skipped = first_panels(batch)
        left = _tails(batch)
        panels, lost = settle(batch, panels, left)
        count = len(batch.q)
        value = sums(panels, panels.value, count)
        bound = sums(panels, panels.error + panels.rounding, count) + skipped + left
        bound += SUMMATION * UNIT * sums(panels, panels.absolute, count) + _cuts(batch)
    times = 2.0 if batch.half else 1.0
    return times * value, times * bound, lost


def _cuts(batch: Batch) -> Any:
    """A kink is cut at the nearest double: that moves at most a sliver to the wrong side."""
    total = np.zeros(len(batch.q))
    for kink in (kink.value for kink in batch.integrand.shape.kinks if kink.value != 0):
        sides = np.array([[np.nextafter(kink, -np.inf), np.nextafter(kink, np.inf)]] * len(batch.q))
        y, _, _ = batch.values(np.arange(len(batch.q)), sides)
        error = UNIT * abs(kink) / np.sqrt(2 * np.pi * batch.q) * np.abs(y).sum(axis=1)
        total += np.where(np.isfinite(error), error, 0.0)
    return total
