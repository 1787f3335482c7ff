"""Laws of a unit that aren't Gaussian, as masses on a fine grid: a sum with a rectified term, a maximum.

A grid has 400 cells of 16 points each; moments come out to about 1e-4 of their size, those of a
function with a jump and those of pairs to about 1e-3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from sympy import Expr

from varprop.moments.source import array_function
from varprop.notation import h

if TYPE_CHECKING:
    from varprop.catalogue.arrays import Array

CELLS, POINTS = 400, 16
HEAVY = 0.05
"""Probability of a cell from which on it is one value: no density is that high."""
TAIL = 7.0
"""Standard deviations that the grid covers: 3e-12 is left out."""

ROUNDING = 1e-14
"""Probabilities below this are rounding: where a law ends must not hang on them."""


@dataclass(frozen=True, eq=False)
class Density:
    """A law of mean 0 and variance 1: points and the probability of each. Equal to itself alone.

    Two such x are joined by a Gaussian copula, which isn't exact for a ``product`` of several units.
    """

    points: Array
    masses: Array
    product: bool = False
    _known: dict[Any, Any] = field(default_factory=dict, repr=False)

    def _once(self, key: Any, made: Callable[[], Any]) -> Any:
        if key not in self._known:
            self._known[key] = made()
        return self._known[key]

    def expectation(self, function: Expr, mean: float, std: float) -> float:
        """Return E[f(mean + std·z)] of an expression in h."""
        found: float = self._once(
            (function, mean, std),
            lambda: float(self.masses @ values(function, mean + std * self.points)),
        )
        return found

    def atoms(self, phi: Expr, mean: float, std: float) -> tuple[Array, Array]:
        """Return φ(mean + std·z) as one value and probability per cell."""
        import numpy as np

        found = values(phi, mean + std * self.points).reshape(-1, POINTS)
        masses = self.masses.reshape(-1, POINTS).sum(axis=1)
        kept = masses > ROUNDING
        return np.asarray(found.mean(axis=1)[kept]), np.asarray(masses[kept])

    def pair(self, function: Expr, mean: float, std: float, correlation: float) -> float:
        """Return E[f(x)f(x̃)] of two such x with this correlation, joined by a Gaussian copula."""
        found: float = self._once(
            (function, mean, std, correlation),
            lambda: self.pair_of(lambda x: values(function, x), mean, std, correlation),
        )
        return found

    def pair_of(
        self, rule: Callable[[Array], Array], mean: float, std: float, correlation: float
    ) -> float:
        """Return the same for a function of arrays."""
        plane, rho = self.both(correlation)
        return _product(rule(mean + std * plane), rho)

    def pair_at(self, values: Array, correlation: float) -> float:
        """Return the same for a function given by its values at the points."""
        index, share = self._once(("placed", correlation), lambda: self._placed(correlation))
        low = values[index]
        return _product(low + share * (values[index + 1] - low), self.both(correlation)[1])

    def _placed(self, correlation: float) -> tuple[Array, Array]:
        """Return the points below the plane's values, and how far each lies towards the next."""
        import numpy as np

        plane, points = self.both(correlation)[0], self.points
        index = np.clip(np.searchsorted(points, plane, "right") - 1, 0, len(points) - 2)
        width = points[index + 1] - points[index]
        return index, np.clip((plane - points[index]) / np.where(width > 0, width, 1.0), 0.0, 1.0)

    def both(self, correlation: float) -> tuple[Array, float]:
        """Return z over the plane of what two share and of the rest, and their normal correlation."""
        found: tuple[Array, float] = self._once(correlation, lambda: self._both(correlation))
        return found

    def _both(self, correlation: float) -> tuple[Array, float]:
        rho = self.normal_correlation(correlation)
        return self.from_normal(_joined(rho, _plane()[0])), rho

    def from_normal(self, n: Array) -> Array:
        """Return the values of this law that are as likely to be exceeded as those of N(0, 1)."""
        return self._from_normal(n)

    @cached_property
    def _from_normal(self) -> Callable[[Array], Array]:
        """Return the increasing map of N(0, 1) to this law; a heavy cell is one value."""
        import numpy as np

        cells = self.masses.reshape(-1, POINTS)
        held = cells.sum(axis=1)
        edges = (self.points[POINTS - 1 : -1 : POINTS] + self.points[POINTS::POINTS]) / 2
        ends = np.cumsum(held)
        each: list[tuple[float, float]] = []
        for k, heavy in enumerate(held > HEAVY):
            if heavy:
                value = self.points[k * POINTS + int(cells[k].argmax())]
                each += [(ends[k] - held[k], value), (ends[k], value)]
            elif k and held[k - 1] <= HEAVY:
                each.append((ends[k - 1], edges[k - 1]))
        each = [(p, x) for p, x in each if ROUNDING < p < 1 - ROUNDING]
        inverse = NormalDist().inv_cdf
        normal, at_edges = np.array([inverse(p) for p, _ in each]), np.array([x for _, x in each])
        return lambda n: np.interp(n, normal, at_edges)

    def normal_correlation(self, correlation: float) -> float:
        """Return the normal correlation that gives x and x̃ this one."""
        n, _ = _plane()
        wanted = max(-1.0, min(1.0, correlation))
        rho = wanted
        for _ in range(3):
            plane = self._from_normal(_joined(rho, n))
            rho = max(-1.0, min(1.0, rho + wanted - _product(plane, rho)))
        return rho

    def mirrored(self) -> Density:
        """Return the law of −z."""
        return Density(-self.points[::-1], self.masses[::-1])


