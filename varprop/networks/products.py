"""Branches of one input multiplied unit by unit."""

from __future__ import annotations

from dataclasses import replace
from math import isclose, prod
from typing import TYPE_CHECKING, Any

from varprop.frozen import frozen
from varprop.networks.aligned import aligned, pulled_back, shares_of, side_by_side
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.densities import POINTS, values
from varprop.networks.gradient_places import (
    Near,
    PlacedGradient,
    by_covariance,
    near_of,
    placed,
)
from varprop.networks.lags import NO_LAGS, Lag, Lags, by_lag, over
from varprop.networks.layer import Forward, Sampled, Setting
from varprop.networks.paths import refuse_unmixed
from varprop.networks.phases import combined_phases
from varprop.networks.product_laws import atoms_of, given_product, product_part
from varprop.networks.product_pairs import UNFOLLOWED, factor_rows, whole
from varprop.networks.product_tokens import multiplied_pairs
from varprop.networks.shape import Shape
from varprop.networks.signal import Gradient, Part, Signal, times
from varprop.networks.spatial import Space, space_of
from varprop.networks.spatial_moments import profile_of, profiles
from varprop.networks.spatial_pairs import in_phase, neighbours
from varprop.networks.sums import Sum
from varprop.networks.token_pairs import far_of
from varprop.networks.token_places import at_places
from varprop.networks.unit_points import grid, law_of
from varprop.networks.values import entered

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
            found = _beside(gradient, (out, signals[place]), _but(signals, place), to)
            if gradient.by is None or to.symbolic or found.cross is None:
                return found
            met = _two_inputs(gradient, found, (out, signals[place]), _but(signals, place))
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


def _beside(
    gradient: Gradient, product: tuple[Signal, Signal], others: list[Signal], arithmetic: Arithmetic
) -> Gradient:
    """Return the gradient of one factor, which meets the values of the others.

    ``product`` is the result and that factor.
    """
    second: Value = 1
    cross: Value | None = 1
    for s in others:
        second, cross = second * s.second, times(cross, s.cross)
    if arithmetic.symbolic or not second:
        return replace(gradient.scaled(second), cross=times(gradient.cross, cross))
    given = _given(gradient, product, others)
    parts = product[1].parts or ()
    more = sum(
        float(part.share) * float(law_of(part).masses @ size)
        for part, size in zip(parts, given or (), strict=False)
    )
    found = gradient.scaled(second * (more if given is not None else 1.0))
    found = replace(found, cross=times(gradient.cross, cross))
    each: Any = [profiles(s, arithmetic) for s in others]
    for one, s in zip(each, others, strict=True):
        if one is not None:
            found = at_places(found, one[0] / s.second)
    found = _met(replace(found, by=None), near_of(gradient), others, arithmetic)
    if given is None or not more or product[1].is_gaussian:
        return found
    return entered(found, parts, [size / more for size in given])


def _met(
    gradient: Gradient, near: Near | None, others: list[Signal], arithmetic: Arithmetic
) -> Gradient:
    """Return the gradient of a factor with the likeness of its positions, which met others' values.

    Of two inputs, two positions of the others are as alike as one is.
    """
    found, both = near, near
    for s in others if near is not None else ():
        found = found * _values_alike(near, s, arithmetic)
        far = far_of(s, arithmetic)
        if isinstance(both, float) and s.cross and far is not None:
            both = both * float(far / s.cross)
    made = placed(gradient, found)
    return replace(made, near_of_two=both) if isinstance(made, PlacedGradient) else made


def _values_alike(near: Near, signal: Signal, arithmetic: Arithmetic) -> Any:
    """Return E[x(p)x(p + d)]/E[x²] at every lag; of two tokens where there are tokens."""
    square, size = signal.mean * signal.mean, float(signal.second)
    space = space_of(excess=neighbours(signal, arithmetic), phases=in_phase(signal, arithmetic)[0])
    cross, between = (square if held is None else held for held in (signal.cross, signal.between))
    part = Part(1, signal.second, cross, between, space=space)
    return by_covariance(near, (part,), lambda each: each[0] / size)


def _two_inputs(
    gradient: Gradient, found: Gradient, product: tuple[Signal, Signal], others: list[Signal]
) -> Gradient | None:
    """Return the gradient of one factor with E[δδ̃] as it depends on the product, None where unknown."""
    out, own = product
    if own.parts is None or out.parts is None or not found.second:
        return None
    rows = [factor_rows(gradient, out.parts[0], part, others) for part in own.parts]
    known = [row for row in rows if row is not None]
    total = whole(known, own.parts) if len(known) == len(rows) else None
    if total is None:
        return None
    ratio = gradient.second / found.second
    cross = gradient.second * total
    if found.by is None:
        return replace(found, cross=cross)
    return entered(
        replace(found, cross=cross), own.parts, list(found.by.at), [r.times(ratio) for r in known]
    )


def _given(
    gradient: Gradient, product: tuple[Signal, Signal], others: list[Signal]
) -> list[Array] | None:
    """Return how much more gradient arrives at each value of one factor, where that is followed.

    It counts where the others are large, and the whole depends on the factor itself.
    """
    import numpy as np

    out, own = product
    if gradient.by is None or out.parts is None or gradient.by.laws[0] is not out.parts[0].law:
        return None
    if own.parts is None or any(s.parts is None for s in others):
        return None
    atoms = [atoms_of(s.parts) for s in others if s.parts is not None]
    found = []
    for part in own.parts:
        cells = values(part.phi, grid(part)).reshape(-1, POINTS).mean(axis=1)
        at = given_product(gradient.by.at[0], out.parts[0], cells, atoms)
        found.append(np.repeat(at, POINTS))
    return found


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
