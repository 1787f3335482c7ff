"""Units behind a norm over the data: each by its own mean and spread at fixed weights.

With C the covariance of two inputs, g = mean + √C·u + √(V − C)·n: the weights fix u for each unit, the
data draw n. A unit φ(g) has mean m(u) = E_n[φ] and spread s²(u) = E_n[φ²] − m², so that units of equal
u share the law (φ(g) − m(u))/s(u). With C = 0 all do; else u takes 17 values, half a standard deviation
apart: exact to 1e-6 for smooth m and s.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from varprop.frozen import frozen
from varprop.networks.affine_units import affine_part
from varprop.networks.alike import Alike
from varprop.networks.arithmetic import Arithmetic, Value
from varprop.networks.batch_places import beyond_mean, own_spread, part_places
from varprop.networks.beside_mean import beside, rejoined
from varprop.networks.densities import POINTS, standard_normal
from varprop.networks.signal import Gradient, Part, Signal
from varprop.networks.spatial import moved, relative, space_of
from varprop.networks.spatial_moments import averaged
from varprop.networks.unit_points import grid, law_of, points
from varprop.networks.units import slopes
from varprop.networks.values import by_values, followed, pairs_of
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

STEP, REACH = 0.5, 4.0
ALIKE = 1e-9
"""Correlation of two inputs up to which all units count as having one mean and spread."""
MOST = 6
"""Laws up to which units are told apart by their own mean and spread."""
DEAD = 1e-12


@frozen
class Own:
    """Units behind the norm: a share ``weight`` of those of one law before, divided by √spread."""

    part: Part
    before: int
    weight: float
    spread: Value


def normalised_units(signal: Signal, arithmetic: Arithmetic) -> list[Own] | None:
    """Return the units behind the norm, None where their law isn't followed."""
    if signal.parts is None or any(part.covariance is None for part in signal.parts):
        return None
    found: list[Own] = []
    for place, part in enumerate(signal.parts):
        if part.is_gaussian:
            found.append(Own(_gaussian(part), place, 1.0, own_spread(part)))
            continue
        each = None if arithmetic.symbolic else _each(part, place, len(signal.parts), arithmetic)
        if each is None:
            return None
        found += each
    return found


def _gaussian(part: Part) -> Part:
    """Return N(0, 1): a Gaussian unit is one behind its own mean and spread, too."""
    apart = None if part.space is None else part.space.phases
    kept, spread = beyond_mean(part_places(part), apart), own_spread(part)
    between = None
    if part.between is not None:
        between = (part.between - part.covariance) / spread
    left, space = 0 * spread, part.space
    if apart is not None:
        common = part.covariance * apart.average()
        left, space = (part.covariance - common) / spread, moved(space, part.covariance, common)
    if kept is not None and space is not None:
        left = float(kept[1].mean()) / spread
        space = space_of(space.own, relative(kept[1]), space.excess, space.phases)
    return replace(
        part,
        variance=spread / spread,
        mean=0 * spread,
        covariance=left,
        between=between,
        space=space,
    )


def _each(part: Part, place: int, laws: int, arithmetic: Arithmetic) -> list[Own] | None:
    """Return the units of one law that isn't Gaussian, by what the weights fix of them."""
    import numpy as np

    common = float(part.covariance or 0.0)
    if abs(common) <= ALIKE * part.variance:
        return [_own(replace(part, covariance=0.0), place, 1.0, averaged(part, arithmetic))]
    apart = None if part.space is None else part.space.phases
    if common < 0 or part.law is not None or laws > MOST or apart is not None:
        return None
    u = np.arange(-REACH, REACH + STEP, STEP)
    weights = np.exp(-u * u / 2)
    weights /= weights.sum()
    space = None if part.space is None else space_of(None, None, part.space.excess)
    alone = replace(
        part,
        variance=float(part.variance) - common,
        covariance=0.0,
        between=None if part.between is None else max(float(part.between) - common, 0.0),
        space=space,
        law=standard_normal(),
    )
    found = []
    for at, weight in zip(u, weights, strict=True):
        moved = replace(alone, mean=float(part.mean) + common**0.5 * float(at))
        found.append(_own(moved, place, float(weight), averaged(moved, arithmetic)))
    return found


