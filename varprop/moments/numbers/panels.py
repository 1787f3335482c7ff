"""Adaptive panels for one integral: halve what has not settled, then look at what is left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from varprop.errors import Divergent, Undecided, VarpropError
from varprop.moments.numbers.combine import Integrand
from varprop.moments.numbers.layout import FARTHEST, ends
from varprop.moments.numbers.number import UNIT
from varprop.moments.numbers.opaque import MOST_PANELS as OPAQUE_PANELS
from varprop.moments.numbers.opaque import NARROW, slope_doubt
from varprop.moments.numbers.panel import Integral, Panel, Weighted
from varprop.moments.numbers.poles import check_poles
from varprop.moments.numbers.precise import precise
from varprop.moments.numbers.prepared import Prepared
from varprop.moments.numbers.tails import tail

SETTLED = 2e-16
"""A panel is done when its estimated error is below this share of ∫|f|·density."""

LOST = 3e-15
"""Rounding above this share of the integral sends the panel's worst points to higher precision."""

DIGITS_LEFT = 64.0
"""A point is recomputed when its rounding error exceeds this many unit roundoffs."""

MOST_PANELS = 30_000
TAIL = 1e-17
CORE = 9.0
"""Standard deviations within which every panel gets the full rule at once."""

GLANCE = 1e-19
NEARLY_NOTHING, NOTHING = 1e-280, 1e-302
ENDLESS_DEPTH, ENDLESS_RUN = 30, 15
"""∫|f| of a panel that does not fall over this many halvings at this depth: the integral is infinite."""


def integrate(
    integrand: Prepared, kind: Integrand, q: float, mean: float, *, half: bool
) -> Integral:
    """Return the integral of ``kind`` over h ~ N(mean, q); ``half`` doubles the part h ≥ 0.

    Raises Divergent when the integral is infinite.
    """
    check_poles(integrand, kind)
    weighted = Weighted(integrand.scalar, kind, q, mean)
    points = ends(q, mean, integrand.shape, half=half)
    panels = _first_panels(weighted, list(pairwise(points)))
    panels = _repaired(panels, integrand, weighted, _absolute(panels))
    left = tail(integrand, kind, q, mean)
    lost = _out_of_reach(panels, left, half=half) or _hidden(integrand, kind, q, mean, left, panels)
    if not lost:
        panels = _settled(panels, integrand, weighted)
    if lost or not all(panel.finite for panel in panels):
        from varprop.moments.numbers.wide import wide

        return wide(integrand, kind, q, mean)
    extra = slope_doubt(panels, weighted) if integrand.opaque and integrand.slope else 0.0
    extra += sum(_cut_error(kink.value, weighted) for kink in integrand.shape.kinks)
    extra += min(left, max(TAIL * _absolute(panels), NOTHING))
    value = math.fsum(panel.value for panel in panels)
    bound = math.fsum(panel.error + panel.rounding for panel in panels) + UNIT * abs(value) + extra
    times = 2.0 if half else 1.0
    return Integral(times * value, times * bound, times * _absolute(panels))


def _first_panels(weighted: Weighted, spans: list[tuple[float, float]]) -> list[Panel]:
    """Apply the rule to all spans; far out, a glance is enough where next to nothing is left."""
    core = CORE * math.sqrt(weighted.q)
    inner = [span for span in spans if min(abs(end - weighted.mean) for end in span) < core]
    panels = [weighted.panel(low, high) for low, high in inner]
    negligible = GLANCE * _absolute(panels)
    kept = set(inner)
    for low, high in spans:
        if (low, high) in kept:
            continue
        glance = weighted.glance(low, high)
        panels.append(glance if glance.error < negligible else weighted.panel(low, high))
    return sorted(panels, key=lambda panel: panel.low)


def _absolute(panels: Sequence[Panel]) -> float:
    return math.fsum(panel.absolute for panel in panels if panel.finite)


