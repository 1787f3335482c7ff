"""Beyond double range: the same integral with unlimited exponents, found around its own peaks.

exp(4h) at q = 10⁶ has its mass 4000 standard deviations out, and a value e^(8·10⁶); a kink 40 standard
deviations out leaves 10⁻³⁴⁹. The logarithm of the integrand is sampled outwards, its peaks are
located, and panels are laid around each peak until the integrand has fallen far enough.
"""

from __future__ import annotations

import math
from typing import Any

from varprop.errors import Undecided
from varprop.moments.numbers.combine import MOMENTS, Integrand, centred
from varprop.moments.numbers.functions_mp import context
from varprop.moments.numbers.number import LARGEST_LOG, UNIT
from varprop.moments.numbers.panel import Integral
from varprop.moments.numbers.peaks import DIGITS, Logarithmic, intervals
from varprop.moments.numbers.prepared import Prepared
from varprop.moments.numbers.rule import GAUSS_TEXTS, KRONROD_TEXTS, LADDER, NODE_TEXTS

MOST_PANELS = 6000
SETTLED = 1e-18
RESIDUE = 1e-17
"""Allowance for what 40 digits and the cut tails leave, as a share of ∫|f|·density."""


def wide(integrand: Prepared, kind: Integrand, q: float, mean: float) -> Integral:
    """Return the integral; ``log_value`` is set when it leaves double range.

    Raises Divergent when the integrand does not fall off, Undecided when it can't be followed.
    """
    return _as_integral(*_summed(Logarithmic(integrand, kind, q, mean)))


def variance(integrand: Prepared, q: float) -> Integral:
    """Return E[(φ − m)²] when the mean m itself is beyond double range."""
    ctx = context(DIGITS)
    m, _, _ = _summed(Logarithmic(integrand, MOMENTS["mean"].kind, q, 0.0))
    return wide(integrand, Integrand(centred, (0, 2, 0), (m, ctx.zero)), q, 0.0)


def _summed(function: Logarithmic) -> tuple[Any, Any, Any]:
    """Return the integral, its error and ∫|f|, all with unlimited exponents."""
    ctx = context(DIGITS)
    pending = [_panel(function, ctx.mpf(a), ctx.mpf(b)) for a, b in intervals(function)]
    done: list[tuple[Any, ...]] = []
    while pending and len(done) + len(pending) < MOST_PANELS:
        absolute = sum(panel[4] for panel in [*done, *pending])
        rough = [panel for panel in pending if panel[3] > SETTLED * absolute]
        done += [panel for panel in pending if panel[3] <= SETTLED * absolute]
        pending = [
            _panel(function, *part)
            for low, high, *_ in rough
            for part in ((low, (low + high) / 2), ((low + high) / 2, high))
        ]
    panels = [*done, *pending]
    absolute = ctx.fsum(panel[4] for panel in panels)
    error = ctx.fsum(panel[3] for panel in panels) + RESIDUE * absolute
    return ctx.fsum(panel[2] for panel in panels), error, absolute


def _panel(function: Logarithmic, low: Any, high: Any) -> tuple[Any, ...]:
    """Return (low, high, value, estimated error, ∫|f|) of one panel."""
    ctx = context(DIGITS)
    nodes, kronrod, gauss = _rule()
    middle, half = (low + high) / 2, (high - low) / 2
    values = [function(middle + half * node) for node in nodes]
    total = ctx.fdot(kronrod, values)
    difference = abs(total - ctx.fdot(gauss, values))
    spread = ctx.fdot(kronrod, [abs(y - total / 2) for y in values])
    share = (LADDER * difference / spread) ** ctx.mpf(1.5) if spread else ctx.zero
    absolute = ctx.fdot(kronrod, map(abs, values))
    return low, high, half * total, half * spread * min(ctx.one, share), half * absolute


def _rule() -> tuple[list[Any], ...]:
    ctx = context(DIGITS)
    return tuple([ctx.mpf(x) for x in texts] for texts in (NODE_TEXTS, KRONROD_TEXTS, GAUSS_TEXTS))


def _as_integral(value: Any, error: Any, absolute: Any) -> Integral:
    ctx = context(DIGITS)
    if value == 0:
        return Integral(0.0, float(error), float(absolute))
    log = float(ctx.log(abs(value)))
    if log <= LARGEST_LOG:
        return Integral(float(value), float(error) + UNIT * abs(float(value)), float(absolute))
    relative = float(error / abs(value))
    if relative > 1:
        raise Undecided("the expectation is beyond double range and its size could not be settled.")
    return Integral(math.inf, relative + UNIT * log, math.inf, log)