def _own(part: Part, place: int, weight: float, found: Any) -> Own:
    spread = float(found.second) - float(found.mean) ** 2
    share = part.share * weight
    if spread <= DEAD * float(found.second) or not spread:
        nothing = replace(part, share=share, lost=((1.0, 0.0),))
        return Own(nothing, place, weight, float("inf"))
    after = affine_part(replace(part, share=share), float(found.mean), spread**0.5, spread)
    return Own(replace(after, lost=beside(after.lost)), place, weight, spread)


def before_norm(
    gradient: Gradient, parts: tuple[Part, ...], units: list[Own], arithmetic: Arithmetic
) -> Gradient:
    """Return the gradient before the norm: every unit's is divided by its own spread."""
    after = tuple(own.part for own in units)
    given = followed(gradient, after)
    sizes: list[Any] = []
    usual: list[Value] = []
    known, pairs = pairs_of(gradient, given, after), []
    for place, part in enumerate(parts):
        mine = [(k, own) for k, own in enumerate(units) if own.before == place]
        each = [
            rejoined(
                (1.0 if given is None else given.at[k]) / float(own.spread)
                + 0 * points(own.part)[1],
                part.lost,
                own.part.lost,
            )
            for k, own in mine
        ]
        sizes.append(each[0] if len(mine) == 1 else _over_units(part, mine, each))
        known_usual = [1.0 if given is None else given.usual[k] for k, _ in mine]
        usual.append(_through(part, mine, known_usual, 0, arithmetic))
        if known is not None:
            here = [known[k] for k, _ in mine]
            both = _through(part, mine, [pair.usual for pair in here], 1, arithmetic)
            own_pair = sum(
                own.weight * pair.own / own.spread
                for (_, own), pair in zip(mine, here, strict=True)
            )
            pairs.append(Alike(both, own_pair, _rows(mine, here, part), here[0].sign))
    return by_values(gradient, parts, sizes, usual, None if known is None else pairs)


def _rows(mine: list[tuple[int, Own]], here: list[Alike], part: Part) -> Array | None:
    """Return how E[δδ̃] depends on both units, where all share one mean and spread."""
    import numpy as np

    if len(mine) > 1 or here[0].at is None:
        return None
    own = mine[0][1]
    rows = np.broadcast_to(here[0].at, (len(here[0].at), len(points(own.part)[1])))
    return np.stack(
        [rejoined(row, part.lost, own.part.lost) / float(own.spread) ** 0.5 for row in rows]
    )


def _through(
    part: Part,
    mine: list[tuple[int, Own]],
    arriving: list[Value],
    which: int,
    arithmetic: Arithmetic,
) -> Value:
    """Return what slopes of whole chains say of E[δ²] (0) or E[δδ̃] (1) before the norm."""
    if part.phi == h:
        return sum(own.weight * a / own.spread for (_, own), a in zip(mine, arriving, strict=True))
    inner = slopes(part, arithmetic)[which]
    total: Value = 0.0
    for (_, own), a in zip(mine, arriving, strict=True):
        total += own.weight * a * (slopes(own.part, arithmetic)[which] or 0.0)
    return total / inner if inner else 0.0


def _over_units(part: Part, mine: list[tuple[int, Own]], each: list[Array]) -> Array:
    """Return E[δ² | g] over all units that have this g: binned on the grid's cells."""
    import numpy as np

    g, count = grid(part), len(law_of(part).points)
    edges = (g[POINTS - 1 : -1 : POINTS] + g[POINTS::POINTS]) / 2
    over, under = np.zeros(len(edges) + 1), np.zeros(len(edges) + 1)
    lost = np.zeros(len(part.lost))
    for (_, own), size in zip(mine, each, strict=True):
        masses = own.weight * law_of(own.part).masses
        at = np.searchsorted(edges, grid(own.part))
        np.add.at(over, at, masses * size[:count])
        np.add.at(under, at, masses)
        lost += own.weight * size[count : count + len(lost)]
    ratio = np.where(under > 0, over / np.where(under > 0, under, 1.0), 0.0)
    return np.concatenate([np.repeat(ratio, POINTS), lost])
