"""Branches of one input multiplied unit by unit."""

from __future__ import annotations

from dataclasses import replace
from math import isclose, prod
from typing import TYPE_CHECKING, Any

from varprop.frozen import frozen
from varprop.networks.aligned import aligned, pulled_back, shares_of, side_by_side
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.lags import NO_LAGS, Lag, Lags, by_lag, over
from varprop.networks.layer import Forward, Sampled, Setting
from varprop.networks.paths import refuse_unmixed
from varprop.networks.phases import combined_phases
from varprop.networks.product_gradients import beside, two_inputs
from varprop.networks.product_laws import atoms_of, product_part
from varprop.networks.product_pairs import UNFOLLOWED
from varprop.networks.product_tokens import multiplied_pairs
from varprop.networks.shape import Shape
from varprop.networks.signal import Gradient, Part, Signal, times
from varprop.networks.spatial import Space, space_of
from varprop.networks.spatial_moments import profile_of, profiles
from varprop.networks.spatial_pairs import in_phase, neighbours
from varprop.networks.sums import Sum

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.drawing import Drawing

ROUNDING = 1e-9
SQUARED = 1e-150
"""Smallest size whose square is in double range."""


@frozen
class Multiply(Sum):
    """Branches of one input multiplied unit by unit: E[(x y)²] = E[x²]·E[y²] for independent ones."""

    __init__ = Sum.__init__
    kind = "Multiply"
    label = "Multiply"
    instead = ""

    def forward(self, signal: Signal, setting: Setting) -> Forward:
        """Products of the moments; each branch's gradient sees the product of the others."""
        passed = self._passed(signal, setting)
        refuse_unmixed(str(self), self.branches, signal.shape)
        signals = [s for s, _ in passed]
        out = _multiplied(signals, setting.arithmetic)
        to = setting.arithmetic
        each = aligned(str(self), self.branches, signal.shape, signals, setting) or []
        outs = [_multiplied(one, to) for one in each]
        if outs:
            out = side_by_side(out, outs, shares_of(signals))

        def way(gradient: Gradient, out: Signal, signals: list[Signal], place: int) -> Gradient:
            found = beside(gradient, (out, signals[place]), _but(signals, place), to)
            if gradient.by is None or to.symbolic or found.cross is None:
                return found
            met = two_inputs(gradient, found, (out, signals[place]), _but(signals, place))
            if met is None:
                setting.approximate(UNFOLLOWED.format(what=self))
            return found if met is None else met

        def through(gradient: Gradient) -> Gradient:
            laws = ([], []) if to.symbolic else (outs, each)
            return pulled_back(gradient, passed, out, laws, way)

        return out, setting.mark(out, through, preactivation=False)

    def sample(self, shape: Shape, drawing: Drawing) -> Sampled:
        """Draw every branch."""
        drawn = self._drawn(shape, drawing)
        kept: list[Array] = []

        def forward(x: Array) -> Array:
            import numpy as np

            kept[:] = [d.forward(x) for d in drawn]
            total: Array = np.prod(np.stack(kept), axis=0)
            return total

        def backward(delta: Array) -> Array:
            import numpy as np

            total: Array = sum(  # type: ignore[assignment]
                d.backward(delta * np.prod(np.stack(kept[:k] + kept[k + 1 :]), axis=0))
                for k, d in enumerate(drawn)
            )
            return total

        return Sampled(forward, backward)


def _multiplied(signals: list[Signal], arithmetic: Arithmetic) -> Signal:
    out = signals[0]
    for one in signals[1:]:
        out = _product(out, one)
    if arithmetic.symbolic:
        return replace(out, space=_in_places(signals, arithmetic))
    found = _with_law(_with_places(out, signals, arithmetic), signals)
    return multiplied_pairs(found, signals, arithmetic)


def _but(signals: list[Signal], place: int) -> list[Signal]:
    return signals[:place] + signals[place + 1 :]


def _product(a: Signal, b: Signal) -> Signal:
    second = a.second * b.second
    return Signal(
        a.shape,
        second,
        a.mean * b.mean,
        times(a.cross, b.cross),
        times(a.between, b.between),
        None,
        a.slope * b.second + b.slope * a.second,
        f"{a.words}·{b.words}",
        a.reference if _equal(a.reference, b.reference) else second,
    )


def _equal(one: Value, other: Value) -> bool:
    """Whether two sizes are the same but for rounding."""
    if one == other:
        return True
    numbers = isinstance(one, float) and isinstance(other, float)
    return numbers and isclose(one, other, rel_tol=ROUNDING)


def _with_places(out: Signal, signals: list[Signal], arithmetic: Arithmetic) -> Signal:
    """Return the product with what tells its positions apart."""
    flat = _in_places(signals, arithmetic)
    found = [profiles(signal, arithmetic) for signal in signals]
    if all(one is None for one in found):
        return replace(out, space=flat)
    each: list[Any] = [
        (s.second, s.cross) if p is None else p for s, p in zip(signals, found, strict=True)
    ]
    second, cross = each[0]
    for more, crossed in each[1:]:
        second, cross = second * more, times(cross, crossed)
    profile = profile_of(second, cross)
    own, shared = (None, None) if profile is None else (profile.own, profile.shared)
    return replace(
        out,
        second=float(second.mean()),
        cross=None if cross is None else float(cross.mean()),
        space=space_of(own, shared, *(() if flat is None else (flat.excess, flat.phases))),
    )


def _in_places(signals: list[Signal], arithmetic: Arithmetic) -> Space | None:
    """Return what pairs of positions of the product have in common."""
    apart = combined_phases([in_phase(s, arithmetic)[0] for s in signals], prod)
    return space_of(excess=_neighbours(signals, arithmetic), phases=apart)


def _neighbours(signals: list[Signal], arithmetic: Arithmetic) -> Lags:
    if any(signal.cross is None for signal in signals):
        return NO_LAGS
    each = [neighbours(signal, arithmetic) for signal in signals]
    phases = [in_phase(signal, arithmetic)[0] for signal in signals]

    def at(lag: Lag | None) -> Value:
        near = far = second = cross = arithmetic.value(1)
        for signal, pairs, apart in zip(signals, each, phases, strict=True):
            common: Value = signal.cross
            beyond = (signal.second - common) * pairs.at(lag)
            share = 1 if apart is None else apart.average() if lag is None else apart.at(lag)
            near, second = near * (common * share + beyond), second * signal.second
            far, cross = far * common * share, cross * common
        return over(near - far, second - cross)

    return by_lag(each, at)


def _with_law(out: Signal, signals: list[Signal]) -> Signal:
    """Return the product with its law at the average position, where every factor's is known."""
    known = [s.parts for s in signals if s.parts is not None]
    square = out.mean * out.mean
    if len(known) < len(signals) or out.second <= square or not SQUARED < out.second < 1 / SQUARED:
        return out
    if any(part.dropped != 0 for parts in known for part in parts):
        return out
    covariance = None if out.cross is None else out.cross - square
    between = None if out.between is None else out.between - square
    made = product_part([atoms_of(parts) for parts in known], out.mean, covariance, between)
    part: Part = replace(made, variance=out.second - square, space=out.space)
    return replace(out, parts=(part,))
