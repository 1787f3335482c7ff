"""How the gradients of two inputs depend on the values of their units.

A gradient from fresh weights is independent of the unit; slopes S(x) above it make E[δδ̃ | x, x̃] =
E[δδ̃]·S(x)·S(x̃), and noise that two inputs share, as behind a sum, makes a sum of few such products.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from varprop.frozen import frozen

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array
    from varprop.networks.densities import Density

Value = Any
MOST = 3
"""Products that are kept of a sum; what is left out is below 1e-3 of it."""


@frozen
class Alike:
    """E[δδ̃] of the units of one law: ``own``, and Σ_k at_k(x)·at_k(x̃)·sign given their values.

    ``usual`` times E[φ'(g)φ'(g̃)] of all that lies between gives E[δδ̃] of g; ``at`` has a row for each
    k, one column for each value (or one for all), and is None where it isn't followed.
    """

    usual: Value
    own: Value
    at: Array | None = None
    sign: float = 1.0

    def times(self, factor: Value) -> Alike:
        """Return all of it times a positive number."""
        at = None if self.at is None else self.at * float(factor) ** 0.5
        return replace(self, usual=self.usual * factor, own=self.own * factor, at=at)

    def along(self, slope: Array) -> Alike:
        """Return it before a function with this slope at the points, ``usual`` and ``own`` as before."""
        return replace(self, at=None if self.at is None else self.at * slope)

    def joined(self, other: Alike, law: Density) -> Alike:
        """Return that of a sum of two independent gradients."""
        usual, own = self.usual + other.usual, self.own + other.own
        if self.at is None or other.at is None or self.sign != other.sign:
            return Alike(usual, own)
        import numpy as np

        count = max(self.at.shape[1], other.at.shape[1])
        both = [np.broadcast_to(rows, (len(rows), count)) for rows in (self.at, other.at)]
        return Alike(usual, own, shortened(np.concatenate(both), law), self.sign)


def constant(both: Value) -> Alike:
    """Return that of gradients that don't depend on the unit."""
    import numpy as np

    number = float(both)
    return Alike(both, both, np.full((1, 1), abs(number) ** 0.5), math.copysign(1.0, number))


def shortened(rows: Array, law: Density) -> Array:
    """Return the few rows that make Σ_k at_k(x)·at_k(x̃) the same."""
    import numpy as np

    if len(rows) <= MOST:
        return rows
    count = len(law.points)
    if rows.shape[1] < count:
        return np.asarray(np.sqrt((rows * rows).sum(axis=0, keepdims=True)))
    held = rows[:, :count]
    _, turns = np.linalg.eigh((held * law.masses) @ held.T)
    return np.asarray(turns[:, : -MOST - 1 : -1].T @ rows)
