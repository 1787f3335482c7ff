"""The adaptive panels of many integrals at once: NumPy over (variance, panel, node)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from varprop.moments.numbers.layout import FARTHEST, STANDARD, graded
from varprop.moments.numbers.number import UNIT
from varprop.moments.numbers.panels import (
    CORE,
    ENDLESS_DEPTH,
    ENDLESS_RUN,
    GLANCE,
    LOST,
    NOTHING,
    SETTLED,
    TAIL,
    blown_up,
)
from varprop.moments.numbers.poles import check_poles
from varprop.moments.numbers.prepared import Prepared
from varprop.moments.numbers.tails import tails
from varprop.moments.numbers.vector_panel import Array, Batch, Panels, joined

MOST_PANELS = 600_000
SUMMATION = 30.0
"""Unit roundoffs of ∫|f| that pairwise summation over panels may lose."""


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
    inner = batch.evaluate(owner[core], low[core], high[core])
    known = GLANCE * sums(inner, np.where(inner.finite, inner.absolute, 0.0), len(batch.q))
    bounds = np.zeros(len(low))
    outer = np.nonzero(~core)[0]
    bounds[outer] = glanced(batch, owner[outer], low[outer], high[outer])
    full = outer[~(bounds[outer] < known[owner[outer]])]
    skipped = np.setdiff1d(outer, full)
    left = np.bincount(owner[skipped], bounds[skipped], len(batch.q))
    rest = batch.evaluate(owner[full], low[full], high[full])
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
    again = batch.evaluate(bad.owner, bad.low, bad.high, careful=True)
    return joined([panels.take(good), replace(again, depth=bad.depth, steady=bad.steady)])


def _halved(batch: Batch, panels: Panels) -> Panels:
    middle = (panels.low + panels.high) / 2
    return joined(
        [
            batch.evaluate(panels.owner, panels.low, middle, parent=panels),
            batch.evaluate(panels.owner, middle, panels.high, parent=panels),
        ]
    )


def _rough(panels: Panels, absolute: Array, integrand: Prepared) -> Array:
    rough = panels.error > np.maximum(SETTLED * absolute[panels.owner], panels.rounding)
    middle = (panels.low + panels.high) / 2
    rough &= (panels.low < middle) & (middle < panels.high)
    endless = rough & (panels.depth >= ENDLESS_DEPTH) & (panels.steady >= ENDLESS_RUN)
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


def integrate_many(batch: Batch) -> tuple[Array, Array, Array]:
    """Return values, absolute error bounds, and which variances are out of double range's reach.

    Raises Divergent.
    """
    check_poles(batch.integrand, batch.kind)
    with np.errstate(all="ignore"):
        panels, skipped = first_panels(batch)
        left = tails(batch.integrand, batch.kind, batch.q)
        panels, lost = settle(batch, panels, left)
        count = len(batch.q)
        value = sums(panels, panels.value, count)
        bound = sums(panels, panels.error + panels.rounding, count) + skipped + left
        bound += SUMMATION * UNIT * sums(panels, panels.absolute, count) + _cuts(batch)
    times = 2.0 if batch.half else 1.0
    return times * value, times * bound, lost


def _cuts(batch: Batch) -> Array:
    """A kink is cut at the nearest double: that moves at most a sliver to the wrong side."""
    total = np.zeros(len(batch.q))
    for kink in (kink.value for kink in batch.integrand.shape.kinks if kink.value != 0):
        sides = np.array([[np.nextafter(kink, -np.inf), np.nextafter(kink, np.inf)]] * len(batch.q))
        y, _, _ = batch.values(np.arange(len(batch.q)), sides)
        error = UNIT * abs(kink) / np.sqrt(2 * np.pi * batch.q) * np.abs(y).sum(axis=1)
        total += np.where(np.isfinite(error), error, 0.0)
    return total
