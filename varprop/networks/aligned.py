"""Units of several laws side by side, added or multiplied unit by unit: each law meets its own.

Where every branch is a concatenation with the same widths, the first part meets the first part: the
average of the products is not the product of the averages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Expr

from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.concatenation import Concat
from varprop.networks.containers import Serial
from varprop.networks.elementwise import Activate, Dropout, Scale
from varprop.networks.feature_norms import Norm
from varprop.networks.gradient_places import total
from varprop.networks.layer import Forward, Layer, Setting
from varprop.networks.shape import Shape
from varprop.networks.signal import Gradient, Signal
from varprop.networks.spatial_moments import averaged
from varprop.networks.unit_points import points
from varprop.networks.units import mixed
from varprop.networks.values import by_values, followed, pairs_of, pieces

if TYPE_CHECKING:
    from varprop.networks.signal import Part

MISALIGNED = (
    "{what}: units of several laws meet, and which meets which isn't followed: every law counts as if it met "
    "the average of the others. E[x²] of two concatenations of relu and linear units comes out 5 % too "
    "small in a sum, 10 % in a product"
)
Widths = tuple[Expr, ...]
Pieces = list[list[Signal]]


def widths(layer: Layer, shape: Shape) -> Widths | None:
    """Return the widths of the units side by side behind a layer, None where none are known."""
    if type(layer) is Concat:
        return tuple(s.features for s in layer.shapes(shape))
    if not isinstance(layer, Serial):
        return None
    found: Widths | None = None
    for inner in layer.layers:
        own = widths(inner, shape)
        unitwise = isinstance(inner, Activate | Dropout | Scale | Norm)
        found = found if unitwise and own is None else own
        shape = inner.output(shape)
    return found


def aligned(
    what: str, layers: tuple[Layer, ...], shape: Shape, signals: list[Signal], setting: Setting
) -> Pieces | None:
    """Return the signals of every law by itself, None where all units are alike or it isn't known.

    The latter is named where it matters.
    """
    several = [place for place, s in enumerate(signals) if s.parts is not None and len(s.parts) > 1]
    if len(several) < 2:
        return None
    known = [widths(layers[place], shape) for place in several]
    first = known[0]
    if first is None or any(k != first for k in known):
        setting.approximate(MISALIGNED.format(what=what))
        return None
    to = setting.arithmetic.value
    shares = [to(w) / to(sum(first)) for w in first]
    parts = [signals[place].parts or () for place in several]
    if any(not _fits(own, shares) for own in parts):
        setting.approximate(MISALIGNED.format(what=what))
        return None
    return [
        [
            _piece(s, k, setting.arithmetic) if place in several else s
            for place, s in enumerate(signals)
        ]
        for k in range(len(shares))
    ]


def _fits(parts: tuple[Part, ...], shares: list[Value]) -> bool:
    return len(parts) == len(shares) and all(
        abs(part.share - share) < 1e-12 for part, share in zip(parts, shares, strict=True)
    )


def _piece(signal: Signal, place: int, arithmetic: Arithmetic) -> Signal:
    """Return the units of one law."""
    assert signal.parts is not None
    part = replace(signal.parts[place], share=1)
    found = averaged(part, arithmetic)
    return replace(
        signal,
        second=found.second,
        mean=found.mean,
        cross=found.cross,
        between=found.between,
        parts=(part,),
    )


def side_by_side(whole: Signal, outs: list[Signal], shares: list[Value]) -> Signal:
    """Return the signal whose pieces are these."""
    parts: tuple[Part, ...] | None = ()
    for share, out in zip(shares, outs, strict=True):
        if parts is not None:
            own = out.parts
            parts = None if own is None else (*parts, *(_shared(p, share) for p in own))
    return replace(
        whole,
        second=mixed(shares, [out.second for out in outs]),
        mean=mixed(shares, [out.mean for out in outs]),
        cross=mixed(shares, [out.cross for out in outs]),
        between=mixed(shares, [out.between for out in outs]),
        parts=parts,
        slope=mixed(shares, [out.slope for out in outs]),
        reference=mixed(shares, [out.second for out in outs]),
    )


def _shared(part: Part, share: Value) -> Part:
    return replace(part, share=share * part.share)


def shares_of(signals: list[Signal]) -> list[Value]:
    """Return the shares of the units of every law."""
    found = ([p.share for p in s.parts] for s in signals if s.parts and len(s.parts) > 1)
    return next(found, [1])


Way = Callable[[Gradient, Signal, list[Signal], int], Gradient]
"""From the gradient at a sum or product of signals to that at the one in a place."""

Through = Callable[[Gradient, int], Gradient]


def pulled_back(
    gradient: Gradient,
    passed: list[Forward],
    out: Signal,
    by_law: tuple[list[Signal], Pieces],
    way: Way,
) -> Gradient:
    """Return the gradient below all branches; ``by_law`` holds result and branches of every law."""
    signals = [s for s, _ in passed]
    outs, each = by_law

    def branch(place: int) -> Gradient:
        below = way(gradient, out, signals, place)
        if not outs:
            return below
        return back_by_law(
            gradient, lambda one, k: way(one, outs[k], each[k], place), below, outs,
            shares_of(signals), signals[place],
        )  # fmt: skip

    return total([back(branch(place)) for place, (_, back) in enumerate(passed)])


def back_by_law(
    gradient: Gradient,
    through: Through,
    plain: Gradient,
    outs: list[Signal],
    shares: list[Value],
    signal: Signal,
) -> Gradient:
    """Return the gradient of one branch: that of the k-th law is ``through(gradient there, k)``.

    ``plain`` is the one of the average unit, whose positions count.
    """
    whole = side_by_side(outs[0], outs, shares)
    arriving = pieces(gradient, whole.parts, [out.parts for out in outs])
    each = [through(one, k) for k, one in enumerate(arriving)]
    parts = signal.parts
    if parts is None or len(parts) != len(each):
        cross = mixed(shares, [one.cross for one in each])
        return replace(
            plain, second=mixed(shares, [one.second for one in each]), cross=cross, by=None
        )
    sizes, usual, pairs = [], [], []
    for part, one in zip(parts, each, strict=True):
        by = followed(one, (part,))
        ones = points(part)[0] * 0 + 1.0
        sizes.append(one.second * (ones if by is None else by.at[0]))
        usual.append(one.second * (1.0 if by is None else by.usual[0]))
        own = pairs_of(one, by, (part,))
        pairs.append(None if own is None else own[0].times(one.second))
    known = [pair for pair in pairs if pair is not None]
    found = by_values(
        Gradient(1.0), parts, sizes, usual, known if len(known) == len(pairs) else None
    )
    return replace(plain, second=found.second, cross=found.cross, by=found.by)