def _repaired(
    panels: Sequence[Panel], integrand: Prepared, weighted: Weighted, absolute: float
) -> list[Panel]:
    """Recompute the panels that lost digits inside φ, in higher precision where it lost them."""

    def careful(h: float) -> tuple[float, ...]:
        values = integrand.scalar(h)
        trusted = all(
            error <= DIGITS_LEFT * abs(value)
            for value, error in zip(values[::2], values[1::2], strict=True)
        )
        return values if trusted and all(map(math.isfinite, values)) else precise(integrand, h)

    slow = replace(weighted, function=careful)
    return [
        panel if panel.finite and panel.rounding <= LOST * absolute else slow.again(panel)
        for panel in panels
    ]


def _out_of_reach(panels: Sequence[Panel], left: float, *, half: bool) -> bool:
    """Tell whether double range is too small: an overflow, or mass where the density underflows."""
    absolute = _absolute(panels)
    if not all(panel.finite for panel in panels):
        return True
    if left <= max(TAIL * absolute, NOTHING):
        return False
    edges = panels[-1:] if half else (panels[0], panels[-1])
    return absolute < NEARLY_NOTHING or any(panel.absolute > TAIL * absolute for panel in edges)


def _hidden(
    integrand: Prepared,
    kind: Integrand,
    q: float,
    mean: float,
    left: float,
    panels: Sequence[Panel],
) -> bool:
    """Tell whether there is mass beyond the last panel; raises Divergent when there is no end to it."""
    if integrand.opaque or left <= max(TAIL * _absolute(panels), NOTHING):
        return False
    from varprop.moments.numbers.peaks import Logarithmic, highest_beyond

    highest = highest_beyond(Logarithmic(integrand, kind, q, mean), FARTHEST)
    return highest > math.log(TAIL * _absolute(panels) + NOTHING)


def _settled(panels: list[Panel], integrand: Prepared, weighted: Weighted) -> list[Panel]:
    """Halve panels until each one's error is negligible or buried in its rounding."""
    done: list[Panel] = []
    pending = panels
    most = OPAQUE_PANELS if integrand.opaque else MOST_PANELS
    while pending and len(done) + len(pending) < most:
        absolute = _absolute([*done, *pending])
        split = [_is_rough(panel, absolute, integrand) for panel in pending]
        rough = [panel for panel, is_rough in zip(pending, split, strict=True) if is_rough]
        done += [panel for panel, is_rough in zip(pending, split, strict=True) if not is_rough]
        children = [child for panel in rough for child in weighted.halves(panel)]
        pending = _repaired(children, integrand, weighted, absolute)
        if not all(panel.finite for panel in pending):
            break
    return [*done, *pending]


def _is_rough(panel: Panel, absolute: float, integrand: Prepared) -> bool:
    if panel.error <= max(SETTLED * absolute, panel.rounding):
        return False
    if panel.depth >= ENDLESS_DEPTH and panel.steady >= ENDLESS_RUN:
        raise blown_up(panel.low, integrand)
    middle = (panel.low + panel.high) / 2
    if integrand.opaque and integrand.slope and panel.high - panel.low < NARROW * (1 + abs(middle)):
        return False
    return panel.low < middle < panel.high


def blown_up(h: float, integrand: Prepared) -> VarpropError:
    """Return the refusal for an integrand whose panels near h grow as they get narrower."""
    if integrand.opaque:
        return Undecided(
            f"the Python function is not smooth near h = {h:.6g}: declare a kink there."
        )
    return Divergent(f"the expectation is infinite: the integrand blows up near h = {h:.6g}.")


def _cut_error(kink: float, weighted: Weighted) -> float:
    """A kink is cut at the nearest double: that moves at most a sliver to the wrong side."""
    if kink == 0:
        return 0.0
    sides = (weighted.at(h)[0] for h in _neighbours(kink))
    sliver = UNIT * abs(kink) / math.sqrt(2 * math.pi * weighted.q)
    error = sliver * sum(abs(side) for side in sides)
    return error if math.isfinite(error) else 0.0


def _neighbours(x: float) -> tuple[float, float]:
    return math.nextafter(x, -math.inf), math.nextafter(x, math.inf)