def _joined(rho: float, n: Array) -> Array:
    """Return √|ρ|·a + √(1 − |ρ|)·b over the plane of both."""
    out: Array = abs(rho) ** 0.5 * n[:, None] + (1.0 - abs(rho)) ** 0.5 * n
    return out


def _product(plane: Array, rho: float) -> float:
    """Return E_a[E_b[f(a, b)]·E_b[f(±a, b)]], the sign that of the correlation."""
    _, weights = _plane()
    inner = plane @ weights
    return float(weights @ (inner * (inner if rho >= 0 else inner[::-1])))


@cache
def _plane() -> tuple[Array, Array]:
    """Return points and weights of E over N(0, 1) for functions with kinks."""
    import numpy as np

    n = (np.arange(120) - 59.5) / 10
    weights = np.exp(-n * n / 2)
    return n, weights / weights.sum()


def values(function: Expr, at: Array) -> Array:
    """Return an expression in h at an array."""
    import numpy as np

    with np.errstate(all="ignore"):
        found = np.asarray(array_function(function, h)(at), dtype=float)
    return found if found.shape == at.shape else np.broadcast_to(found, at.shape)


def normal_cdf(at: Array) -> Array:
    """Return Φ from a table of step 1/1000, to 4e-8; infinite values included."""
    import numpy as np

    points, heights = _normal_table()
    out: Array = np.interp(at, points, heights)
    return out


@cache
def _normal_table() -> tuple[Array, Array]:
    import math

    import numpy as np

    points = np.linspace(-TAIL, TAIL, 17_001)
    return points, np.array([math.erfc(-x / math.sqrt(2.0)) / 2 for x in points])


def on_grid(lowest: float, highest: float, cdf: Callable[[Array], Array]) -> Density:
    """Return a law with this distribution function, shifted and scaled to mean 0 and variance 1."""
    import numpy as np

    edges = np.linspace(lowest, highest, CELLS + 1)
    masses = np.diff(cdf(edges))
    masses /= masses.sum()
    within = (np.arange(POINTS) + 0.5) / POINTS
    points = (edges[:-1, None] + (edges[1] - edges[0]) * within).ravel()
    spread = np.repeat(masses / POINTS, POINTS)
    mean = float(spread @ points)
    std = float(np.sqrt(spread @ (points - mean) ** 2))
    return Density((points - mean) / std, spread)


@cache
def standard_normal() -> Density:
    """Return N(0, 1) on the grid."""

    return on_grid(-TAIL, TAIL, normal_cdf)


def runs(atoms: Array) -> Array:
    """Return where runs of equal values begin: a rectified term has one of half its values."""
    import numpy as np

    return np.flatnonzero(np.concatenate([[True], atoms[1:] != atoms[:-1]]))


def smoothed(atoms: Array, masses: Array, noise: float) -> tuple[float, float, Density]:
    """Return mean, variance and law of a discrete term plus N(0, noise)."""
    import numpy as np

    first = runs(atoms)
    atoms, masses = atoms[first], np.add.reduceat(masses, first)
    mean = float(masses @ atoms)
    variance = float(masses @ (atoms - mean) ** 2) + noise
    widest = float(np.ptp(atoms)) + np.sqrt(noise)
    width = max(np.sqrt(noise), 1e-4 * widest)

    def cdf(edges: Array) -> Array:
        out: Array = normal_cdf((edges[:, None] - atoms) / width) @ masses
        return out

    reach = TAIL * width
    return mean, variance, on_grid(float(atoms.min()) - reach, float(atoms.max()) + reach, cdf)
