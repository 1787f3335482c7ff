"""What an activation does to a gradient: its own factor where several act on one Gaussian."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from varprop.frozen import frozen
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.signal import Gradient, Part, times
from varprop.networks.spatial import relative
from varprop.networks.spatial_kinds import each_kind, kinds_of
from varprop.networks.spatial_moments import along, varying
from varprop.networks.units import Pair, mixed, slopes

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


@frozen
class Chain:
    """An activation's own factors of E[δ²] and E[δδ̃]; ``at`` is the first at every position.

    ``crossed`` is the second there, where it isn't like the first.
    """

    second: Value
    cross: Value | None
    at: Array | None = None
    crossed: Array | None = None

    def back(self, gradient: Gradient) -> Gradient:
        """Return the gradient before the activation."""
        if self.at is None:
            return (
                gradient.scaled(self.second, self.cross)
                if self.cross is not None
                else (replace(gradient.scaled(self.second), cross=None))
            )
        profile = self.at if gradient.profile is None else gradient.profile * self.at
        cross, crossed = self.cross, None
        if self.crossed is not None:
            arriving = gradient.profile if gradient.crossed is None else gradient.crossed
            both = self.crossed if arriving is None else arriving * self.crossed
            cross, crossed = float(both.mean()), relative(both)
        return Gradient(
            gradient.second * float(profile.mean()),
            times(gradient.cross, cross),
            relative(profile),
            crossed=crossed,
        )


def chain_of(before: tuple[Part, ...], after: tuple[Part, ...], arithmetic: Arithmetic) -> Chain:
    """Return the factors of the activation that was added.

    Activations in a row act on one Gaussian, so the slope of the whole chain is squared, and what
    the earlier ones contributed is divided out.
    """
    whole = [slopes(part, arithmetic) for part in after]
    inner = [slopes(part, arithmetic) for part in before]
    shares = [part.share for part in after]
    second, cross = _quotient(shares, whole, inner, 0), _quotient(shares, whole, inner, 1)
    if not varying(after):
        return Chain(second, cross)
    import numpy as np

    pairs = [_pairs_at(part, arithmetic) for part in (*after, *before)]
    crossed = None
    if cross is not None and all(one is not None for one in pairs):
        each = [p.share * one for p, one in zip((*after, *before), pairs, strict=True)]
        top, low = sum(each[: len(after)]), sum(each[len(after) :])
        crossed = np.asarray(top / np.where(low == 0, np.inf, low))
        cross = float(crossed.mean())
    over = sum(p.share * _slopes_at(p, arithmetic) for p in after)
    under = sum(p.share * _slopes_at(p, arithmetic) for p in before)
    at = np.asarray(over / np.where(under == 0, np.inf, under))
    if relative(at) is None and crossed is None:
        return Chain(second, cross)
    return Chain(second, cross, at, crossed)


def _slopes_at(part: Part, arithmetic: Arithmetic) -> Value:
    if part.space is None or not part.space.varies:
        return slopes(part, arithmetic)[0]
    return along(part, lambda p: slopes(p, arithmetic)[0])


def _pairs_at(part: Part, arithmetic: Arithmetic) -> Any:
    """Return the factor of E[δδ̃] at every position where few kinds of them are told apart, else None."""
    if part.law is not None or part.mean != 0 or not varying((part,)):
        return None
    kinds = kinds_of(part)
    if kinds is None:
        return None
    import numpy as np

    dead = float(slopes(replace(part, variance=0.0, space=None), arithmetic)[0])
    found = [
        each_kind(part, place, lambda p: float(slopes(p, arithmetic)[1] or 0.0), dead)
        for place in kinds[0]
    ]
    return np.array(found)[kinds[1]]


def _quotient(
    shares: list[Value], whole: list[Pair], inner: list[Pair], which: int
) -> Value | None:
    over = mixed(shares, [pair[which] for pair in whole])
    under = mixed(shares, [pair[which] for pair in inner])
    if over is None or under is None:
        return None
    return 0 if under == 0 else over / under
