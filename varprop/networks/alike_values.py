"""What the gradients of two inputs have in common on average, from how that depends on their units."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from varprop.networks.alike import Alike
from varprop.networks.arithmetic import Value
from varprop.networks.beside_mean import HAIR
from varprop.networks.signal import Part
from varprop.networks.unit_points import law_of, points

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array


def own_of(alike: Alike, part: Part) -> Value | None:
    """Return E[δδ̃] of the units of a law, None where its dependence isn't followed."""
    found = None if alike.at is None else met(part, alike.at)
    return None if found is None else alike.sign * found


def met(part: Part, rows: Array) -> float | None:
    """Return E[Σ_k at_k(x)·at_k(x̃)] of two inputs, None where they aren't followed."""
    import numpy as np

    if part.covariance is None or not part.variance:
        return None
    law, masses = law_of(part), points(part)[1]
    count = len(law.points)
    correlation = float(part.covariance) / float(part.variance)
    total = 0.0
    for row in np.broadcast_to(rows, (len(rows), len(masses))):
        if correlation == 0:
            total += float(masses @ row) ** 2
        else:
            found = law.pair_at(row[:count], correlation)
            kept, held = float(masses[:count] @ row[:count]), float(masses[count:] @ row[count:])
            total += (1 - float(part.dropped)) ** 2 * found + 2 * kept * held + held * held
        total += _halves(part, row[count:])
    return total


def _halves(part: Part, row: Array) -> float:
    """Return what dropped units beside the mean add: those of two inputs lean to one side together."""
    import numpy as np

    total = 0.0
    for k in range(len(part.lost) - 1):
        (chance, low), (_, high) = part.lost[k : k + 2]
        apart = float(row[k + 1] - row[k]) / 2
        if low == -HAIR and high == HAIR and apart:
            x, masses = points(part)
            mean = float(masses @ x)
            plain = replace(
                part, lost=tuple((p, 0.0) if abs(v) == HAIR else (p, v) for p, v in part.lost)
            )
            lean = ((met(plain, x[None, :]) or 0.0) - mean**2) / float(masses @ (x - mean) ** 2)
            side = 2 / math.pi * math.asin(float(np.clip(lean, -1.0, 1.0)))
            total += (2 * float(chance) * apart) ** 2 * side
    return total
