"""What an activation does to a gradient: its own factor where several act on one Gaussian."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from varprop.frozen import frozen
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.signal import Gradient, Part, times
from varprop.networks.spatial import relative
from varprop.networks.spatial_moments import along, varying
from varprop.networks.units import Pair, mixed, slopes

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


@frozen
class Chain:
    """An activation's own factors of E[δ²] and E[δδ̃]; ``at`` is the first at every position."""

    second: Value
    cross: Value | None
    at: Array | None = None

    def back(self, gradient: Gradient) -> Gradient:
        """Return the gradient before the activation."""
        if self.at is None:
            return (
                gradient.scaled(self.second, self.cross)
                if self.cross is not None
                else (replace(gradient.scaled(self.second), cross=None))
            )
        profile = self.at if gradient.profile is None else gradient.profile * self.at
        return Gradient(
            gradient.second * float(profile.mean()),
            times(gradient.cross, self.cross),
            relative(profile),
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

    over = sum(p.share * _slopes_at(p, arithmetic) for p in after)
    under = sum(p.share * _slopes_at(p, arithmetic) for p in before)
    at = np.asarray(over / np.where(under == 0, np.inf, under))
    return Chain(second, cross, None if relative(at) is None else at)


def _slopes_at(part: Part, arithmetic: Arithmetic) -> Value:
    if part.space is None or not part.space.varies:
        return slopes(part, arithmetic)[0]
    return along(part, lambda p: slopes(p, arithmetic)[0])


def _quotient(
    shares: list[Value], whole: list[Pair], inner: list[Pair], which: int
) -> Value | None:
    over = mixed(shares, [pair[which] for pair in whole])
    under = mixed(shares, [pair[which] for pair in inner])
    if over is None or under is None:
        return None
    return 0 if under == 0 else over / under
